"""The network alone: an encoder with heads for occupancy, colour, mask, category and camera.

    model = VoxelModel(VoxelConfig(resolution=32))
    outputs = model(images)              # (B, 3, 224, 224) ImageNet-normalised -> logits

Axes, loading and prediction: voxel_model.py, where everything here is imported from.
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from huggingface_hub import PyTorchModelHubMixin
from torch import nn
from torchvision.models import resnet18

from core.categories import CATEGORIES as CATEGORIES
from network.config import SUMMARY_WIDTH, VoxelConfig
from network.coordinates import CoordinateFeedback, CoordinateHead
from network.efficientnet import EfficientNetLite2
from network.layers import Block, Conv3d, camera_encoding, embeddings, stem, unpatchify, upsample

RESNET_CHANNELS = (64, 128, 256, 512)  # of ResNet18's maps of strides 4, 8, 16, 32
PYRAMID = 64  # channels of the mask head's merged map


class Outputs(NamedTuple):
    """Logits of one forward; None where the classic decoder has no such head."""

    occupancy: torch.Tensor  # (B, R, R, R)
    color: torch.Tensor | None = None  # (B, 3, R, R, R), sigmoid gives the sRGB albedo of a cell
    mask: torch.Tensor | None = None  # (B, 1, 56, 56), the object's visible part
    category: torch.Tensor | None = None  # (B, 9)
    pose: torch.Tensor | None = None  # (B, 3): sin and cos of azimuth (any length), elevation (rad)
    summary: torch.Tensor | None = None  # (B, 256), what category and pose are read from
    # (B, 3, 56, 56), place in the object's cube that a pixel shows; with config.coordinates
    coordinates: torch.Tensor | None = None


class AttentionDecoder(nn.Module):
    """Learned 3D queries, one for each of 8x8x8 blocks of cells, attend to the feature maps."""

    GRID = 8  # queries a side

    def __init__(self, config: VoxelConfig, channels: tuple[int, ...] = RESNET_CHANNELS):
        super().__init__()
        self.config, width = config, config.width
        self.patch = config.resolution // (2 * self.GRID)
        # alone they tell the queries apart beside a context of 0.6; the camera's waves do it too
        self.queries = embeddings(self.GRID**3, width, 0.02 if config.posed else 1.0)
        self.context = nn.Linear(2 * channels[3], width)
        self.camera = nn.Linear(18, width) if config.posed else None
        finer = 4 * channels[1] if config.fine else 0
        self.level_projections = nn.ModuleList(
            nn.Linear(c, width) for c in (channels[2] + finer, channels[3])
        )
        self.level_positions = nn.ParameterList(
            embeddings(side**2, width, 0.02)
            for side in (config.image_size // 16, config.image_size // 32)
        )
        self.foreground = nn.Linear(config.mask_patch**2, width)  # feeds the mask back
        self.norm_memory = nn.LayerNorm(width)
        every = config.self_every
        self.blocks = nn.ModuleList(
            Block(width, config.heads, self_attention=bool(every) and (i + 1) % every == 0)
            for i in range(config.depth)
        )
        self.norm = nn.LayerNorm(width)
        self.unfold = nn.Linear(width, 8 * config.refined)
        self.refine = Conv3d(config.refined, config.refined, 3, padding=1)
        self.cells = nn.Linear(config.refined, self.patch**3 * 4)
        self.feedback = None
        if config.coordinates:
            self.feedback = CoordinateFeedback(PYRAMID, width, config.refined)

    def look(self, maps, mask, coordinates=None):
        """The picture as tokens (B, 245, D), from maps of strides 8, 16, 32, mask, coordinates."""
        levels = list(maps[1:])
        if self.config.fine:
            levels[0] = torch.cat([levels[0], F.pixel_unshuffle(maps[0], 2)], dim=1)
        memory, patch = [], self.config.mask_patch
        parts = zip(levels, self.level_projections, self.level_positions, strict=True)
        for feature, project, position in parts:
            h, w = feature.shape[-2:]
            shown = F.pixel_unshuffle(F.adaptive_avg_pool2d(mask, (h * patch, w * patch)), patch)
            tokens = project(feature.flatten(2).transpose(1, 2))  # (B, h*w, D)
            tokens = tokens + position + self.foreground(shown.flatten(2).transpose(1, 2))
            if self.feedback is not None:
                tokens = tokens + self.feedback.tokens(coordinates, mask, h)
            memory.append(tokens)
        return self.norm_memory(torch.cat(memory, dim=1))

    def ask(self, memory, context, pose):
        """What the queries (B, 512, D) begin with: who they are, what is there, where from."""
        context = self.context(context)[:, None]
        queries = self.queries + context
        if self.camera is not None:
            queries = queries + self.camera(camera_encoding(pose, self.GRID))
        return queries

    def forward(self, maps, mask, context, pose, coordinates=None, pyramid=None):
        """Logits of occupancy (B, R, R, R) and colour (B, 3, R, R, R).

        Parameters
        ----------
        maps : list of torch.Tensor
            Feature maps of strides 8, 16 and 32: (B, C, 28, 28), (B, C, 14, 14), (B, C, 7, 7).
        mask : torch.Tensor
            (B, 1, 56, 56), probability that a pixel shows the object.
        context : torch.Tensor
            (B, 2 C), means of the last map over the picture and over the object.
        pose : torch.Tensor
            (B, 3), as in Outputs.
        coordinates, pyramid : torch.Tensor, optional
            (B, 3, 56, 56) as in Outputs, and the mask head's merged map (B, 64, 56, 56); needed
            where the config has `coordinates`.
        """
        memory = self.look(maps, mask, coordinates)
        queries = self.ask(memory, context, pose)
        seen = None
        if self.feedback is not None:
            seen, asked = self.feedback.cells(coordinates, mask, pyramid)
            queries = queries + asked
        for block in self.blocks:
            queries = block(queries, memory)
        grid = unpatchify(self.unfold(self.norm(queries)), self.GRID, 2)  # (B, C, 16, 16, 16)
        if seen is not None:
            grid = grid + seen.transpose(1, 2).view_as(grid)
        grid = F.gelu(grid + self.refine(F.gelu(grid)))
        cells = self.cells(grid.flatten(2).transpose(1, 2))
        cells = unpatchify(cells, 2 * self.GRID, self.patch)  # (B, 4, R, R, R)
        return cells[:, 0], cells[:, 1:]


class MaskHead(nn.Module):
    """A small feature pyramid: coarse stages say what is the object, fine ones where it ends."""

    def __init__(self, width: int = PYRAMID, channels: tuple[int, ...] = RESNET_CHANNELS):
        super().__init__()
        self.lateral = nn.ModuleList(nn.Conv2d(c, width, 1) for c in channels)
        self.smooth = nn.Conv2d(width, width, 3, padding=1)
        self.out = nn.Conv2d(width, 1, 1)

    def merge(self, maps):
        """The pyramid's finest map (B, 64, 56, 56), from maps of strides 4, 8, 16, 32."""
        merged = self.lateral[3](maps[3])
        for level in (2, 1, 0):
            merged = upsample(merged) + F.relu(self.lateral[level](maps[level]))
        return F.relu(self.smooth(merged))

    def forward(self, maps):
        return self.out(self.merge(maps))  # (B, 1, 56, 56)


