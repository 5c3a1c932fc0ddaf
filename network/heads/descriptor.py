"""The descriptor: values that tell which piece of furniture a photo shows.

    head = DescriptorHead(width=256, heads=4, values=128)
    descriptor = head(memory, cells)                    # (B, 245, 256), (B, 512, 256) -> (B, 128)

A bank of pieces holds one descriptor for each piece; the pieces with the largest scalar product
explain the photo. A few learned probes read the image tokens and the decoder's tokens. The latter
describe the shape in the object's own axes, so that the camera has little effect.
"""

import torch
import torch.nn.functional as F
from torch import nn

from network.layers import Block, embeddings

PROBES = 8  # learned queries of the head; each may read one group of parts
DEPTH = 2  # attention blocks
PROBE_WIDTH = 64  # channels of a probe before the last layer


class DescriptorHead(nn.Module):
    """Predict a descriptor of unit length from the tokens of the decoder.

    Parameters
    ----------
    width : int
        Channels D of the tokens.
    heads : int
        Attention heads.
    values : int
        Length of a descriptor.
    """

    def __init__(self, width: int, heads: int, values: int):
        super().__init__()
        # small, so that what a probe reads is larger than what it starts from
        self.queries = embeddings(PROBES, width, 0.02)
        self.kinds = embeddings(2, width, 0.02)  # tells image tokens from cell tokens
        self.norm_memory = nn.LayerNorm(width)
        self.blocks = nn.ModuleList(Block(width, heads, self_attention=True) for _ in range(DEPTH))
        self.norm = nn.LayerNorm(width)
        self.narrow = nn.Linear(width, PROBE_WIDTH)
        self.out = nn.Linear(PROBES * PROBE_WIDTH, values)
        # without it all photos get nearly the same descriptor in the first steps, and stay so
        self.center = nn.BatchNorm1d(values, affine=False)

    def forward(self, memory: torch.Tensor, cells: torch.Tensor) -> torch.Tensor:
        """Predict descriptors.

        Parameters
        ----------
        memory : Tensor, (B, M, D) float
            Image tokens of the decoder.
        cells : Tensor, (B, N, D) float
            The decoder's queries after its last block, normed.

        Returns
        -------
        Tensor, (B, values) float
            Descriptors of unit length.
        """
        tokens = torch.cat([memory + self.kinds[0], cells + self.kinds[1]], dim=1)
        tokens = self.norm_memory(tokens)  # (B, M + N, D)
        probes = self.queries.expand(len(tokens), -1, -1)
        for block in self.blocks:
            probes = block(probes, tokens)
        probes = self.narrow(self.norm(probes)).flatten(1)  # (B, PROBES * PROBE_WIDTH)
        return F.normalize(self.center(self.out(F.gelu(probes))), dim=1)
