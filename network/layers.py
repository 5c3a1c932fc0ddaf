"""What the network is built of: attention, a 3D convolution, cells from tokens, a camera's view.

    Block(width=256, heads=4, self_attention=True)(queries, memory)      # (B, N, D), (B, M, D)

Nothing here knows the network's config; model.py puts the pieces together.
"""

import torch
import torch.nn.functional as F
from torch import nn


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
        self.norms[1].requires_grad_(self_attention)  # nothing reads it otherwise
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


class Conv3d(nn.Conv3d):
    """A 3x3x3 convolution, computed as one of 2D over each slice and its two neighbours.

    PyTorch's own leaves oneDNN for one grid of this size and takes five times as long on a CPU.
    """

    def forward(self, grid):
        b, _, x, _, _ = grid.shape
        padded = F.pad(grid, (0, 0, 0, 0, 1, 1))
        triples = torch.cat([padded[:, :, i : i + x] for i in range(3)], dim=1)  # (B, 3C, X, Y, Z)
        weight = self.weight.transpose(1, 2).flatten(1, 2)  # (C, 3C, 3, 3)
        slices = F.conv2d(triples.transpose(1, 2).flatten(0, 1), weight, self.bias, padding=1)
        return slices.unflatten(0, (b, x)).transpose(1, 2)


def stem(convolution: nn.Conv2d, images: torch.Tensor) -> torch.Tensor:
    """ResNet's 7x7 convolution of stride 2, trained on a GPU as one of 4x4 over blocks of 2x2.

    Tensor cores take channels by eights: with three they waste most of themselves. Forward and
    backward with BatchNorm, 256 pictures, bfloat16 on an H200: 7.6 ms for 9.5; a CPU is slower so.
    """
    if not (convolution.training and images.is_cuda):
        return convolution(images)
    return space_to_depth_conv(convolution.weight, images)


def space_to_depth_conv(weight: torch.Tensor, images: torch.Tensor) -> torch.Tensor:
    """What a convolution (C, 3, 7, 7) of stride 2 and padding 3 makes of images (B, 3, S, S)."""
    blocks = F.pad(F.pixel_unshuffle(images, 2), (2, 1, 2, 1, 0, 4))  # (B, 12 + 4, S/2 + 3, ...)
    taps = F.pad(weight, (1, 0, 1, 0)).unflatten(3, (4, 2)).unflatten(2, (4, 2))
    taps = taps.permute(0, 1, 3, 5, 2, 4).flatten(1, 3)  # (C, 12, 4, 4)
    taps = F.pad(taps, (0, 0, 0, 0, 0, 4))
    last = torch.channels_last
    return F.conv2d(blocks.contiguous(memory_format=last), taps.contiguous(memory_format=last))


def upsample(maps: torch.Tensor) -> torch.Tensor:
    """(B, C, H, W) -> (B, C, 2H, 2W), every value four times.

    On a GPU as a copy whose gradient is a sum; that of F.interpolate scatters, and is slower.
    """
    if not maps.is_cuda:
        return F.interpolate(maps, scale_factor=2.0)
    return maps.repeat_interleave(2, 2).repeat_interleave(2, 3)


def unpatchify(tokens: torch.Tensor, side: int, patch: int) -> torch.Tensor:
    """(B, side^3, patch^3 * C) -> (B, C, side * patch, ...)"""
    b = tokens.shape[0]
    grid = tokens.view(b, side, side, side, patch, patch, patch, -1)
    return grid.permute(0, 7, 1, 4, 2, 5, 3, 6).reshape(b, -1, *[side * patch] * 3)


def camera_encoding(pose: torch.Tensor, side: int) -> torch.Tensor:
    """Waves (B, side^3, 18) over where each block of cells is, right, up and near, to a camera.

    pose : (B, 3) as in Outputs; axes as stated in voxel_model.py
    """
    sin, cos = F.normalize(pose[:, :2], dim=1, eps=1e-3).unbind(1)
    up, level, zero = pose[:, 2].sin(), pose[:, 2].cos(), torch.zeros_like(sin)
    axes = [cos, zero, -sin, -sin * up, level, -cos * up, sin * level, up, cos * level]
    line = (torch.arange(side, device=pose.device) + 0.5) / side - 0.5
    places = torch.cartesian_prod(line, line, line)  # (side^3, 3), x slowest
    seen = places.to(pose.dtype) @ torch.stack(axes, dim=1).view(-1, 3, 3).transpose(1, 2)
    angles = torch.cat([seen * f for f in (3.0, 6.0, 12.0)], dim=2)  # about 1/2, 1, 2 waves a grid
    return torch.cat([angles.sin(), angles.cos()], dim=2)


def embeddings(count: int, width: int, std: float) -> nn.Parameter:
    """(count, width) learned vectors; uniform at first, for the reason that resnet.py gives."""
    return nn.Parameter(torch.empty(count, width).uniform_(-std * 3**0.5, std * 3**0.5))


def channels_last(model: nn.Module) -> None:
    """Lays out 2D kernels as CPUs and tensor cores want them; Module.to stumbles over 3D ones."""
    for parameter in model.parameters():
        if parameter.ndim == 4:
            parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
