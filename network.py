"""The network alone: ResNet18 with heads for occupancy, colour, mask, category and camera.

    model = VoxelModel(VoxelConfig(resolution=32))
    outputs = model(images)              # (B, 3, 224, 224) ImageNet-normalised -> logits

Axes, loading and prediction: voxel_model.py, where everything here is imported from.
"""

from dataclasses import dataclass, fields
from numbers import Integral, Real
from reprlib import repr as brief  # a value of a config may be megabytes long
from typing import NamedTuple, get_args, get_origin

import torch
import torch.nn.functional as F
from huggingface_hub import PyTorchModelHubMixin
from torch import nn
from torchvision.models import resnet18

from hub import ModelError

CATEGORIES = ("bed", "bookcase", "chair", "desk", "misc", "sofa", "table", "tool", "wardrobe")
SUMMARY = 256  # numbers from which category and camera are read
MAX_RESOLUTION = 128  # a config that asks for more is a mistake or an attack
MOST = 1024  # of anything else that a config counts, for the same reason
# what json and numpy give for the annotations below
KINDS = {int: Integral, float: Real}


@dataclass
class VoxelConfig:
    resolution: int = 32  # cells a side, a multiple of 16
    decoder: str = "attention"  # or "fc", the classic fully connected design: occupancy only
    threshold: float = 0.5  # probability from which a cell is solid; chosen on validation photos
    categories: tuple[str, ...] = CATEGORIES
    image_size: int = 224  # ResNet18's own input
    width: int = 256  # channels of a query token
    depth: int = 4  # attention blocks; every second one lets the queries see each other
    heads: int = 8
    crop_margin: float = 0.08  # added on each side of the box, share of its longer side
    # scale and shift of the occupancy logits that make probabilities true; by training.calibrate
    calibration: tuple[float, float] = (1.0, 0.0)
    # weights of the summary and an offset, below 0 for pictures unlike furniture; () never warns
    familiarity: tuple[float, ...] = ()

    def __post_init__(self):
        for name in ("categories", "calibration", "familiarity"):  # json has no tuples
            if isinstance(getattr(self, name), list):
                setattr(self, name, tuple(getattr(self, name)))
        self._check_types()
        if len(self.calibration) != 2 or not self.calibration[0] > 0:
            raise ModelError(f"calibration {self.calibration} is not a scale above 0 and a shift.")
        if len(self.familiarity) not in (0, SUMMARY + 1):
            raise ModelError(f"familiarity has {len(self.familiarity)} numbers, not {SUMMARY + 1}.")
        if self.decoder not in ("attention", "fc"):
            raise ModelError(f'decoder is "{self.decoder}"; use "attention" or "fc".')
        if not 8 <= self.resolution <= MAX_RESOLUTION:
            raise ModelError(f"resolution {self.resolution} is outside 8 to {MAX_RESOLUTION}.")
        if self.decoder == "attention" and self.resolution % 16:
            raise ModelError(f"resolution {self.resolution} is not a multiple of 16.")
        if self.image_size % 32 or not self.image_size:
            raise ModelError(f"image_size {self.image_size} is not a multiple of 32.")
        if not self.heads or self.width % self.heads or not self.width:
            raise ModelError(f"width {self.width} is not a multiple of {self.heads} heads.")
        if not (0 < self.threshold < 1 and 0 <= self.crop_margin <= 1):  # NaN ends here too
            raise ModelError("threshold and crop_margin must be shares between 0 and 1.")

    def _check_types(self):
        """A config comes from a stranger as much as the weights do."""
        for field in fields(self):
            value, kind = getattr(self, field.name), field.type
            if get_origin(kind) is tuple:
                inner = KINDS.get(get_args(kind)[0], get_args(kind)[0])
                right = isinstance(value, tuple) and all(isinstance(v, inner) for v in value)
            else:
                kind = KINDS.get(kind, kind)
                right = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
            if not right:
                raise ModelError(f"{field.name} is {brief(value)}; correct the config.")
            if kind is Integral and not 0 <= value <= MOST:
                raise ModelError(f"{field.name} {brief(value)} is outside 0 to {MOST}.")
        if not 0 < len(set(self.categories)) == len(self.categories) <= MOST:
            raise ModelError(f"categories must be 1 to {MOST} different names.")


class Outputs(NamedTuple):
    """Logits of one forward; None where the classic decoder has no such head."""

    occupancy: torch.Tensor  # (B, R, R, R)
    color: torch.Tensor | None = None  # (B, 3, R, R, R), sigmoid gives the sRGB albedo of a cell
    mask: torch.Tensor | None = None  # (B, 1, 56, 56), the object's visible part
    category: torch.Tensor | None = None  # (B, 9)
    pose: torch.Tensor | None = None  # (B, 3): sin and cos of azimuth (any length), elevation (rad)
    summary: torch.Tensor | None = None  # (B, 256), what category and pose are read from


