"""Layers of the network: attention, a 3D convolution, cells from tokens, the camera encoding.

    block = Block(width=256, heads=4, self_attention=True)
    queries = block(queries, memory)                 # (B, N, D), (B, M, D) -> (B, N, D)

The layers do not use the network's config; model.py combines them.
"""

import torch
import torch.nn.functional as F
from torch import nn

FREQUENCIES = (3.0, 6.0, 12.0)  # radians a grid side: about 1/2, 1 and 2 waves
WAVES = 2 * 3 * len(FREQUENCIES)  # channels of `waves`: sine and cosine of three coordinates


class Attention(nn.Module):
    """Multi-head attention from queries to a memory.

    Parameters
    ----------
    width : int
        Channels D of queries and memory.
    heads : int
        Number of heads, a divisor of `width`.
    """

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key_value = nn.Linear(width, 2 * width)
        self.out = nn.Linear(width, width)

    def forward(self, queries: torch.Tensor, memory: torch.Tensor) -> torch.Tensor:
        """Attend from `queries` (B, N, D) to `memory` (B, M, D); returns (B, N, D)."""
        q = self.query(queries).unflatten(-1, (self.heads, -1)).transpose(1, 2)  # (B, h, N, d)
        k, v = self.key_value(memory).unflatten(-1, (2, self.heads, -1)).unbind(2)
        mixed = F.scaled_dot_product_attention(q, k.transpose(1, 2), v.transpose(1, 2))
        return self.out(mixed.transpose(1, 2).flatten(2))  # (B, N, D)


class Mlp(nn.Sequential):
    """Two linear layers with twice the channels between them.

    Parameters
    ----------
    width : int
        Channels D of input and output.
    """

    def __init__(self, width: int):
        gelu = nn.GELU(approximate="tanh")
        super().__init__(nn.Linear(width, 2 * width), gelu, nn.Linear(2 * width, width))


class Block(nn.Module):
    """Pre-norm transformer block: cross-attention, optional self-attention, MLP.

    Parameters
    ----------
    width : int
        Channels D of queries and memory.
    heads : int
        Attention heads.
    self_attention : bool
        Whether the queries attend to each other.
    """

    def __init__(self, width: int, heads: int, self_attention: bool):
        super().__init__()
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(3))
        self.norms[1].requires_grad_(self_attention)  # unused without self-attention
        self.cross = Attention(width, heads)
        self.among = Attention(width, heads) if self_attention else None
        self.mlp = Mlp(width)

    def forward(self, queries: torch.Tensor, memory: torch.Tensor) -> torch.Tensor:
        """Update `queries` (B, N, D) from `memory` (B, M, D); returns (B, N, D)."""
        queries = queries + self.cross(self.norms[0](queries), memory)
        if self.among is not None:
            normed = self.norms[1](queries)
            queries = queries + self.among(normed, normed)
        return queries + self.mlp(self.norms[2](queries))


class Conv3d(nn.Conv3d):
    """A 3x3x3 convolution, computed as a 2D convolution of each slice with its two neighbours.

    PyTorch's own Conv3d does not use oneDNN for one grid of this size: it takes five times as long
    on a CPU.
    """

    def forward(self, grid: torch.Tensor) -> torch.Tensor:
        """Convolve a grid (B, C, X, Y, Z) with padding 1; returns the same shape."""
        b, _, x, _, _ = grid.shape
        padded = F.pad(grid, (0, 0, 0, 0, 1, 1))
        triples = torch.cat([padded[:, :, i : i + x] for i in range(3)], dim=1)  # (B, 3C, X, Y, Z)
        weight = self.weight.transpose(1, 2).flatten(1, 2)  # (C, 3C, 3, 3)
        slices = F.conv2d(triples.transpose(1, 2).flatten(0, 1), weight, self.bias, padding=1)
        return slices.unflatten(0, (b, x)).transpose(1, 2)


def stem(convolution: nn.Conv2d, images: torch.Tensor) -> torch.Tensor:
    """Apply ResNet's first convolution; in training on a GPU by `space_to_depth_conv`.

    Tensor cores process channels in groups of eight, so three channels leave most of them unused.
    Forward and backward with BatchNorm, 256 images, bfloat16, H200: 7.6 ms instead of 9.5 ms. On
    a CPU the plain convolution is faster.

    Parameters
    ----------
    convolution : nn.Conv2d
        7x7, stride 2, padding 3, no bias.
    images : Tensor, (B, 3, S, S) float
        Normalised images; S is even.

    Returns
    -------
    Tensor, (B, C, S / 2, S / 2) float
        The convolved images.
    """
    if not (convolution.training and images.is_cuda):
        return convolution(images)
    return space_to_depth_conv(convolution.weight, images)


