"""EfficientNet-Lite2 as an encoder (Tan and Le 2019; the Lite variant has no squeeze-excitation).

    encoder = EfficientNetLite2()
    encoder(images)                      # (B, 3, S, S) -> maps of strides 4, 8, 16, 32

The layers are those of TensorFlow's checkpoints, padding included, so that the published ImageNet
weights fit (training/encoders.py loads them). Batch norm is frozen: its statistics and its scales
are constants, in training too.
"""

import math

import torch
import torch.nn.functional as F
from torch import nn

STEM = 32  # channels of the first convolution; not scaled in the Lite variants
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
# mean and standard deviation that turn ImageNet-normalised pixels into values from -1 to 1
SCALE = (0.229 / 0.5, 0.224 / 0.5, 0.225 / 0.5)
SHIFT = ((0.485 - 0.5) / 0.5, (0.456 - 0.5) / 0.5, (0.406 - 0.5) / 0.5)


class FrozenNorm(nn.Module):
    """Batch norm whose statistics and scales are constants."""

    def __init__(self, channels: int):
        super().__init__()
        self.register_buffer("weight", torch.ones(channels))
        self.register_buffer("bias", torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels) - NORM_EPSILON)

    def scale_and_shift(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Two (C,) float32 vectors: the layer computes x * scale + shift."""
        scale = self.weight * (self.running_var + NORM_EPSILON).rsqrt()
        return scale, self.bias - self.running_mean * scale

    def forward(self, x):
        scale, shift = (v.to(x.dtype).view(-1, 1, 1) for v in self.scale_and_shift())
        return x * scale + shift


class ConvNorm(nn.Module):
    """A convolution with TensorFlow's SAME padding, and its batch norm."""

    def __init__(
        self, inside: int, outside: int, kernel: int = 1, stride: int = 1, groups: int = 1
    ):
        super().__init__()
        self.conv = nn.Conv2d(inside, outside, kernel, stride, groups=groups, bias=False)
        self.norm = FrozenNorm(outside)
        self.folded = False

    def forward(self, x):
        conv = self.conv
        x, padding = same_padded(x, conv.kernel_size[0], conv.stride[0])
        bias = self.norm.bias if self.folded else None
        x = F.conv2d(x, conv.weight, bias, conv.stride, padding, 1, conv.groups)
        return x if self.folded else self.norm(x)

    @torch.no_grad()
    def fold(self) -> None:
        """Multiplies the norm into the convolution; the state dict stays valid, see `fold`."""
        scale, shift = self.norm.scale_and_shift()
        self.conv.weight.mul_(scale.view(-1, 1, 1, 1))
        self.norm.weight.fill_(1)
        self.norm.running_mean.zero_()
        self.norm.running_var.fill_(1 - NORM_EPSILON)
        self.norm.bias.copy_(shift)
        self.folded = True


def same_padded(x: torch.Tensor, kernel: int, stride: int) -> tuple[torch.Tensor, tuple[int, int]]:
    """Pads (B, C, H, W) where TensorFlow pads one side more; the rest is left to the convolution.

    Returns
    -------
    x : torch.Tensor
        The input, padded only if the padding is uneven.
    padding : tuple of int
        Rows and columns that the convolution adds on each side.
    """
    lack = [max((math.ceil(n / stride) - 1) * stride + kernel - n, 0) for n in x.shape[-2:]]
    if not any(n % 2 for n in lack):
        return x, (lack[0] // 2, lack[1] // 2)
    (top, bottom), (left, right) = ((n // 2, n - n // 2) for n in lack)
    return F.pad(x, (left, right, top, bottom)), (0, 0)


class InvertedResidual(nn.Module):
    """Expand by a 1x1 convolution, convolve each channel, project back."""

    def __init__(self, inside: int, outside: int, kernel: int, stride: int, expansion: int):
        super().__init__()
        middle = inside * expansion
        self.expand = ConvNorm(inside, middle) if expansion > 1 else None
        self.depthwise = ConvNorm(middle, middle, kernel, stride, groups=middle)
        self.project = ConvNorm(middle, outside)
        self.skip = stride == 1 and inside == outside

    def forward(self, x):
        y = x if self.expand is None else F.relu6(self.expand(x))
        y = self.project(F.relu6(self.depthwise(y)))
        return x + y if self.skip else y


class EfficientNetLite2(nn.Module):
    """The convolutional part without the classifier: 4.3 M weights."""

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
        """(B, 3, S, S) ImageNet-normalised -> maps of strides 4, 8, 16, 32."""
        scale, shift = (images.new_tensor(v).view(3, 1, 1) for v in (SCALE, SHIFT))
        x = F.relu6(self.stem(images * scale + shift))
        maps = []
        for i, stage in enumerate(self.stages):
            x = stage(x)
            if i in OUTPUTS:
                maps.append(x)
        return maps

    def fold(self) -> None:
        """Multiplies every norm into its convolution: the same function, a quarter faster on a CPU.

        The names and shapes of the state dict stay; loaded into an unfolded network, the folded
        weights give the same outputs. Do not load unfolded weights into a folded network.
        """
        for module in self.modules():
            if isinstance(module, ConvNorm):
                module.fold()
