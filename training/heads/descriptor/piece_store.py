"""The pieces of a bank on the device that trains: grids, overlaps with shapes, hard negatives.

store = PieceStore(bank, torch.device("cuda"))
near = store.near(truth, count=2, generator)          # pieces that overlap with the true shape
hard = store.hard(descriptors, categories, 2, generator)     # that the network takes for it
grids = store.grids(near)                             # (B * 2, 32, 32, 32)
"""

import numpy as np
import torch

from core.categories import CATEGORIES
from pipeline.parts.bank import PieceBank
from pipeline.parts.codes import FACTOR, SIDE
from pipeline.parts.grids import SIDE as CELLS

NEAR_POOL, HARD_POOL = 12, 48  # best pieces that `near` and `hard` draw from
READ = 2000  # grids that are unpacked at once


class PieceStore:
    """Pieces of a bank as tensors.

    Parameters
    ----------
    bank : PieceBank
        The bank; 4 kB of memory for each piece.
    device : torch.device
        Device of the tensors.
    limit : int
        Pieces that are taken, evenly from the whole bank; 0 for all.
    names : tuple of str
        Categories in the order of the pictures' numbers.
    """

    def __init__(
        self,
        bank: PieceBank,
        device: torch.device,
        limit: int = 0,
        names: tuple[str, ...] = CATEGORIES,
    ):
        self.bank, taken = bank, np.arange(len(bank))
        if limit:
            taken = np.unique(np.linspace(0, len(bank) - 1, limit).round().astype(int))
        packed = [
            np.packbits(bank.grids.read(taken[i : i + READ]) > 0, axis=-1)
            for i in range(0, len(taken), READ)
        ]
        bits = np.concatenate(packed).reshape(len(taken), -1)
        self.bits = torch.from_numpy(bits).to(device)  # (N, 4096) uint8
        self.shifts = torch.arange(7, -1, -1, device=device, dtype=torch.uint8)

        def upload(values: np.ndarray) -> torch.Tensor:
            return torch.from_numpy(np.asarray(values, np.float32)).to(device)

        self.codes = upload(bank.codes[taken]) * upload(bank.encoder.step)  # (N, 128)
        self.basis, self.mean = upload(bank.encoder.basis), upload(bank.encoder.mean)
        self.volumes = upload(bank.volumes[taken])
        rows = {name: number for number, name in enumerate(names)}
        numbers = np.array([rows.get(name, -1) for name in CATEGORIES])[bank.categories[taken]]
        self.categories = torch.from_numpy(numbers).to(device)  # -1: not a category of pictures
        self.taken = taken  # (N,) numbers in the bank
        self.table = torch.zeros(len(taken), 1, device=device)  # descriptors, see `refresh`

    def __len__(self) -> int:
        """Number of pieces."""
        return len(self.bits)

    def design(self, index: int) -> str:
        """Returns category and design of a piece, as "chair/dining"; builds it."""
        number = int(self.taken[index])
        return f"{self.bank.category(number)}/{self.bank.build(number).name or 'plain'}"

    def grids(self, index: torch.Tensor) -> torch.Tensor:
        """Returns solid cells (M, 32, 32, 32) float32 of the pieces (M,)."""
        bits = (self.bits[index][..., None] >> self.shifts) & 1
        return bits.view(-1, CELLS, CELLS, CELLS).float()

    def overlaps(self, truth: torch.Tensor) -> torch.Tensor:
        """Returns the approximate IoU (B, N) of shapes with all pieces, from their codes.

        Parameters
        ----------
        truth : Tensor, (B, 32, 32, 32) float32
            Solid cells.
        """
        pooled = truth.unflatten(3, (SIDE, FACTOR)).unflatten(2, (SIDE, FACTOR))
        pooled = pooled.unflatten(1, (SIDE, FACTOR)).mean(dim=(2, 4, 6)).flatten(1)  # (B, 16^3)
        cells = FACTOR**3
        shared = cells * ((pooled @ self.basis.T) @ self.codes.T + pooled @ self.mean[:, None])
        volume = truth.flatten(1).sum(1)[:, None]
        return shared.clamp_min(0) / (volume + self.volumes - shared).clamp_min(1)

    def exact_overlaps(self, probabilities: torch.Tensor, batch: int = READ) -> torch.Tensor:
        """Returns the expected overlap (B, N) of grids with all pieces, as the search computes it.

        Parameters
        ----------
        probabilities : Tensor, (B, 32, 32, 32) float32
            Of predictions; for solid cells of 0 and 1 the overlap is the IoU.
        batch : int
            Pieces that are unpacked at once.
        """
        flat = probabilities.flatten(1)
        columns = []
        for index in torch.arange(len(self), device=flat.device).split(batch):
            solid = self.grids(index).flatten(1)
            shared = flat @ solid.T
            total = flat.sum(1)[:, None] + solid.sum(1) - shared
            columns.append(shared / total.clamp_min(1e-6))
        return torch.cat(columns, dim=1)

    def near(self, truth: torch.Tensor, count: int, generator: torch.Generator) -> torch.Tensor:
        """Draws pieces (B * count,) among those that overlap most with each shape."""
        return _draw(self.overlaps(truth), NEAR_POOL, count, generator)

    def hard(
        self,
        descriptors: torch.Tensor,
        categories: torch.Tensor,
        count: int,
        generator: torch.Generator,
    ) -> torch.Tensor:
        """Draws pieces among those whose descriptors are nearest to a photo's.

        Parameters
        ----------
        descriptors : Tensor, (B, K) float32
            Of photos; before the first `refresh` the draw is uniform.
        categories : Tensor, (B,) int64
            True categories. Pieces of other categories come last.
        count : int
            Pieces for each photo.
        generator : torch.Generator
            Source of random numbers.

        Returns
        -------
        Tensor, (B * count,) int64
            Numbers of pieces.
        """
        if self.table.shape[1] != descriptors.shape[1]:
            near = torch.rand(
                len(descriptors), len(self), generator=generator, device=self.bits.device
            )
        else:
            near = descriptors.float() @ self.table.T
        other = categories[:, None] != self.categories
        return _draw(near - 4.0 * other, HARD_POOL, count, generator)

    @torch.no_grad()
    def refresh(self, encoder: torch.nn.Module, batch: int = 2000) -> None:
        """Encodes all pieces. `hard` compares with these descriptors until the next call."""
        indices = torch.arange(len(self), device=self.bits.device)
        self.table = torch.cat([encoder(self.grids(i)).float() for i in indices.split(batch)])


def _draw(scores: torch.Tensor, pool: int, count: int, generator: torch.Generator) -> torch.Tensor:
    """Draws `count` of the `pool` columns with the highest scores of each row: (B * count,)."""
    pool = min(pool, scores.shape[1])
    best = scores.topk(pool, dim=1).indices
    chosen = torch.rand(best.shape, generator=generator, device=best.device)
    chosen = chosen.topk(min(count, pool), dim=1).indices
    return best.gather(1, chosen).flatten()
