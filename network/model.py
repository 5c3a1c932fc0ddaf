"""The network: an encoder with heads for occupancy, colour, mask, category and camera.

    model = VoxelModel(VoxelConfig(resolution=32))
    outputs = model(images)              # (B, 3, 224, 224) ImageNet-normalised -> logits

voxel_model.py states the axes, loads weights and predicts. Shapes: B images, S image size, R cells
a side. A feature map of stride n has S / n pixels a side.
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from huggingface_hub import PyTorchModelHubMixin
from torch import nn

from network.config import SUMMARY_WIDTH, VoxelConfig
from network.decoder import AttentionDecoder, Decoded
from network.encoders.efficientnet import EfficientNetLite2
from network.encoders.resnet import ResNet18
from network.heads.coordinates import CoordinateHead
from network.heads.descriptor import DescriptorHead
from network.heads.found_maps import FoundMaps
from network.heads.mask_head import MASK_CHANNELS, MaskHead
from network.heads.object_head import ObjectHead

MIN_WEIGHT = 1e-3  # added to the mask: the mean over an empty mask is that over the image


class Outputs(NamedTuple):
    """Outputs of one forward pass; None for heads that the design does not have."""

    occupancy: torch.Tensor  # (B, R, R, R) logits
    color: torch.Tensor | None = None  # (B, 3, R, R, R) logits of a cell's sRGB albedo
    mask: torch.Tensor | None = None  # (B, 1, S / 4, S / 4) logits of the visible object
    category: torch.Tensor | None = None  # (B, len(config.categories)) logits
    pose: torch.Tensor | None = None  # (B, 3) sin and cos of azimuth, any length; elevation, rad
    summary: torch.Tensor | None = None  # (B, 256) features behind category and pose
    # (B, 3, S / 4, S / 4) point in the object's cube that a pixel shows, if config.coordinates
    coordinates: torch.Tensor | None = None
    descriptor: torch.Tensor | None = None  # (B, config.descriptor) of unit length, if above 0


class VoxelModel(
    nn.Module,
    PyTorchModelHubMixin,
    pipeline_tag="image-to-3d",
    license="cc-by-4.0",
    tags=["voxels", "furniture", "single-image-3d", "pix3d"],
):
    """The whole network: predicts logits from one image of an object.

    Parameters
    ----------
    config : VoxelConfig, optional
        The design; the default is the shipped one. The weights are random.
    """

    def __init__(self, config: VoxelConfig | None = None):
        super().__init__()
        self.config = config = config or VoxelConfig()
        self.encoder, channels = _build_encoder(config.encoder)
        self.descriptor_head = self.object_head = None  # trained last, on frozen weights
        if config.decoder == "fc":
            cells, last = config.resolution**3, channels[3]
            self.decoder = nn.Sequential(nn.Linear(last, 2048), nn.ReLU(), nn.Linear(2048, cells))
            return
        self.mask_head = MaskHead(channels)
        self.coordinate_head = CoordinateHead(MASK_CHANNELS) if config.coordinates else None
        self.decoder = AttentionDecoder(config, channels)
        self.summary = nn.Sequential(nn.Linear(2 * channels[3], SUMMARY_WIDTH), nn.ReLU())
        self.category = nn.Linear(SUMMARY_WIDTH, len(config.categories))
        self.pose = nn.Linear(SUMMARY_WIDTH, 3)
        if config.descriptor:
            self.descriptor_head = DescriptorHead(config.width, config.heads, config.descriptor)
        if config.objects:
            self.object_head = ObjectHead(channels, len(config.categories), config.second_look)

    def features(self, images: torch.Tensor) -> list[torch.Tensor]:
        """Return the encoder's feature maps.

        Parameters
        ----------
        images : Tensor, (B, 3, S, S) float
            ImageNet-normalised RGB.

        Returns
        -------
        list of Tensor
            Maps of strides 4, 8, 16, 32.
        """
        return self.encoder(images)

    def mask_logits(self, images: torch.Tensor) -> torch.Tensor:
        """Predict the mask only. This is the fast first pass that finds the object in a photo.

        Parameters
        ----------
        images : Tensor, (B, 3, S, S) float
            ImageNet-normalised RGB.

        Returns
        -------
        Tensor, (B, 1, S / 4, S / 4) float
            Mask logits.
        """
        return self.mask_head(self.features(images))

    def object_maps(self, images: torch.Tensor) -> FoundMaps:
        """Predict where the pieces of furniture in whole photos are, if `config.objects`.

        Parameters
        ----------
        images : Tensor, (B, 3, S, S) float
            ImageNet-normalised RGB.

        Returns
        -------
        FoundMaps
            Maps of the head; `network.heads.object_decoding` decodes them.
        """
        return self.object_head(self.features(images))

    def forward(self, images: torch.Tensor, place: torch.Tensor | None = None) -> Outputs:
        """Predict everything.

        Parameters
        ----------
        images : Tensor, (B, 3, S, S) float
            ImageNet-normalised RGB.
        place : Tensor, (B, 3) float, optional
            Place of each crop in its photo, as `core.boxes.crop_place` returns it, for a config
            with `placed`; NaN where it is unknown. None: unknown for all.

        Returns
        -------
        Outputs
            Logits of all heads; the classic design has occupancy only.
        """
        if self.config.decoder == "fc":
            r, image_mean = self.config.resolution, self.features(images)[3].mean(dim=(2, 3))
            return Outputs(self.decoder(image_mean).view(-1, r, r, r))
        outputs, decoded = self.decode(images, place)
        if self.descriptor_head is not None:
            descriptor = self.descriptor_head(decoded.memory, decoded.tokens)
            outputs = outputs._replace(descriptor=descriptor)
        return outputs

    def decode(
        self, images: torch.Tensor, place: torch.Tensor | None = None
    ) -> tuple[Outputs, Decoded]:
        """Predict everything but the descriptor.

        Parameters
        ----------
        images : Tensor, (B, 3, S, S) float
            ImageNet-normalised RGB.
        place : Tensor, (B, 3) float, optional
            Place of each crop in its photo, as `core.boxes.crop_place` returns it, for a config
            with `placed`; NaN where it is unknown. None: unknown for all.

        Returns
        -------
        Outputs
            Logits of all heads; no descriptor.
        Decoded
            Output of the decoder, with the tokens that the descriptor is made from.
        """
        maps = self.features(images)
        image_mean = maps[3].mean(dim=(2, 3))  # (B, channels)
        pyramid = self.mask_head.merge(maps)  # (B, 64, S / 4, S / 4)
        mask = self.mask_head.out(pyramid)
        # the decoder's losses send no gradient through the mask, the pose and the coordinates
        probability = mask.detach().sigmoid()
        context = torch.cat([image_mean, _masked_mean(maps[3], probability)], dim=1)
        summary = self.summary(context)
        pose = self.pose(summary)
        coordinates, feedback = None, ()
        if self.coordinate_head is not None:
            coordinates = self.coordinate_head(pyramid)
            feedback = (coordinates.detach(), pyramid)
        if self.config.placed and place is None:
            place = images.new_full((len(images), 3), torch.nan)
        inputs = (maps[1:], probability, context, pose.detach(), *feedback)
        decoded = self.decoder(*inputs, place=place)
        category = self.category(summary)
        heads = (mask, category, pose, summary, coordinates)
        return Outputs(decoded.occupancy, decoded.color, *heads), decoded

    def fold(self) -> None:
        """Multiply frozen batch norms into the convolutions, if the encoder has them."""
        if isinstance(self.encoder, EfficientNetLite2):
            self.encoder.fold()


def _masked_mean(features: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """(B, c, h, w) features, (B, 1, s, s) mask -> (B, c) means over the object."""
    weight = F.adaptive_avg_pool2d(mask, features.shape[-2:]) + MIN_WEIGHT
    return (features * weight).sum(dim=(2, 3)) / weight.sum(dim=(2, 3))


def _build_encoder(name: str) -> tuple[nn.Module, tuple[int, ...]]:
    """Return an untrained encoder and the channels of its maps of strides 4, 8, 16, 32."""
    if name == "efficientnet_lite2":
        return EfficientNetLite2(), EfficientNetLite2.CHANNELS
    return ResNet18(), ResNet18.CHANNELS
