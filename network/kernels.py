"""Convolution kernels in the layout of oneDNN, with what is computed in the same pass.

    kernel = fold(conv, norm)            # conv, then batch norm
    kernel(x, "relu")                    # (B, C, H, W), channels fastest in memory

`network.packing` makes them for whole networks.
"""

from typing import NamedTuple

import torch
from torch import nn

from network.encoders.efficientnet import ConvNorm

RELU6 = "hardtanh"  # oneDNN's name for a clamp, here to 0 and 6


class Kernel(NamedTuple):
    """A convolution's kernel in oneDNN's layout, with what belongs to it."""

    weight: torch.Tensor
    bias: torch.Tensor
    padding: list[int]
    stride: list[int]
    groups: int = 1

    def __call__(self, x: torch.Tensor, activation: str = "none") -> torch.Tensor:
        """Convolve, then apply "relu", RELU6 or "none"."""
        ones, layout = [1] * len(self.stride), (self.padding, self.stride)
        limits = [0.0, 6.0] if activation == RELU6 else []
        return torch.ops.mkldnn._convolution_pointwise(
            x, self.weight, self.bias, *layout, ones, self.groups, activation, limits, ""
        )

    def add_to(self, other: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        """Return relu(other + convolution of x)."""
        ones, layout = [1] * len(self.stride), (self.padding, self.stride)
        return torch.ops.mkldnn._convolution_pointwise.binary(
            x, other, self.weight, self.bias, *layout, ones, 1, "add", 1.0, "relu", [], ""
        )


@torch.no_grad()
def fold(conv: nn.Conv2d, norm: nn.BatchNorm2d) -> Kernel:
    """Return a convolution's kernel with its batch norm multiplied into it."""
    scale = norm.weight * (norm.running_var + norm.eps).rsqrt()
    weight = conv.weight * scale.view(-1, 1, 1, 1)
    shift = norm.bias - norm.running_mean * scale
    return reordered(weight, shift, conv.padding, conv.stride)


@torch.no_grad()
def fold_turned(layer: ConvNorm) -> Kernel:
    """Return the kernel for turned maps, turned too, with the norm multiplied into it."""
    conv, (scale, shift) = layer.conv, layer.norm.scale_and_shift()
    weight = (conv.weight * scale.view(-1, 1, 1, 1)).flip(2, 3)
    padding = tuple(n // 2 for n in conv.kernel_size)
    return reordered(weight, shift, padding, conv.stride, conv.groups)


def reordered(
    weight: torch.Tensor,
    bias: torch.Tensor,
    padding: tuple[int, ...],
    stride: tuple[int, ...],
    groups: int = 1,
) -> Kernel:
    """Return a kernel in oneDNN's layout."""
    padding, stride = list(padding), list(stride)
    ones = [1] * len(stride)
    weight = torch.ops.mkldnn._reorder_convolution_weight(weight, padding, stride, ones, groups)
    return Kernel(weight, bias, padding, stride, groups)
