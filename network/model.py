"""The network alone: ResNet18 with heads for occupancy, colour, mask, category and camera.

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
from network.layers import Block, Conv3d, camera_encoding, embeddings, stem, unpatchify, upsample


class Outputs(NamedTuple):
    """Logits of one forward; None where the classic decoder has no such head."""

    occupancy: torch.Tensor  # (B, R, R, R)
    color: torch.Tensor | None = None  # (B, 3, R, R, R), sigmoid gives the sRGB albedo of a cell
    mask: torch.Tensor | None = None  # (B, 1, 56, 56), the object's visible part
    category: torch.Tensor | None = None  # (B, 9)
    pose: torch.Tensor | None = None  # (B, 3): sin and cos of azimuth (any length), elevation (rad)
    summary: torch.Tensor | None = None  # (B, 256), what category and pose are read from


class AttentionDecoder(nn.Module):
    """Learned 3D queries, one for each of 8x8x8 blocks of cells, attend to the feature maps."""

    GRID = 8  # queries a side

    def __init__(self, config: VoxelConfig):
        super().__init__()
        self.config, width = config, config.width
        self.patch = config.resolution // (2 * self.GRID)
        # alone they tell the queries apart beside a context of 0.6; the camera's waves do it too
        self.queries = embeddings(self.GRID**3, width, 0.02 if config.posed else 1.0)
        self.context = nn.Linear(1024, width)
        self.camera = nn.Linear(18, width) if config.posed else None
        channels = (256 + 4 * 128 if config.fine else 256, 512)
        self.level_projections = nn.ModuleList(nn.Linear(c, width) for c in channels)
        self.level_positions = nn.ParameterList(
            embeddings(side**2, width, 0.02)
            for side in (config.image_size // 16, config.image_size // 32)
        )
        self.foreground = nn.Linear(config.mask_patch**2, width)  # feeds the mask back
        self.norm_memory = nn.LayerNorm(width)
        if config.overview:
            self.coarse = embeddings((self.GRID // 2) ** 3, width, 1.0)
            self.overview = nn.ModuleList(
                Block(width, config.heads, True) for _ in range(config.overview)
            )
            self.split = nn.Linear(width, 8 * width)
        every = config.self_every
        self.blocks = nn.ModuleList(
            Block(width, config.heads, self_attention=bool(every) and (i + 1) % every == 0)
            for i in range(config.depth)
        )
        self.norm = nn.LayerNorm(width)
        self.unfold = nn.Linear(width, 8 * config.refined)
        self.refine = Conv3d(config.refined, config.refined, 3, padding=1)
        self.cells = nn.Linear(config.refined, self.patch**3 * 4)

    def look(self, maps, mask):
        """The picture as tokens (B, 245, D), from maps of strides 8, 16, 32 and the mask."""
        levels = list(maps[1:])
        if self.config.fine:
            levels[0] = torch.cat([levels[0], F.pixel_unshuffle(maps[0], 2)], dim=1)
        memory, patch = [], self.config.mask_patch
        parts = zip(levels, self.level_projections, self.level_positions, strict=True)
        for feature, project, position in parts:
            h, w = feature.shape[-2:]
            shown = F.pixel_unshuffle(F.adaptive_avg_pool2d(mask, (h * patch, w * patch)), patch)
            tokens = project(feature.flatten(2).transpose(1, 2))  # (B, h*w, D)
            memory.append(tokens + position + self.foreground(shown.flatten(2).transpose(1, 2)))
        return self.norm_memory(torch.cat(memory, dim=1))

    def ask(self, memory, context, pose):
        """What the queries (B, 512, D) begin with: who they are, what is there, where from."""
        context = self.context(context)[:, None]
        queries = self.queries + context
        if self.camera is not None:
            queries = queries + self.camera(camera_encoding(pose, self.GRID))
        if self.config.overview:
            coarse = self.coarse + context  # (B, 64, D)
            for block in self.overview:
                coarse = block(coarse, memory)
            split = unpatchify(self.split(coarse), self.GRID // 2, 2)  # (B, D, 8, 8, 8)
            queries = queries + split.flatten(2).transpose(1, 2)
        return queries

    def forward(self, maps, mask, context, pose):
        """maps (B,128,28,28), (B,256,14,14), (B,512,7,7); mask (B,1,56,56) in [0,1];
        context (B,1024); pose (B,3)."""
        memory = self.look(maps, mask)
        queries = self.ask(memory, context, pose)
        for block in self.blocks:
            queries = block(queries, memory)
        grid = unpatchify(self.unfold(self.norm(queries)), self.GRID, 2)  # (B, C, 16, 16, 16)
        grid = F.gelu(grid + self.refine(F.gelu(grid)))
        cells = self.cells(grid.flatten(2).transpose(1, 2))
        cells = unpatchify(cells, 2 * self.GRID, self.patch)  # (B, 4, R, R, R)
        return cells[:, 0], cells[:, 1:]


class MaskHead(nn.Module):
    """A small feature pyramid: coarse stages say what is the object, fine ones where it ends."""

    def __init__(self, width: int = 64):
        super().__init__()
        self.lateral = nn.ModuleList(nn.Conv2d(c, width, 1) for c in (64, 128, 256, 512))
        self.smooth = nn.Conv2d(width, width, 3, padding=1)
        self.out = nn.Conv2d(width, 1, 1)

    def forward(self, maps):
        merged = self.lateral[3](maps[3])
        for level in (2, 1, 0):
            merged = upsample(merged) + F.relu(self.lateral[level](maps[level]))
        return self.out(F.relu(self.smooth(merged)))  # (B, 1, 56, 56)


class VoxelModel(
    nn.Module,
    PyTorchModelHubMixin,
    pipeline_tag="image-to-3d",
    license="cc-by-4.0",
    tags=["voxels", "furniture", "single-image-3d", "pix3d"],
):
    """ResNet18 with heads for occupancy, colour, mask, category and camera; returns logits."""

    def __init__(self, config: VoxelConfig | None = None):
        super().__init__()
        self.config = config = config or VoxelConfig()
        self.encoder = resnet18(weights=None)
        self.encoder.fc = nn.Identity()
        if config.decoder == "fc":
            cells = config.resolution**3
            self.decoder = nn.Sequential(nn.Linear(512, 2048), nn.ReLU(), nn.Linear(2048, cells))
            return
        self.mask_head = MaskHead()
        self.decoder = AttentionDecoder(config)
        self.summary = nn.Sequential(nn.Linear(1024, SUMMARY_WIDTH), nn.ReLU())
        self.category = nn.Linear(SUMMARY_WIDTH, len(config.categories))
        self.pose = nn.Linear(SUMMARY_WIDTH, 3)

    def features(self, images: torch.Tensor) -> list[torch.Tensor]:
        """(B, 3, S, S) normalised -> maps of strides 4, 8, 16, 32 with 64 to 512 channels."""
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
        pooled = maps[3].mean(dim=(2, 3))  # (B, 512)
        if self.config.decoder == "fc":
            r = self.config.resolution
            return Outputs(self.decoder(pooled).view(-1, r, r, r))
        mask = self.mask_head(maps)
        shown = mask.detach().sigmoid()
        weight = F.adaptive_avg_pool2d(shown, maps[3].shape[-2:]) + 1e-3
        on_object = (maps[3] * weight).sum(dim=(2, 3)) / weight.sum(dim=(2, 3))
        context = torch.cat([pooled, on_object], dim=1)  # (B, 1024)
        summary = self.summary(context)
        pose = self.pose(summary)
        occupancy, color = self.decoder(maps[1:], shown, context, pose.detach())
        return Outputs(occupancy, color, mask, self.category(summary), pose, summary)