def space_to_depth_conv(weight: torch.Tensor, images: torch.Tensor) -> torch.Tensor:
    """Compute a 7x7 convolution of stride 2 as a 4x4 convolution of blocks of 2x2 pixels.

    Parameters
    ----------
    weight : Tensor, (C, 3, 7, 7) float
        Kernel of a convolution with stride 2 and padding 3.
    images : Tensor, (B, 3, S, S) float
        Images; S is even.

    Returns
    -------
    Tensor, (B, C, S / 2, S / 2) float
        The result of that convolution.
    """
    blocks = F.pad(F.pixel_unshuffle(images, 2), (2, 1, 2, 1, 0, 4))  # (B, 12 + 4, S/2 + 3, ...)
    taps = F.pad(weight, (1, 0, 1, 0)).unflatten(3, (4, 2)).unflatten(2, (4, 2))
    taps = taps.permute(0, 1, 3, 5, 2, 4).flatten(1, 3)  # (C, 12, 4, 4)
    taps = F.pad(taps, (0, 0, 0, 0, 0, 4))  # (C, 12 + 4, 4, 4): a multiple of eight channels
    last = torch.channels_last
    return F.conv2d(blocks.contiguous(memory_format=last), taps.contiguous(memory_format=last))


def upsample(maps: torch.Tensor) -> torch.Tensor:
    """Double the height and width of feature maps by nearest-neighbour interpolation.

    On a GPU the values are copied: the gradient of a copy is a sum, which is faster than the
    scattered gradient of F.interpolate.

    Parameters
    ----------
    maps : Tensor, (B, C, H, W) float
        Feature maps.

    Returns
    -------
    Tensor, (B, C, 2 H, 2 W) float
        Enlarged maps.
    """
    if not maps.is_cuda:
        return F.interpolate(maps, scale_factor=2.0)
    return maps.repeat_interleave(2, 2).repeat_interleave(2, 3)


def unpatchify(tokens: torch.Tensor, side: int, patch: int) -> torch.Tensor:
    """Arrange tokens, each the channels of a block of cells, as a grid.

    Parameters
    ----------
    tokens : Tensor, (B, side^3, patch^3 * C) float
        One token for each block; x varies slowest.
    side : int
        Blocks a side.
    patch : int
        Cells a side of a block.

    Returns
    -------
    Tensor, (B, C, R, R, R) float
        The grid, with R = side * patch cells a side.
    """
    b = tokens.shape[0]
    grid = tokens.view(b, side, side, side, patch, patch, patch, -1)
    cells = [side * patch] * 3
    if tokens.is_cpu:  # channels vary fastest in memory: a third of the time for copies
        return grid.permute(0, 1, 4, 2, 5, 3, 6, 7).reshape(b, *cells, -1).movedim(4, 1)
    return grid.permute(0, 7, 1, 4, 2, 5, 3, 6).reshape(b, -1, *cells)


def camera_encoding(pose: torch.Tensor, side: int) -> torch.Tensor:
    """Encode the position of each block of cells in the camera's axes: right, up, toward it.

    Parameters
    ----------
    pose : Tensor, (B, 3) float
        Sine and cosine of the azimuth (of any common length), and elevation in radians. The axes
        are stated in voxel_model.py.
    side : int
        Blocks a side.

    Returns
    -------
    Tensor, (B, side^3, 18) float
        Sines, then cosines, of the three coordinates at three frequencies.
    """
    sin, cos = F.normalize(pose[:, :2], dim=1, eps=1e-3).unbind(1)
    up, level, zero = pose[:, 2].sin(), pose[:, 2].cos(), torch.zeros_like(sin)
    axes = [cos, zero, -sin, -sin * up, level, -cos * up, sin * level, up, cos * level]
    rotation = torch.stack(axes, dim=1).view(-1, 3, 3)  # rows: right, up, toward the camera
    line = (torch.arange(side, device=pose.device) + 0.5) / side - 0.5
    centers = torch.cartesian_prod(line, line, line)  # (side^3, 3), x slowest
    positions = centers.to(pose.dtype) @ rotation.transpose(1, 2)  # (B, side^3, 3)
    return waves(positions, dim=2)


def waves(positions: torch.Tensor, dim: int) -> torch.Tensor:
    """Encode three coordinates, in dimension `dim`, as WAVES channels: sines, then cosines."""
    angles = torch.cat([positions * f for f in FREQUENCIES], dim=dim)
    return torch.cat([angles.sin(), angles.cos()], dim=dim)


def embeddings(count: int, width: int, std: float) -> nn.Parameter:
    """Return learned vectors with uniform initial values.

    Parameters
    ----------
    count : int
        Number of vectors.
    width : int
        Channels of a vector.
    std : float
        Standard deviation of the initial values.

    Returns
    -------
    nn.Parameter, (count, width) float32
        The vectors.
    """
    return nn.Parameter(torch.empty(count, width).uniform_(-std * 3**0.5, std * 3**0.5))


def channels_last(model: nn.Module) -> None:
    """Store 2D kernels in the channels-last layout, which CPUs and tensor cores prefer.

    `Module.to(memory_format=...)` raises an error for the 5-dimensional kernels of Conv3d.

    Parameters
    ----------
    model : nn.Module
        Changed in place.
    """
    for parameter in model.parameters():
        if parameter.ndim == 4:
            parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
