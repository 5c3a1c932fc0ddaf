"""The decoder: learned 3D queries attend to the feature maps and become cells.

    decoder = AttentionDecoder(VoxelConfig(), channels=(64, 128, 256, 512))
    decoded = decoder(maps, mask, context, pose)
    decoded.occupancy, decoded.color         # (B, R, R, R), (B, 3, R, R, R) logits

Shapes: B images, S image size, R cells a side, D channels of a token (`width`), C channels of the
16x16x16 grid (`refined`).
"""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import nn

from network.config import VoxelConfig
from network.heads.coordinates import CoordinateFeedback
from network.heads.mask_head import MASK_CHANNELS
from network.layers import WAVES, Block, Conv3d, camera_encoding, embeddings, unpatchify
from network.place import PlaceEmbedding


class Decoded(NamedTuple):
    """Outputs of the decoder."""

    occupancy: torch.Tensor  # (B, R, R, R) logits
    color: torch.Tensor  # (B, 3, R, R, R) logits
    memory: torch.Tensor  # (B, M, D) image tokens
    tokens: torch.Tensor  # (B, 512, D) queries after the last block, normed; x varies slowest


class AttentionDecoder(nn.Module):
    """Decode occupancy and colour with learned 3D queries that attend to the feature maps.

    There are 8x8x8 queries, one for each block of cells.

    Parameters
    ----------
    config : VoxelConfig
        The design.
    channels : tuple of int
        Channels of the encoder's maps of strides 4, 8, 16, 32.
    """

    GRID = 8  # queries a side

    def __init__(self, config: VoxelConfig, channels: tuple[int, ...]):
        super().__init__()
        self.config, width = config, config.width
        self.patch = config.resolution // (2 * self.GRID)
        # The queries must differ from each other. Without the camera encoding only this term
        # differs; it then needs to be as large as the context, whose deviation is 0.6.
        self.queries = embeddings(self.GRID**3, width, 0.02 if config.posed else 1.0)
        self.context = nn.Linear(2 * channels[3], width)
        self.camera = nn.Linear(WAVES, width) if config.posed else None
        finer = 4 * channels[1] if config.fine else 0
        self.level_projections = nn.ModuleList(
            nn.Linear(c, width) for c in (channels[2] + finer, channels[3])
        )
        self.level_positions = nn.ParameterList(
            embeddings(side**2, width, 0.02)
            for side in (config.image_size // 16, config.image_size // 32)
        )
        self.foreground = nn.Linear(config.mask_patch**2, width)  # adds the mask to the tokens
        self.norm_memory = nn.LayerNorm(width)
        every = config.self_every
        self.blocks = nn.ModuleList(
            Block(width, config.heads, self_attention=bool(every) and (i + 1) % every == 0)
            for i in range(config.depth)
        )
        self.norm = nn.LayerNorm(width)
        self.unfold = nn.Linear(width, 8 * config.refined)
        self.refine = Conv3d(config.refined, config.refined, 3, padding=1)
        self.cells = nn.Linear(config.refined, self.patch**3 * 4)
        self.feedback = None
        if config.coordinates:
            self.feedback = CoordinateFeedback(MASK_CHANNELS, width, config.refined)
        self.place = PlaceEmbedding(width) if config.placed else None

    def image_tokens(
        self,
        maps: list[torch.Tensor],
        mask: torch.Tensor,
        coordinates: torch.Tensor | None = None,
        place: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Return the memory: a token for each position of the maps of strides 16 and 32.

        Parameters
        ----------
        maps : list of Tensor
            Feature maps of strides 8, 16 and 32.
        mask : Tensor, (B, 1, S / 4, S / 4) float
            Probability that a pixel shows the object.
        coordinates : Tensor, (B, 3, S / 4, S / 4) float, optional
            As in Outputs; needed if the config has `coordinates`.
        place : Tensor, (B, 3) float, optional
            Place of the crop in the photo; needed if the config has `placed`.

        Returns
        -------
        Tensor, (B, M, D) float
            The tokens; M is 245 = 14^2 + 7^2 for images of 224 pixels.
        """
        levels = list(maps[1:])
        if self.config.fine:
            levels[0] = torch.cat([levels[0], F.pixel_unshuffle(maps[0], 2)], dim=1)
        memory, patch = [], self.config.mask_patch
        encoded = None if self.feedback is None else self.feedback.encode(coordinates, mask)
        parts = zip(levels, self.level_projections, self.level_positions, strict=True)
        for feature, project, position in parts:
            h, w = feature.shape[-2:]
            patches = F.pixel_unshuffle(F.adaptive_avg_pool2d(mask, (h * patch, w * patch)), patch)
            tokens = project(feature.flatten(2).transpose(1, 2))  # (B, h*w, D)
            tokens = tokens + position + self.foreground(patches.flatten(2).transpose(1, 2))
            if encoded is not None:
                tokens = tokens + self.feedback.tokens(encoded, h)
            memory.append(tokens)
        memory = torch.cat(memory, dim=1)
        if self.place is not None:
            memory = memory + self.place(place)[:, None]
        return self.norm_memory(memory)

    def initial_queries(self, context: torch.Tensor, pose: torch.Tensor) -> torch.Tensor:
        """Return the queries before the first block: embedding, image context, camera.

        Parameters
        ----------
        context : Tensor, (B, 2 * channels) float
            Means of the last map over the image and over the object.
        pose : Tensor, (B, 3) float
            As in Outputs.

        Returns
        -------
        Tensor, (B, 512, D) float
            The queries; x varies slowest.
        """
        queries = self.queries + self.context(context)[:, None]
        if self.camera is not None:
            queries = queries + self.camera(camera_encoding(pose, self.GRID))
        return queries

    def forward(
        self,
        maps: list[torch.Tensor],
        mask: torch.Tensor,
        context: torch.Tensor,
        pose: torch.Tensor,
        coordinates: torch.Tensor | None = None,
        pyramid: torch.Tensor | None = None,
        place: torch.Tensor | None = None,
    ) -> Decoded:
        """Decode the occupancy and the colour of all cells.

        Parameters
        ----------
        maps : list of Tensor
            Feature maps of strides 8, 16 and 32: (B, c, 28, 28), (B, c, 14, 14), (B, c, 7, 7) for
            images of 224 pixels.
        mask : Tensor, (B, 1, S / 4, S / 4) float
            Probability that a pixel shows the object.
        context : Tensor, (B, 2 * channels) float
            Means of the last map over the image and over the object.
        pose : Tensor, (B, 3) float
            As in Outputs.
        coordinates, pyramid : Tensor, optional
            (B, 3, S / 4, S / 4) as in Outputs, and the mask head's map (B, 64, S / 4, S / 4);
            needed if the config has `coordinates`.
        place : Tensor, (B, 3) float, optional
            Place of the crop in the photo; needed if the config has `placed`.

        Returns
        -------
        Decoded
            Logits of all cells, and the tokens that they are made from.
        """
        memory = self.image_tokens(maps, mask, coordinates, place)  # (B, M, D)
        queries = self.initial_queries(context, pose)  # (B, 512, D)
        pixel_cells = None
        if self.feedback is not None:
            pixel_cells, pixel_queries = self.feedback.cells(coordinates, mask, pyramid)
            queries = queries + pixel_queries
        for block in self.blocks:
            queries = block(queries, memory)
        tokens = self.norm(queries)
        grid = unpatchify(self.unfold(tokens), self.GRID, 2)  # (B, C, 16, 16, 16)
        if pixel_cells is not None:
            grid = grid + pixel_cells.transpose(1, 2).view_as(grid)
        grid = F.gelu(grid + self.refine(F.gelu(grid)))
        cells = self.cells(grid.flatten(2).transpose(1, 2))  # (B, 16^3, patch^3 * 4)
        cells = unpatchify(cells, 2 * self.GRID, self.patch)  # (B, 4, R, R, R)
        return Decoded(cells[:, 0], cells[:, 1:], memory, tokens)
