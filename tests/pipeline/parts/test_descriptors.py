"""Descriptors of pieces: the table, its file, and the votes in the search."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.fusion import fuse
from pipeline.parts.bank import PieceBank
from pipeline.parts.codes import DescriptorTable
from pipeline.parts.model import fit_best
from pipeline.parts.search import find_pieces
from tests.pipeline.parts.small_bank import COUNT, WEIGHTS, predict, small_bank

LENGTH = 32


def descriptors() -> np.ndarray:
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((COUNT, LENGTH)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def described_bank(gain: float = 1.0) -> PieceBank:
    return replace(small_bank(), descriptors=DescriptorTable.pack(descriptors(), gain))


def unsure(descriptor: np.ndarray | None):
    """A prediction whose grid tells little: a soft block."""
    prediction = predict(np.zeros((32, 32, 32)), "chair")
    soft = np.full((32, 32, 32), 0.3, np.float32)
    return replace(prediction, occupancy=soft, descriptor=descriptor)


def test_bytes_keep_the_scalar_products():
    rows = descriptors()
    table = DescriptorTable.pack(rows, gain=0.5)
    exact = 0.5 * (rows @ rows[7] - 1)
    assert table.votes(rows[7]) == pytest.approx(exact, abs=0.005)
    assert table.votes(rows[7]).argmax() == 7


def test_the_descriptor_decides_where_the_grid_does_not():
    bank, rows = described_bank(), descriptors()
    for index in (3, 20, 41):
        assert find_pieces(bank, unsure(rows[index]), count=5).indices[0] == index
        assert fit_best(unsure(rows[index]), bank)[0] == index


def test_scores_are_overlaps_and_votes():
    found = find_pieces(described_bank(), unsure(descriptors()[3]), count=20)
    assert found.votes.max() <= 0 and found.votes.min() < -0.1
    assert np.all(np.diff(found.scores) <= 0)


@pytest.mark.parametrize(
    "descriptor", [None, np.ones(LENGTH + 1, np.float32), np.full(LENGTH, np.nan, np.float32)]
)
def test_without_a_usable_descriptor_the_grid_alone_decides(descriptor):
    plain = find_pieces(small_bank(), unsure(None), count=10)
    found = find_pieces(described_bank(), unsure(descriptor), count=10)
    assert np.array_equal(found.indices, plain.indices) and not found.votes.any()


def test_a_bank_without_descriptors_ignores_those_of_a_photo():
    plain = find_pieces(small_bank(), unsure(None), count=10)
    found = find_pieces(small_bank(), unsure(descriptors()[3]), count=10)
    assert np.array_equal(found.indices, plain.indices)


def test_descriptors_survive_the_file_of_a_bank(tmp_path):
    bank = described_bank(gain=0.25)
    again = PieceBank.load(bank.save(tmp_path / "pieces.npz"), WEIGHTS)
    assert np.array_equal(again.descriptors.values, bank.descriptors.values)
    assert float(again.descriptors.gain) == 0.25
    assert PieceBank.load(small_bank().save(tmp_path / "plain.npz")).descriptors is None


def test_photos_of_one_object_vote_together():
    rows = descriptors()
    fused = fuse([unsure(rows[0]), unsure(rows[1])])
    assert np.linalg.norm(fused.descriptor) == pytest.approx(1, abs=1e-5)
    assert fused.descriptor @ rows[0] == pytest.approx(fused.descriptor @ rows[1], abs=1e-5)
    assert fuse([unsure(rows[0]), unsure(None)]).descriptor is None
