"""EfficientNet-Lite2 as an encoder (Tan and Le 2019; the Lite variant has no squeeze-excitation).

    encoder = EfficientNetLite2()
    encoder(images)                      # (B, 3, S, S) -> maps of strides 4, 8, 16, 32

The layers and their padding are those of TensorFlow's checkpoints, so that the published ImageNet
weights fit (training/loop/encoders.py loads them). Batch norm is frozen: its statistics and scales
are constants, in training too.
"""

import math

import torch
import torch.nn.functional as F
from torch import nn

STEM = 32  # channels of the first convolution; equal in all Lite variants
# blocks, kernel, stride, expansion and output channels of each stage, scaled for Lite2
STAGES = (
    (1, 3, 1, 1, 16),
    (3, 3, 2, 6, 24),
    (3, 5, 2, 6, 48),
    (4, 3, 2, 6, 88),
    (4, 5, 1, 6, 120),
    (5, 5, 2, 6, 208),
    (1, 3, 1, 6, 352),
)
OUTPUTS = (1, 2, 4, 6)  # stages whose last map is returned
NORM_EPSILON = 1e-3  # TensorFlow's
# scale and shift of ImageNet-normalised pixels to values in [-1, 1], the published weights' input
SCALE = (0.229 / 0.5, 0.224 / 0.5, 0.225 / 0.5)
SHIFT = ((0.485 - 0.5) / 0.5, (0.456 - 0.5) / 0.5, (0.406 - 0.5) / 0.5)


class FrozenNorm(nn.Module):
    """Batch norm with constant statistics and scales.

    Parameters
    ----------
    channels : int
        Channels C of the input.
    """

    def __init__(self, channels: int):
        super().__init__()
        self.register_buffer("weight", torch.ones(channels))
        self.register_buffer("bias", torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels) - NORM_EPSILON)

    def scale_and_shift(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Return two (C,) float32 vectors: the layer computes x * scale + shift."""
        scale = self.weight * (self.running_var + NORM_EPSILON).rsqrt()
        return scale, self.bias - self.running_mean * scale

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Normalise a map (B, C, H, W)."""
        scale, shift = (v.to(x.dtype).view(-1, 1, 1) for v in self.scale_and_shift())
        return x * scale + shift


class ConvNorm(nn.Module):
    """A convolution with TensorFlow's SAME padding, followed by batch norm.

    Parameters
    ----------
    inside, outside : int
        Input and output channels.
    kernel : int
        Height and width of the kernel.
    stride : int
        Stride.
    groups : int
        Groups of channels; `inside` for a depthwise convolution.
    """

    def __init__(
        self, inside: int, outside: int, kernel: int = 1, stride: int = 1, groups: int = 1
    ):
        super().__init__()
        self.conv = nn.Conv2d(inside, outside, kernel, stride, groups=groups, bias=False)
        self.norm = FrozenNorm(outside)
        self.folded = False

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, inside, H, W) -> (B, outside, H / stride, W / stride), rounded up."""
        conv = self.conv
        x, padding = same_padded(x, conv.kernel_size[0], conv.stride[0])
        bias = self.norm.bias if self.folded else None
        x = F.conv2d(x, conv.weight, bias, conv.stride, padding, 1, conv.groups)
        return x if self.folded else self.norm(x)

    @torch.no_grad()
    def fold(self) -> None:
        """Multiply the norm into the convolution; see `EfficientNetLite2.fold`."""
        scale, shift = self.norm.scale_and_shift()
        self.conv.weight.mul_(scale.view(-1, 1, 1, 1))
        self.norm.weight.fill_(1)
        self.norm.running_mean.zero_()
        self.norm.running_var.fill_(1 - NORM_EPSILON)
        self.norm.bias.copy_(shift)
        self.folded = True


def same_padded(x: torch.Tensor, kernel: int, stride: int) -> tuple[torch.Tensor, tuple[int, int]]:
    """Pad as TensorFlow does: the output has ceil(H / stride) rows.

    Even padding is left to the convolution, which is faster. Uneven padding has one more row at the
    bottom or one more column on the right, which PyTorch's convolution cannot do.

    Parameters
    ----------
    x : Tensor, (B, C, H, W) float
        The input.
    kernel, stride : int
        Of the convolution.

    Returns
    -------
    x : Tensor, (B, C, H', W') float
        The input, padded only if the padding is uneven.
    padding : tuple of int
        Rows and columns that the convolution adds on each side.
    """
    missing = [max((math.ceil(n / stride) - 1) * stride + kernel - n, 0) for n in x.shape[-2:]]
    if not any(n % 2 for n in missing):
        return x, (missing[0] // 2, missing[1] // 2)
    (top, bottom), (left, right) = ((n // 2, n - n // 2) for n in missing)
    return F.pad(x, (left, right, top, bottom)), (0, 0)


class InvertedResidual(nn.Module):
    """Expand by a 1x1 convolution, convolve each channel alone, project by a 1x1 convolution.

    Parameters
    ----------
    inside, outside : int
        Input and output channels.
    kernel, stride : int
        Of the depthwise convolution.
    expansion : int
        Channels of the depthwise convolution over `inside`; 1 leaves out the first convolution.
    """

    def __init__(self, inside: int, outside: int, kernel: int, stride: int, expansion: int):
        super().__init__()
        middle = inside * expansion
        self.expand = ConvNorm(inside, middle) if expansion > 1 else None
        self.depthwise = ConvNorm(middle, middle, kernel, stride, groups=middle)
        self.project = ConvNorm(middle, outside)
        self.skip = stride == 1 and inside == outside

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(B, inside, H, W) -> (B, outside, H / stride, W / stride), rounded up."""
        y = x if self.expand is None else F.relu6(self.expand(x))
        y = self.project(F.relu6(self.depthwise(y)))
        return x + y if self.skip else y