class Attention(nn.Module):
    """Multi-head attention from `queries` (B, N, D) to `memory` (B, M, D)."""

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key_value = nn.Linear(width, 2 * width)
        self.out = nn.Linear(width, width)

    def forward(self, queries, memory):
        q = self.query(queries).unflatten(-1, (self.heads, -1)).transpose(1, 2)  # (B, h, N, d)
        k, v = self.key_value(memory).unflatten(-1, (2, self.heads, -1)).unbind(2)
        mixed = F.scaled_dot_product_attention(q, k.transpose(1, 2), v.transpose(1, 2))
        return self.out(mixed.transpose(1, 2).flatten(2))  # (B, N, D)


class Block(nn.Module):
    """Pre-norm: look at the picture, optionally at the other queries, then think."""

    def __init__(self, width: int, heads: int, self_attention: bool):
        super().__init__()
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(3))
        self.cross = Attention(width, heads)
        self.among = Attention(width, heads) if self_attention else None
        self.mlp = nn.Sequential(
            nn.Linear(width, 2 * width), nn.GELU(approximate="tanh"), nn.Linear(2 * width, width)
        )

    def forward(self, queries, memory):
        queries = queries + self.cross(self.norms[0](queries), memory)
        if self.among is not None:
            normed = self.norms[1](queries)
            queries = queries + self.among(normed, normed)
        return queries + self.mlp(self.norms[2](queries))


class AttentionDecoder(nn.Module):
    """Learned 3D queries, one for each of 8x8x8 blocks of cells, attend to the feature maps."""

    GRID = 8  # queries a side
    REFINED = 32  # channels of the 16x16x16 grid between queries and cells

    def __init__(self, config: VoxelConfig):
        super().__init__()
        width, self.patch = config.width, config.resolution // (2 * self.GRID)
        self.queries = nn.Parameter(torch.randn(self.GRID**3, width) * 0.02)
        self.context = nn.Linear(1024, width)
        self.level_projections = nn.ModuleList(nn.Linear(c, width) for c in (256, 512))
        self.level_positions = nn.ParameterList(
            torch.randn(side**2, width) * 0.02
            for side in (config.image_size // 16, config.image_size // 32)
        )
        self.foreground = nn.Linear(1, width)  # feeds the predicted mask back as an embedding
        self.norm_memory = nn.LayerNorm(width)
        self.blocks = nn.ModuleList(
            Block(width, config.heads, self_attention=i % 2 == 1) for i in range(config.depth)
        )
        self.norm = nn.LayerNorm(width)
        self.unfold = nn.Linear(width, 8 * self.REFINED)
        self.refine = nn.Conv3d(self.REFINED, self.REFINED, 3, padding=1)
        self.cells = nn.Linear(self.REFINED, self.patch**3 * 4)

    def forward(self, maps, mask, context):
        """maps (B,256,14,14), (B,512,7,7); mask (B,1,56,56) in [0,1]; context (B,1024)."""
        memory = []
        levels = zip(maps, self.level_projections, self.level_positions, strict=True)
        for feature, project, position in levels:
            shown = F.adaptive_avg_pool2d(mask, feature.shape[-2:]).flatten(2).transpose(1, 2)
            tokens = project(feature.flatten(2).transpose(1, 2))  # (B, h*w, D)
            memory.append(tokens + position + self.foreground(shown))
        memory = self.norm_memory(torch.cat(memory, dim=1))  # (B, 245, D)
        queries = self.queries + self.context(context)[:, None]  # (B, 512, D)
        for block in self.blocks:
            queries = block(queries, memory)
        grid = _unpatchify(self.unfold(self.norm(queries)), self.GRID, 2)  # (B, C, 16, 16, 16)
        grid = F.gelu(grid + self.refine(F.gelu(grid)))
        cells = self.cells(grid.flatten(2).transpose(1, 2))
        cells = _unpatchify(cells, 2 * self.GRID, self.patch)  # (B, 4, R, R, R)
        return cells[:, 0], cells[:, 1:]


def _unpatchify(tokens: torch.Tensor, side: int, patch: int) -> torch.Tensor:
    """(B, side^3, patch^3 * C) -> (B, C, side * patch, ...)"""
    b = tokens.shape[0]
    grid = tokens.view(b, side, side, side, patch, patch, patch, -1)
    return grid.permute(0, 7, 1, 4, 2, 5, 3, 6).reshape(b, -1, *[side * patch] * 3)


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
            merged = F.interpolate(merged, scale_factor=2.0) + F.relu(
                self.lateral[level](maps[level])
            )
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
        self.summary = nn.Sequential(nn.Linear(1024, SUMMARY), nn.ReLU())
        self.category = nn.Linear(SUMMARY, len(config.categories))
        self.pose = nn.Linear(SUMMARY, 3)

    def features(self, images: torch.Tensor) -> list[torch.Tensor]:
        """(B, 3, S, S) normalised -> maps of strides 4, 8, 16, 32 with 64 to 512 channels."""
        e = self.encoder
        x = e.maxpool(e.relu(e.bn1(e.conv1(images))))
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
        occupancy, color = self.decoder(maps[2:], shown, context)
        summary = self.summary(context)
        return Outputs(occupancy, color, mask, self.category(summary), self.pose(summary), summary)
