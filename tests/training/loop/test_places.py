"""The place of crops in training: photographs, withheld places, runs with `--placed`."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from core.boxes import crop_place, square_around
from tests.training.tiny_training import TINY, FakeStudio, run
from training.data.places import DROPPED_SHARE, PlaceDropout
from training.loop.config import parse_config
from training.loop.objective import LossWeights, Objective, batch_tensors
from training.loop.sources import build_source
from training.pix3d import dataset
from training.pix3d.photo_batches import Pix3DPhotos
from voxel_model import VoxelConfig, VoxelModel, load_model

CPU = torch.device("cpu")


@pytest.fixture
def source() -> FakeStudio:
    return FakeStudio(TINY, CPU, 0)


def test_withheld_places_depend_on_the_seed_and_the_step_alone(source):
    def withheld(seed: int, step: int) -> torch.Tensor:
        return PlaceDropout(source, seed).batch(step, 64).place.isnan().all(dim=1)

    assert torch.equal(withheld(0, 1), withheld(0, 1))
    assert not torch.equal(withheld(0, 1), withheld(0, 2))
    assert not torch.equal(withheld(0, 1), withheld(1, 1))
    share = torch.cat([withheld(0, step) for step in range(20)]).float().mean()
    assert share == pytest.approx(DROPPED_SHARE, abs=0.04)


def test_a_withheld_place_changes_nothing_else(source):
    before, after = source.batch(1, 32), PlaceDropout(source, 0).batch(1, 32)
    known = after.place.isfinite()
    assert torch.equal(after.place[known], before.place[known])
    assert torch.equal(known.all(dim=1), known.any(dim=1))
    assert torch.equal(after.image, before.image) and after.source == before.source


def test_only_training_with_places_withholds_them():
    config = parse_config("", ["--dry-run"])
    cases = ((True, False, True), (True, True, False), (None, False, False))
    for placed, held_out, expected in cases:
        made = build_source(replace(config, placed=placed), CPU, 0, held_out)
        assert isinstance(made, PlaceDropout) == expected


def test_the_place_of_a_photo_is_that_of_prediction(root, tmp_path):
    records = dataset.load_records(root)
    data = Pix3DPhotos(root, records)
    cached = Pix3DPhotos(root, records, cache=tmp_path / "crops")
    for i, record in enumerate(records):
        size = dataset.read_image(root, record).size
        expected = crop_place(square_around(record.bbox, VoxelConfig().crop_margin), (0, 0, *size))
        np.testing.assert_allclose(data[i].place[0], expected, atol=1e-6)
        np.testing.assert_allclose(cached[i].place[0], expected, atol=1e-6)


def test_a_shifted_and_mirrored_crop_has_its_own_place(root):
    """The object's middle stays at the same place of the photo, read from crop and mask."""
    data = Pix3DPhotos(root, dataset.load_records(root), augment=True)
    found = {True: [], False: []}
    for draw in range(24):
        sample, batch = data.sample(0, draw), data[0, draw]
        rows, columns = (batch.mask[0, 0] > 0.5).nonzero().float().unbind(1)
        if min(rows.min(), columns.min()) == 0 or max(rows.max(), columns.max()) == 223:
            continue  # the crop cuts the object
        x, y, half = batch.place[0].tolist()
        middle = ((value.min() + value.max() + 1) / 224 - 1 for value in (columns, rows))
        u, v = (origin + half * shift.item() for origin, shift in zip((x, y), middle, strict=True))
        found[sample.mirrored].append((-u if sample.mirrored else u, v))
    assert min(map(len, found.values())) >= 3
    places = np.concatenate(list(found.values()))
    assert np.ptp(places, axis=0).max() < 0.01  # a pixel or two of the crop


@pytest.mark.slow
def test_a_run_with_places_starts_from_weights_without(tmp_path, capsys):
    run(replace(TINY, output=str(tmp_path / "a"), steps=1))
    changes = {"init": str(tmp_path / "a" / "best"), "placed": True, "steps": 2}
    run(replace(TINY, output=str(tmp_path / "b"), **changes))
    assert "--init: placed: False there, True here" in capsys.readouterr().out
    model = load_model(tmp_path / "b" / "last", "cpu")
    assert model.config.placed and model.decoder.place.out.weight.abs().max() > 0


@pytest.mark.slow
def test_the_objective_compiles_to_one_graph(source):
    torch.manual_seed(0)
    design = {"image_size": 64, "width": 32, "depth": 1, "heads": 2, "resolution": 16}
    model = VoxelModel(VoxelConfig(**design, placed=True, coordinates=True))
    objective = Objective(model, LossWeights()).eval()
    tensors = batch_tensors(PlaceDropout(source, 0).batch(0, 8))
    compiled = torch.compile(objective, backend="eager", fullgraph=True)
    torch.testing.assert_close(compiled(*tensors), objective(*tensors))