class EfficientNetLite2(nn.Module):
    """The convolutions without the classifier: 4.3 million weights."""

    CHANNELS = tuple(STAGES[i][-1] for i in OUTPUTS)  # (24, 48, 120, 352)

    def __init__(self):
        super().__init__()
        self.stem = ConvNorm(3, STEM, 3, 2)
        self.stages = nn.ModuleList()
        inside = STEM
        for count, kernel, stride, expansion, outside in STAGES:
            blocks = []
            for i in range(count):
                blocks.append(
                    InvertedResidual(inside, outside, kernel, stride if i == 0 else 1, expansion)
                )
                inside = outside
            self.stages.append(nn.Sequential(*blocks))

    def forward(self, images: torch.Tensor) -> list[torch.Tensor]:
        """Return feature maps.

        Parameters
        ----------
        images : Tensor, (B, 3, S, S) float
            ImageNet-normalised RGB.

        Returns
        -------
        list of Tensor
            Maps of strides 4, 8, 16, 32 with CHANNELS channels.
        """
        x = F.relu6(self.stem(self.rescale(images)))
        maps = []
        for i, stage in enumerate(self.stages):
            x = stage(x)
            if i in OUTPUTS:
                maps.append(x)
        return maps

    @staticmethod
    def rescale(images: torch.Tensor) -> torch.Tensor:
        """Convert ImageNet-normalised images (B, 3, S, S) to values in [-1, 1]."""
        scale, shift = (images.new_tensor(v).view(3, 1, 1) for v in (SCALE, SHIFT))
        return images * scale + shift

    def fold(self) -> None:
        """Multiply every norm into its convolution: same outputs, a quarter less time on a CPU.

        The names and shapes in the state dict do not change. An unfolded network that loads folded
        weights computes the same outputs. A folded network must not load unfolded weights.
        """
        for module in self.modules():
            if isinstance(module, ConvNorm):
                module.fold()