class VoxelModel(
    nn.Module,
    PyTorchModelHubMixin,
    pipeline_tag="image-to-3d",
    license="cc-by-4.0",
    tags=["voxels", "furniture", "single-image-3d", "pix3d"],
):
    """An encoder with heads for occupancy, colour, mask, category and camera; returns logits."""

    def __init__(self, config: VoxelConfig | None = None):
        super().__init__()
        self.config = config = config or VoxelConfig()
        self.encoder, channels = _build_encoder(config.encoder)
        if config.decoder == "fc":
            cells, last = config.resolution**3, channels[3]
            self.decoder = nn.Sequential(nn.Linear(last, 2048), nn.ReLU(), nn.Linear(2048, cells))
            return
        self.mask_head = MaskHead(channels=channels)
        self.coordinate_head = CoordinateHead(PYRAMID) if config.coordinates else None
        self.decoder = AttentionDecoder(config, channels)
        self.summary = nn.Sequential(nn.Linear(2 * channels[3], SUMMARY_WIDTH), nn.ReLU())
        self.category = nn.Linear(SUMMARY_WIDTH, len(config.categories))
        self.pose = nn.Linear(SUMMARY_WIDTH, 3)

    def features(self, images: torch.Tensor) -> list[torch.Tensor]:
        """(B, 3, S, S) normalised -> maps of strides 4, 8, 16, 32."""
        if self.config.encoder != "resnet18":
            return self.encoder(images)
        e = self.encoder
        x = e.maxpool(e.relu(e.bn1(stem(e.conv1, images))))
        maps = []
        for stage in (e.layer1, e.layer2, e.layer3, e.layer4):
            x = stage(x)
            maps.append(x)
        return maps

    def find(self, images: torch.Tensor) -> torch.Tensor:
        """Mask logits alone, (B, 1, 56, 56): the cheap first pass over a whole picture."""
        return self.mask_head(self.features(images))

    def forward(self, images: torch.Tensor) -> Outputs:
        """images (B, 3, S, S), ImageNet-normalised RGB."""
        maps = self.features(images)
        pooled = maps[3].mean(dim=(2, 3))  # (B, C)
        if self.config.decoder == "fc":
            r = self.config.resolution
            return Outputs(self.decoder(pooled).view(-1, r, r, r))
        pyramid = self.mask_head.merge(maps)
        mask = self.mask_head.out(pyramid)
        shown = mask.detach().sigmoid()
        weight = F.adaptive_avg_pool2d(shown, maps[3].shape[-2:]) + 1e-3
        on_object = (maps[3] * weight).sum(dim=(2, 3)) / weight.sum(dim=(2, 3))
        context = torch.cat([pooled, on_object], dim=1)  # (B, 2 C)
        summary = self.summary(context)
        pose = self.pose(summary)
        inputs, coordinates = (maps[1:], shown, context, pose.detach()), None
        if self.coordinate_head is not None:
            coordinates = self.coordinate_head(pyramid)
            inputs = (*inputs, coordinates.detach(), pyramid)
        occupancy, color = self.decoder(*inputs)
        return Outputs(occupancy, color, mask, self.category(summary), pose, summary, coordinates)

    def fold(self) -> None:
        """Multiplies frozen batch norms into the convolutions, where the encoder has them."""
        if isinstance(self.encoder, EfficientNetLite2):
            self.encoder.fold()


def _build_encoder(name: str) -> tuple[nn.Module, tuple[int, ...]]:
    """An untrained encoder, and the channels of its maps of strides 4, 8, 16, 32."""
    if name == "efficientnet_lite2":
        return EfficientNetLite2(), EfficientNetLite2.CHANNELS
    encoder = resnet18(weights=None)
    encoder.fc = nn.Identity()
    return encoder, RESNET_CHANNELS
