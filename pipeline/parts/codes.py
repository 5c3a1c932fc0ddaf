"""Codes of pieces: principal components of their grids at 16 cells a side, learned descriptors.

encoder = GridEncoder.fit(pooled)
codes = encoder.encode(pooled)           # (N, 128) int8
vector, constant = encoder.query(probabilities)
overlaps = products(codes, vector) + constant         # (N,) sum of p * s, nearly

table = DescriptorTable.pack(descriptors, gain=0.3)   # (N, 128), of `training.describe`
votes = table.votes(prediction.descriptor)            # (N,) added to the overlaps
"""

from dataclasses import dataclass

import numpy as np

LENGTH = 128  # coefficients
SIDE = 16  # cells
FACTOR = 2  # from the 32 cells of a prediction
CELLS = SIDE**3
CHUNK = 20_000  # codes that are converted to float32 at once; 10 MB
SPARE, ITERATIONS = 32, 4  # directions beyond LENGTH and rounds of the subspace iteration
# Units of a byte in the standard deviation of the largest component. The unit is the same for all
# components, so that small ones take few different bytes, which compress: 42 bytes a piece in the
# file, 112 if each component spans its byte. On 96 generated pictures 99.4 % of the first 20 pieces
# stay the same.
UNITS = 11


@dataclass(frozen=True)
class GridEncoder:
    """A linear map from pooled grids to bytes."""

    mean: np.ndarray  # (CELLS,) float16
    basis: np.ndarray  # (LENGTH, CELLS) float16, orthonormal rows
    step: np.ndarray  # (LENGTH,) float32, value of one unit of a byte

    @classmethod
    def fit(cls, grids: np.ndarray) -> "GridEncoder":
        """Returns the encoder of the principal components of some pooled grids (N, CELLS)."""
        grids = np.asarray(grids, np.float32)
        mean = grids.mean(axis=0)
        centered = grids - mean
        basis = _components(centered)
        unit = max(float((centered @ basis.T).std(axis=0).max()) / UNITS, 1e-6)
        step = np.full(len(basis), unit, np.float32)
        return cls(mean.astype(np.float16), basis.astype(np.float16), step)

    def encode(self, grids: np.ndarray) -> np.ndarray:
        """Returns the codes (N, LENGTH) int8 of pooled grids (N, CELLS)."""
        centered = np.asarray(grids, np.float32) - self.mean.astype(np.float32)
        coefficients = centered @ self.basis.T.astype(np.float32) / self.step
        return coefficients.round().clip(-127, 127).astype(np.int8)

    def query(self, probabilities: np.ndarray) -> tuple[np.ndarray, float]:
        """Returns the vector and the constant that make `codes @ vector + constant` the overlap.

        Parameters
        ----------
        probabilities : (32, 32, 32) float
            Of a prediction.

        Returns
        -------
        vector : (LENGTH,) float32
        constant : float
            In cells of 32 a side.
        """
        pooled = pool(probabilities).ravel()
        cells = FACTOR**3
        vector = self.basis.astype(np.float32) @ pooled * self.step * cells
        return vector, float(self.mean.astype(np.float32) @ pooled) * cells


def _components(centered: np.ndarray) -> np.ndarray:
    """(LENGTH, CELLS) orthonormal principal directions of centred rows, by subspace iteration.

    Ten times as fast as the exact decomposition. The directions of the smallest variance differ
    from the exact ones, which costs nothing in the search.
    """
    rng = np.random.default_rng(0)
    basis = rng.standard_normal((CELLS, LENGTH + SPARE), np.float32)
    for _ in range(ITERATIONS):
        basis, _ = np.linalg.qr(centered.T @ (centered @ basis))
    _, _, turn = np.linalg.svd(centered @ basis, full_matrices=False)
    return (basis @ turn.T).T[:LENGTH]


def pool(grid: np.ndarray) -> np.ndarray:
    """Returns the means (16, 16, 16) float32 over blocks of 2 x 2 x 2 cells."""
    blocks = np.asarray(grid, np.float32).reshape(SIDE, FACTOR, SIDE, FACTOR, SIDE, FACTOR)
    return blocks.mean(axis=(1, 3, 5))


def products(codes: np.ndarray, vector: np.ndarray) -> np.ndarray:
    """Returns `codes @ vector` (N,) float32 without a float copy of all codes."""
    parts = [
        codes[start : start + CHUNK].astype(np.float32) @ vector
        for start in range(0, len(codes), CHUNK)
    ]
    return np.concatenate(parts)


@dataclass(frozen=True)
class DescriptorTable:
    """Learned descriptors of N pieces as bytes."""

    values: np.ndarray  # (N, K) int8
    step: np.ndarray  # (K,) float32, value of one unit of a byte
    gain: np.ndarray  # () float32, overlap that a scalar product higher by 1 is worth

    @classmethod
    def pack(cls, descriptors: np.ndarray, gain: float) -> "DescriptorTable":
        """Returns the table of some descriptors (N, K) float."""
        step = (np.maximum(np.abs(descriptors).max(axis=0), 1e-6) / 127).astype(np.float32)
        values = (descriptors / step).round().astype(np.int8)
        return cls(values, step, np.float32(gain))

    def __len__(self) -> int:
        """Number of pieces."""
        return len(self.values)

    def fits(self, descriptor: np.ndarray | None) -> bool:
        """Returns True if the descriptor is finite and has the table's length."""
        if descriptor is None or descriptor.shape != self.step.shape:
            return False
        return bool(np.isfinite(descriptor).all())

    def votes(self, descriptor: np.ndarray) -> np.ndarray:
        """Returns what each piece's expected overlap loses by the distance of its descriptor.

        Parameters
        ----------
        descriptor : (K,) float32
            Of a photo, of unit length.

        Returns
        -------
        (N,) float32
            0 for the nearest piece, below 0 for the others.
        """
        near = products(self.values, descriptor * self.step)
        return self.gain * (near - near.max())
