"""Fast layers for predictions on x86 CPUs: kernels stored once in the layout that oneDNN uses.

    pack(model)                          # the weights are final, and the model is in eval mode

PyTorch converts each kernel to this layout in every call, which takes a fifth of the time of a
ResNet18, and computes norm, ReLU, GELU and the sum with the shortcut in passes of their own. A
packed layer converts the kernel once, with the batch norm multiplied into it, and computes all of
this in one pass. Uneven padding, which EfficientNet-Lite2 has, needs no copy of the map. The
parameters and the state dict do not change. The packed kernels take as much memory as the
parameters.

The outputs differ from those of the plain layers by about 1e-6, logits of the mask with
EfficientNet-Lite2 by 2e-5. The plain layers compute gradients,
training, inputs on a GPU, and everything if this build of PyTorch lacks oneDNN.
"""

import platform
from typing import NamedTuple

import torch
from torch import nn

from network.encoders.efficientnet import OUTPUTS, EfficientNetLite2, InvertedResidual
from network.encoders.resnet import BasicBlock, ResNet18
from network.kernels import RELU6, Kernel, fold, fold_turned, reordered
from network.layers import Conv3d, Mlp

MIN_CHANNELS = 64  # smaller linear layers are as fast without
MACHINES = ("x86_64", "amd64")  # measured there only
OPERATORS = (
    "_convolution_pointwise",
    "_linear_pointwise",
    "_reorder_convolution_weight",
    "_reorder_linear_weight",
)


class PackedLayer(nn.Module):
    """Base of the packed layers; a copy of one has no packed kernels and computes as before."""

    packed = None  # kernels, which are no parameters

    def __getstate__(self) -> dict:
        """Leave out the kernels: oneDNN's layout cannot be copied."""
        return {name: value for name, value in self.__dict__.items() if name != "packed"}

    def is_usable(self, x: torch.Tensor) -> bool:
        """Tell whether the packed kernels serve for this input."""
        return (
            self.packed is not None
            and not torch.is_grad_enabled()
            and not self.training
            and x.device.type == "cpu"
            and x.dtype == torch.float32
        )


class PackedLinear(PackedLayer, nn.Linear):
    """A linear layer."""

    def pack(self) -> None:
        """Store the kernel, unless the layer is small."""
        if min(self.in_features, self.out_features) >= MIN_CHANNELS:
            kernel = torch.ops.mkldnn._reorder_linear_weight(self.weight.detach())
            self.packed = kernel, None if self.bias is None else self.bias.detach()

    def forward(self, x: torch.Tensor, activation: str = "none") -> torch.Tensor:
        """(..., in) -> (..., out); `activation` is "gelu" or "none"."""
        if not self.is_usable(x):
            return super().forward(x)
        return torch.ops.mkldnn._linear_pointwise(x, *self.packed, activation, [], "tanh")


class PackedMlp(Mlp):
    """Two linear layers; GELU is computed with the first."""

    def pack(self) -> None:
        """Store nothing: the linear layers have the kernels."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(..., D) -> (..., D)."""
        first, _, second = self
        return second(first(x, "gelu")) if first.is_usable(x) else super().forward(x)


class PackedResidual(NamedTuple):
    """The kernels of an `InvertedResidual`, for turned maps."""

    expand: Kernel | None
    depthwise: Kernel
    project: Kernel
    skip: bool

    @classmethod
    def of(cls, block: InvertedResidual) -> "PackedResidual":
        """Store the kernels of a block."""
        expand = None if block.expand is None else fold_turned(block.expand)
        kernels = fold_turned(block.depthwise), fold_turned(block.project)
        return cls(expand, *kernels, block.skip)

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """(B, inside, H, W) -> (B, outside, H / stride, W / stride), rounded up."""
        y = x if self.expand is None else self.expand(x, RELU6)
        y = self.project(self.depthwise(y, RELU6))
        return y.add_(x) if self.skip else y


