"""What the network believes about one picture, read from its logits."""

import math
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from network.model import Outputs, VoxelModel
from picture import Box, paste_mask


@dataclass
class Prediction:
    """What the model believes about one picture; axes and angles as in `voxel_model.py`."""

    occupancy: np.ndarray  # (R, R, R) float32, probability that the cell is solid
    colors: np.ndarray  # (R, R, R, 3) uint8 sRGB, surface albedo
    size: tuple[int, int]  # width and height of the upright picture
    box: Box  # the object in its pixels
    square: Box  # the crop in its pixels
    category: str
    category_probabilities: dict[str, float]
    azimuth: float  # degrees, -180 to 180
    elevation: float  # degrees
    crop: Image.Image  # (S, S) RGB, what the network saw
    crop_mask: np.ndarray = field(repr=False)  # (S, S) float32
    agreement: float = 1.0  # see shape.confidence.confidence
    familiarity: float = math.inf  # below 0: unlike furniture, see shape.confidence.unfamiliar
    alpha: np.ndarray | None = field(repr=False, default=None)  # (H, W), a cut-out's own mask

    @cached_property
    def mask(self) -> np.ndarray:
        """(H, W) float32, probability that the pixel shows the object; made when first asked for:
        in a photo of 12 megapixels it takes longer than the network."""
        if self.alpha is not None:
            return self.alpha
        return paste_mask(self.crop_mask, self.square, self.size)


def read_outputs(
    model: VoxelModel, outputs: Outputs, i: int, picture, alpha, box, square, crop
) -> Prediction:
    """What row `i` of the outputs says of a picture (W, H), its cut-out (H, W) or None, its boxes
    and the crop that was shown."""
    scale, shift = model.config.calibration
    occupancy = (scale * outputs.occupancy[i].float() + shift).sigmoid().cpu().numpy()
    if outputs.mask is None:
        return _classic_prediction(model, occupancy, picture, box, square, crop)
    colors = outputs.color[i].float().sigmoid().mul(255).round().byte()
    crop_mask = outputs.mask[i : i + 1].float().sigmoid()
    crop_mask = F.interpolate(crop_mask, size=crop.size, mode="bilinear")[0, 0].cpu().numpy()
    shares = outputs.category[i].float().softmax(0).tolist()
    probabilities = dict(zip(model.config.categories, shares, strict=True))
    sine, cosine, elevation = outputs.pose[i].double().tolist()
    return Prediction(
        occupancy=occupancy,
        colors=colors.permute(1, 2, 3, 0).cpu().numpy(),
        size=picture.size,
        box=box,
        square=square,
        category=max(probabilities, key=probabilities.get),
        category_probabilities=probabilities,
        azimuth=float(np.degrees(np.arctan2(sine, cosine))),
        elevation=float(np.degrees(elevation)),
        crop=crop,
        crop_mask=crop_mask,
        agreement=model.config.agreement,
        familiarity=_familiarity(outputs.summary[i], model.config.familiarity),
        alpha=alpha,
    )


def _familiarity(summary: torch.Tensor, weights: tuple[float, ...]) -> float:
    """Standard deviations of furniture by which a picture lies above the warning's threshold."""
    if not weights:
        return math.inf
    *weights, offset = weights
    return float(summary.double().cpu().numpy() @ np.array(weights) + offset)


def _classic_prediction(model, occupancy, picture, box, square, crop) -> Prediction:
    """The classic design has no other heads: grey cells, no mask, no category, a frontal camera."""
    share = 1 / len(model.config.categories)
    return Prediction(
        occupancy=occupancy,
        colors=np.full((*occupancy.shape, 3), 160, np.uint8),
        size=picture.size,
        box=box,
        square=square,
        category="",
        category_probabilities=dict.fromkeys(model.config.categories, share),
        azimuth=0.0,
        elevation=0.0,
        crop=crop,
        crop_mask=np.ones(crop.size[::-1], np.float32),
    )
