"""Training of the descriptor: the store of pieces, the loss, an overfit, files of heads."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from network import VoxelConfig, VoxelModel
from pipeline.parts.bank import PieceBank, weights_id
from tests.pipeline.parts.small_bank import COUNT, small_bank
from training import add_heads
from training.heads.descriptor import piece_store
from training.heads.descriptor.loss import overlap_matrix, ranking_loss
from training.heads.descriptor.overfit_check import overfit
from training.heads.descriptor.piece_store import PieceStore
from training.heads.descriptor.training import DescriptorConfig, DescriptorTraining
from training.heads.trunk import read_heads, with_heads
from training.loop.checkpoints import CheckpointError, save_model
from training.studio.config import StudioConfig
from training.studio.studio import Studio
from voxel_model import load_model

CPU = torch.device("cpu")
SMALL = VoxelConfig(image_size=64, width=32, depth=1)


@pytest.fixture(scope="module")
def store() -> PieceStore:
    return PieceStore(small_bank(), CPU)


@pytest.fixture(scope="module")
def trunk(tmp_path_factory):
    """Folder of a small checkpoint with random weights, and its bank."""
    folder = tmp_path_factory.mktemp("trunk")
    torch.manual_seed(0)
    save_model(VoxelModel(SMALL), folder, {}, half=True)
    small_bank().save(folder / "pieces.npz")
    return folder


@pytest.fixture(scope="module")
def trained(trunk, tmp_path_factory):
    """Recall of an overfit on few pictures, and its folder."""
    output = tmp_path_factory.mktemp("descriptor")
    config = DescriptorConfig(
        output=str(output), steps=60, batch_size=8, values=32, warmup=5, log_every=30, ema=0.5
    )
    config = replace(config, near=0, hard=1, refresh=40, lr=3e-3, piece_width=8)
    torch.manual_seed(1)
    model = with_heads(trunk, descriptor=config.values)
    studio = Studio(StudioConfig(image_size=64, grid=32, slots=8), CPU, seed=5)
    validation = [studio.batch(100, 4)]
    store = PieceStore(small_bank(), CPU)
    training = DescriptorTraining(model, store, studio, validation, config, CPU)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    recall = overfit(training, 8, config)
    training.on_save(training.modules, 60)
    return recall, output, before, model


def test_the_store_holds_the_grids_of_the_bank(store):
    index = torch.tensor([0, 7, COUNT - 1])
    assert np.array_equal(store.grids(index).numpy(), small_bank().grids.read(index.tolist()))


def test_a_limited_store_takes_pieces_of_the_whole_bank():
    some = PieceStore(small_bank(), CPU, limit=10)
    assert len(some) == 10
    assert np.array_equal(some.grids(torch.tensor([9]))[0], small_bank().grids.read([COUNT - 1])[0])


def test_overlaps_by_codes_are_near_the_exact_ones(store):
    truth = store.grids(torch.tensor([3, 30]))
    exact = overlap_matrix(truth, store.grids(torch.arange(COUNT)))
    assert torch.allclose(store.exact_overlaps(truth, batch=7), exact, atol=1e-5)
    rough = store.overlaps(truth)
    assert torch.corrcoef(torch.stack([rough.flatten(), exact.flatten()]))[0, 1] > 0.95
    assert rough.argmax(dim=1).tolist() == [3, 30]


def test_the_design_of_a_piece_is_named_as_the_studio_names_it(store):
    category, _, name = store.design(COUNT - 1).partition("/")
    assert category == small_bank().category(COUNT - 1) and name


def test_near_pieces_overlap_and_hard_ones_have_the_category(store, monkeypatch):
    monkeypatch.setattr(piece_store, "HARD_POOL", 4)
    generator = torch.Generator().manual_seed(0)
    truth = store.grids(torch.tensor([3]))
    near = store.near(truth, 4, generator)
    order = store.overlaps(truth)[0].argsort(descending=True)
    assert set(near.tolist()) <= set(order[:12].tolist()) and len(near) == 4
    category = store.categories[COUNT // 2 : COUNT // 2 + 1]  # chairs, a third of the bank
    hard = store.hard(torch.ones(1, 8), category, 4, generator)
    assert (store.categories[hard] == category).all()


def test_the_loss_is_least_for_the_order_of_the_overlaps():
    overlaps = torch.tensor([[1.0, 0.2, 0.8, 0.1], [0.2, 1.0, 0.1, 0.7]])
    pieces = torch.eye(4)
    right = torch.tensor([[0.8, 0.0, 0.6, 0.0], [0.0, 0.8, 0.0, 0.6]])
    wrong, scale, blind = right.flip(1), torch.tensor(2.0), torch.zeros(2, dtype=torch.bool)
    good, figures = ranking_loss(right, pieces, overlaps, scale, blind)
    bad, _ = ranking_loss(wrong, pieces, overlaps, scale, blind)
    assert good < bad and float(figures["found"]) == 1
    _, hidden = ranking_loss(right, pieces, overlaps, scale, ~blind)
    assert float(hidden["found"]) == pytest.approx(0.75)  # the best pieces of the bank


def test_a_few_pictures_find_their_own_shapes(trained):
    assert trained[0] >= 0.75  # chance is 1 / 8


def test_the_trunk_stays_as_it_was(trained):
    _, _, before, model = trained
    after = model.state_dict()
    frozen = [name for name in before if not name.startswith("descriptor_head")]
    assert all(torch.equal(before[name], after[name]) for name in frozen)
    assert not torch.equal(
        before["descriptor_head.out.weight"], after["descriptor_head.out.weight"]
    )


def test_heads_are_added_to_the_checkpoint_and_its_bank(trained, trunk, tmp_path):
    heads = str(trained[1] / "descriptor.safetensors")
    out = tmp_path / "with_heads"
    args = ["--checkpoint", str(trunk), "--heads", heads, "--out", str(out)]
    assert add_heads.main(args) == 0
    model = load_model(out, "cpu")
    assert model.config.descriptor == 32
    bank = PieceBank.load(out / "pieces.npz", weights_id(model))
    assert bank.descriptors.values.shape == (COUNT, 32)
    assert float(bank.descriptors.gain) == pytest.approx(read_heads(heads)[1]["gain"])
    notes = json.loads((out / "training.json").read_text(encoding="utf-8"))
    assert "by_both" in notes["heads"]["descriptor"]


def test_heads_of_another_trunk_are_refused(trained, tmp_path):
    other = tmp_path / "other"
    save_model(VoxelModel(replace(SMALL, width=64)), other, {})
    heads = str(trained[1] / "descriptor.safetensors")
    with pytest.raises(CheckpointError, match="do not fit"):
        add_heads.add_heads(other, [heads])


def test_a_broken_file_of_heads_is_one_sentence(tmp_path, capsys):
    path = tmp_path / "x.safetensors"
    path.write_bytes(b"no tensors")
    assert add_heads.main(["--heads", str(path), "--out", str(tmp_path / "out")]) == 2
    assert "is no file of heads" in capsys.readouterr().err
