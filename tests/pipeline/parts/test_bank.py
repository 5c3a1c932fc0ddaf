"""The bank of pieces: round trips, refusals, no near-duplicates."""

import numpy as np
import pytest

from core.errors import ModelError
from pipeline.parts.bank import PieceBank, weights_id
from pipeline.parts.codes import GridEncoder, pool, products
from pipeline.parts.grids import GridStore, solid_cells
from pipeline.parts.parameters import ParameterTable, round_values
from tests.pipeline.parts.small_bank import COUNT, WEIGHTS, small_bank
from training.parts.duplicates import DuplicateFilter
from training.parts.sampling import design_chances, draw_pieces


def test_parameters_survive_packing():
    choices = [
        {"design": "framed", "seat_height": 0.4599609375, "count": 3, "has_arms": True},
        {"design": None, "count": 1, "has_arms": False, "seat_height": 1.0},
    ]
    table = ParameterTable.pack(choices)
    assert [table[i] for i in range(2)] == choices
    assert type(table[0]["count"]) is int and table[0]["has_arms"] is True


def test_rounding_is_what_packing_does():
    choices = {"width": 0.123456789, "design": "x"}
    assert ParameterTable.pack([choices])[0] == round_values(choices)


def test_grids_survive_packing():
    rng = np.random.default_rng(0)
    grids = rng.random((6, 32, 32, 32)) > 0.5
    grids[3:] |= grids[3:, ::-1]  # mirror images of themselves
    store = GridStore.pack([np.packbits(grid) for grid in grids])
    assert np.array_equal(store.read(range(6)), grids.astype(np.float32))
    assert np.array_equal(store.read([4])[0], grids[4])


def test_codes_keep_the_overlap():
    rng = np.random.default_rng(1)
    low = rng.random((40, 8))
    pooled = np.clip(low @ rng.random((8, 4096)) / 8, 0, 1)  # eight components explain all
    encoder = GridEncoder.fit(pooled)
    probabilities = rng.random((32, 32, 32)).astype(np.float32)
    vector, constant = encoder.query(probabilities)
    exact = pooled @ pool(probabilities).ravel() * 8
    assert products(encoder.encode(pooled), vector) + constant == pytest.approx(exact, rel=0.03)


def test_a_bank_survives_its_file(tmp_path):
    bank = small_bank()
    again = PieceBank.load(bank.save(tmp_path / "pieces.npz"), WEIGHTS)
    assert len(again) == COUNT and np.array_equal(again.codes, bank.codes)
    for index in (0, 17, COUNT - 1):
        assert again.parameters[index] == bank.parameters[index]
        assert np.array_equal(again.grids.read([index]), bank.grids.read([index]))


@pytest.mark.parametrize("index", range(0, COUNT, 7))
def test_a_piece_is_the_one_of_its_grid(index):
    bank = small_bank()
    grid = solid_cells(bank.build(index).primitives())
    assert np.array_equal(grid, bank.grids.read([index])[0])
    assert grid.sum() == bank.volumes[index]


def test_other_weights_are_refused(tmp_path):
    path = small_bank().save(tmp_path / "pieces.npz")
    with pytest.raises(ModelError, match="other weights"):
        PieceBank.load(path, "another")


@pytest.mark.parametrize("content", [b"", b"no zip", b"PK\x03\x04 broken"])
def test_a_broken_file_is_refused_in_one_sentence(tmp_path, content):
    path = tmp_path / "pieces.npz"
    path.write_bytes(content)
    with pytest.raises(ModelError, match="cannot be read"):
        PieceBank.load(path)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(ModelError, match="cannot be read"):
        PieceBank.load(tmp_path / "none.npz")


def test_the_id_of_weights_follows_their_values():
    torch = pytest.importorskip("torch")
    layer = torch.nn.Linear(3, 2)
    first = weights_id(layer)
    assert first == weights_id(layer) and len(first) == 16
    with torch.no_grad():
        layer.bias += 1
    assert weights_id(layer) != first


def test_near_duplicates_are_dropped():
    grid = np.zeros((32, 32, 32), bool)
    grid[4:28, 4:28, 4:28] = True
    kept = DuplicateFilter(4)
    assert kept.add(np.packbits(grid))
    grid[4, 4:28, 4:28] = False  # overlap 23 / 24
    assert not kept.add(np.packbits(grid))
    grid[5, 4:28, 4:28] = False  # overlap 22 / 24
    assert kept.add(np.packbits(grid))


def test_the_same_seed_draws_the_same_pieces():
    first, second = (draw_pieces(9, range(6), design_chances(9)) for _ in range(2))
    assert [piece.choices for piece in first] == [piece.choices for piece in second]
