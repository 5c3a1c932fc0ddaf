"""Decode the network's outputs to predictions.

predictions = decode_outputs(model, model(tensor), inputs)
"""

import math
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from core.boxes import Box, crop_place
from core.prediction import Prediction
from network.model import Outputs, VoxelModel

CLASSIC_GRAY = 160  # sRGB of all cells of the classic design, which predicts no colour


class NetworkInput(NamedTuple):
    """One image and its crop for the network."""

    picture: Image.Image  # (W, H) upright RGB
    alpha: np.ndarray | None  # (H, W) float32, mask of an image with a transparent background
    box: Box  # the object, in pixels of the image
    square: Box  # the crop, in pixels of the image
    crop: Image.Image  # (S, S) RGB
    pixels: np.ndarray  # (S, S, 3) uint8, the crop as an array

    @property
    def place(self) -> tuple[float, float, float]:
        """Place of the crop in the photo, for `VoxelModel`.

        NaN for a cut-out: apps save it in the frame of its object, not in that of the photo.
        """
        if self.alpha is not None:
            return (math.nan, math.nan, math.nan)
        return crop_place(self.square, (0.0, 0.0, *map(float, self.picture.size)))


def decode_outputs(
    model: VoxelModel, outputs: Outputs, inputs: list[NetworkInput]
) -> list[Prediction]:
    """Decode the outputs of one batch.

    Parameters
    ----------
    model : VoxelModel
        The model, for its config.
    outputs : Outputs
        Its outputs, on any device.
    inputs : list of NetworkInput
        One input for each row of the outputs.

    Returns
    -------
    list of Prediction
        One prediction for each input; their arrays are views of the arrays of the whole batch.
    """
    scale, shift = model.config.calibration
    occupancy = (scale * outputs.occupancy.float() + shift).sigmoid()
    if outputs.mask is None:
        (occupancy,) = _to_host(occupancy)
        return [_classic_prediction(model, *row) for row in zip(occupancy, inputs, strict=True)]
    heads = _decode_heads(outputs, inputs[0].crop.size)
    occupancy, colors, masks, shares, pose, summaries = _to_host(occupancy, *heads)
    descriptors = [None] * len(inputs)
    if outputs.descriptor is not None:
        (descriptors,) = _to_host(outputs.descriptor.float())
    coordinates = [None] * len(inputs)
    if outputs.coordinates is not None:
        coordinates = _visible_coordinates(outputs)
    sine, cosine, elevation = pose.astype(np.float64).T
    angles = np.degrees([np.arctan2(sine, cosine), elevation]).T.tolist()
    familiarities = familiarity_scores(
        summaries.astype(np.float64), model.config.familiarity
    ).tolist()
    predictions = []
    rows = zip(shares.tolist(), angles, familiarities, inputs, strict=True)
    for i, (row, (azimuth, elevation), familiarity, view) in enumerate(rows):
        probabilities = dict(zip(model.config.categories, row, strict=True))
        predictions.append(
            Prediction(
                occupancy=occupancy[i],
                colors=colors[i],
                size=view.picture.size,
                box=view.box,
                square=view.square,
                category=max(probabilities, key=probabilities.get),
                category_probabilities=probabilities,
                azimuth=azimuth,
                elevation=elevation,
                crop=view.crop,
                crop_mask=masks[i],
                agreement=model.config.agreement,
                familiarity=familiarity,
                alpha=view.alpha,
                descriptor=descriptors[i],
                coordinates=coordinates[i],
            )
        )
    return predictions


def _decode_heads(outputs: Outputs, size: tuple[int, int]) -> tuple[torch.Tensor, ...]:
    """Colours (B, R, R, R, 3) uint8, masks (B, *size), category shares (B, K), pose, summary."""
    colors = outputs.color.float().sigmoid().mul(255).round().byte()
    masks = F.interpolate(outputs.mask.float().sigmoid(), size=size, mode="bilinear")[:, 0]
    shares = outputs.category.float().softmax(1)
    colors = colors.permute(0, 2, 3, 4, 1).contiguous()
    return colors, masks, shares, outputs.pose.float(), outputs.summary.float()


def _visible_coordinates(outputs: Outputs) -> np.ndarray:
    """Coordinates (B, s, s, 3) float32 of the pixels that show the object, NaN elsewhere."""
    values, mask = outputs.coordinates.float(), outputs.mask.float()
    mask = F.interpolate(mask, size=values.shape[2:], mode="bilinear")
    values = values.masked_fill(mask < 0, torch.nan).permute(0, 2, 3, 1).contiguous()
    return _to_host(values)[0]


def _to_host(*values: torch.Tensor) -> list[np.ndarray]:
    """Copy tensors to arrays.

    A GPU copies whole batches to pinned memory: copies of single rows would take as long as the
    network.
    """
    copies = [value.to("cpu", non_blocking=value.is_cuda) for value in values]
    if values[0].is_cuda:
        torch.cuda.synchronize(values[0].device)
    return [copy.numpy() for copy in copies]


def familiarity_scores(
    summaries: np.ndarray, weights: np.ndarray | tuple[float, ...]
) -> np.ndarray:
    """Score how much photos resemble furniture.

    Parameters
    ----------
    summaries : ndarray, (B, D) float64
        The network's summaries.
    weights : (D + 1,) float
        `VoxelConfig.familiarity`: weights and an offset; empty for none.

    Returns
    -------
    ndarray, (B,) float64
        Below 0 for a photo unlike furniture. The unit is the standard deviation over photos of
        furniture. Infinite without weights.
    """
    if not len(weights):
        return np.full(len(summaries), math.inf)
    weights = np.asarray(weights)
    return summaries @ weights[:-1] + weights[-1]


def _classic_prediction(model: VoxelModel, occupancy: np.ndarray, view: NetworkInput) -> Prediction:
    """The classic design predicts occupancy only: grey cells, a full mask, a camera in front."""
    share = 1 / len(model.config.categories)
    return Prediction(
        occupancy=occupancy,
        colors=np.full((*occupancy.shape, 3), CLASSIC_GRAY, np.uint8),
        size=view.picture.size,
        box=view.box,
        square=view.square,
        category="",
        category_probabilities=dict.fromkeys(model.config.categories, share),
        azimuth=0.0,
        elevation=0.0,
        crop=view.crop,
        crop_mask=np.ones(view.crop.size[::-1], np.float32),
    )