class PackedBlock(PackedLayer, BasicBlock):
    """A block of ResNet18 with its norms in the kernels."""

    def pack(self) -> None:
        """Store the kernels."""
        shortcut = None if self.downsample is None else fold(*self.downsample)
        self.packed = (fold(self.conv1, self.bn1), fold(self.conv2, self.bn2), shortcut)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the map; (B, channels, h, w) -> (B, out_channels, h / stride, w / stride)."""
        if not self.is_usable(x):
            return super().forward(x)
        first, second, shortcut = self.packed
        return second.add_to(x if shortcut is None else shortcut(x), first(x, "relu"))


class PackedResNet18(PackedLayer, ResNet18):
    """The encoder; its first convolution with the norm in the kernel."""

    def pack(self) -> None:
        """Store the first kernel."""
        self.packed = fold(self.conv1, self.bn1)

    def first_map(self, images: torch.Tensor) -> torch.Tensor:
        """Return the map of stride 4 before the first stage."""
        if not self.is_usable(images):
            return super().first_map(images)
        images = images.contiguous(memory_format=torch.channels_last)
        return self.maxpool(self.packed(images, "relu"))


class PackedEfficientNetLite2(PackedLayer, EfficientNetLite2):
    """The encoder, computed on images turned by 180 degrees.

    TensorFlow pads unevenly for a stride of 2: one row and column more at the bottom right. In
    turned maps they are at the top left. There symmetric padding gives the same outputs: what it
    adds too much is at the bottom right, where the last window ends before it. So no map is copied
    to pad it.
    """

    def pack(self) -> None:
        """Store all kernels, turned by 180 degrees."""
        stages = [[PackedResidual.of(block) for block in stage] for stage in self.stages]
        self.packed = fold_turned(self.stem), stages

    def forward(self, images: torch.Tensor) -> list[torch.Tensor]:
        """Return maps of strides 4, 8, 16, 32 of images (B, 3, S, S)."""
        if not self.is_usable(images):
            return super().forward(images)
        stem, stages = self.packed
        images = self.rescale(images).contiguous(memory_format=torch.channels_last)
        x, maps = stem(images.flip(2, 3), RELU6), []
        for i, stage in enumerate(stages):
            for block in stage:
                x = block(x)
            if i in OUTPUTS:
                maps.append(x.flip(2, 3))
        return maps


class PackedConv3d(PackedLayer, Conv3d):
    """A 3x3x3 convolution by oneDNN, which is fast if channels vary fastest in memory."""

    def pack(self) -> None:
        """Store the kernel."""
        weight = self.weight.detach().contiguous(memory_format=torch.channels_last_3d)
        self.packed = reordered(weight, self.bias.detach(), self.padding, self.stride)

    def forward(self, grid: torch.Tensor) -> torch.Tensor:
        """Convolve a grid (B, C, X, Y, Z) with padding 1; returns the same shape."""
        if not self.is_usable(grid):
            return super().forward(grid)
        return self.packed(grid.contiguous(memory_format=torch.channels_last_3d))


PACKED = {
    nn.Linear: PackedLinear,
    Mlp: PackedMlp,
    BasicBlock: PackedBlock,
    ResNet18: PackedResNet18,
    EfficientNetLite2: PackedEfficientNetLite2,
    Conv3d: PackedConv3d,
}


def can_pack() -> bool:
    """Tell whether this machine and this build of PyTorch have the operators."""
    return (
        platform.machine().lower() in MACHINES
        and torch.backends.mkldnn.is_available()
        and all(hasattr(torch.ops.mkldnn, name) for name in OPERATORS)
    )


def pack(model: nn.Module) -> None:
    """Pack the layers of a model in place, for predictions on this machine's CPU.

    Call it when the weights are final: packed kernels do not follow a change of the parameters.

    Parameters
    ----------
    model : nn.Module
        In eval mode. Modules get a subclass of their class; names and state dict stay.
    """
    if not can_pack():
        return
    for module in reversed(list(model.modules())):  # large kernels first: less memory in between
        if type(module) in PACKED:
            module.__class__ = PACKED[type(module)]
            module.pack()
