"""ResNet18 as an encoder (He et al. 2015), with the names of torchvision's weights.

    encoder = ResNet18()
    encoder(images)                      # (B, 3, S, S) -> maps of strides 4, 8, 16, 32

torchvision itself is not imported: it loads torch's compiler, which takes 150 MB of every server
and two seconds of its start.
"""

import torch
from torch import nn

from network.layers import stem

BLOCKS = 2  # of each stage


class BasicBlock(nn.Module):
    """Two 3 x 3 convolutions and a shortcut.

    Parameters
    ----------
    channels, out_channels : int
        Channels of the block's input and output.
    stride : int
        Of the first convolution; the shortcut is then a 1 x 1 convolution.
    """

    def __init__(self, channels: int, out_channels: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, out_channels, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(out_channels)
        self.downsample = None
        if stride != 1 or channels != out_channels:
            self.downsample = nn.Sequential(
                nn.Conv2d(channels, out_channels, 1, stride, bias=False),
                nn.BatchNorm2d(out_channels),
            )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the map; (B, channels, h, w) -> (B, out_channels, h / stride, w / stride)."""
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        y += x if self.downsample is None else self.downsample(x)
        return self.relu(y)


class ResNet18(nn.Module):
    """ResNet18 without its classifier; the weights are random."""

    CHANNELS = (64, 128, 256, 512)  # of the maps of strides 4, 8, 16, 32

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        before = (64, *self.CHANNELS)
        for stage, out_channels in enumerate(self.CHANNELS):
            first = BasicBlock(before[stage], out_channels, 1 if stage == 0 else 2)
            others = (BasicBlock(out_channels, out_channels, 1) for _ in range(BLOCKS - 1))
            setattr(self, f"layer{stage + 1}", nn.Sequential(first, *others))
        for module in self.modules():
            # torchvision's random weights; on "meta" they would load torch's compiler for nothing
            if isinstance(module, nn.Conv2d) and not module.weight.is_meta:
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def first_map(self, images: torch.Tensor) -> torch.Tensor:
        """Return the map (B, 64, S / 4, S / 4) before the first stage."""
        return self.maxpool(self.relu(self.bn1(stem(self.conv1, images))))

    def forward(self, images: torch.Tensor) -> list[torch.Tensor]:
        """Return the feature maps.

        Parameters
        ----------
        images : Tensor, (B, 3, S, S) float
            ImageNet-normalised RGB.

        Returns
        -------
        list of Tensor
            Maps of strides 4, 8, 16, 32.
        """
        x = self.first_map(images)
        maps = []
        for stage in (self.layer1, self.layer2, self.layer3, self.layer4):
            x = stage(x)
            maps.append(x)
        return maps
