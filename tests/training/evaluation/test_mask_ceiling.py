"""Outlines of objects on plain backgrounds, and their IoU with annotated masks."""

import numpy as np
import pytest
from PIL import Image

from training import mask_ceiling
from training.evaluation import plain_outlines, scoring
from training.evaluation.plain_outlines import is_annotated, plain_background_outline
from training.pix3d import dataset

SIDE = 120


def table(*, shift: int = 0) -> np.ndarray:
    """Return a table's outline: (SIDE, SIDE) bool."""
    mask = np.zeros((SIDE, SIDE), dtype=bool)
    mask[40:50, 20 + shift : 100 + shift] = True
    mask[50:100, 25 + shift : 33 + shift] = mask[50:100, 87 + shift : 95 + shift] = True
    return mask


def photo(mask: np.ndarray, background=(240, 238, 236)) -> Image.Image:
    """Draw a brown object on a background with noise like JPEG's."""
    pixels = np.empty((*mask.shape, 3))
    pixels[:] = background
    pixels[mask] = (120, 70, 40)
    pixels += np.random.default_rng(0).normal(0, 2, pixels.shape)
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def test_outline_of_a_single_object_is_exact():
    assert np.array_equal(plain_background_outline(photo(table())), table())


def test_several_objects_or_none_have_no_outline():
    two_objects = table()
    two_objects[60:90, 45:75] = True  # a stool under it
    assert plain_background_outline(photo(two_objects)) is None
    assert plain_background_outline(photo(np.zeros((SIDE, SIDE), bool))) is None


def test_room_is_no_plain_background():
    room = np.asarray(photo(table())).copy()
    room[80:] = (90, 80, 60)  # the floor
    assert plain_background_outline(Image.fromarray(room)) is None


def test_annotation_beside_the_object_belongs_to_another():
    assert is_annotated(table(), table(shift=3))
    assert not is_annotated(table(), np.roll(table(), 20, axis=0))
    assert not is_annotated(table(), np.zeros_like(table()))


def test_missing_folder_is_named(capsys, tmp_path):
    assert mask_ceiling.main(["--data", str(tmp_path / "none")]) == 2
    assert "none" in capsys.readouterr().err


def test_command_prints_the_means(monkeypatch, capsys):
    shown, annotated = table(), table(shift=2)
    sample = scoring.Sample(
        record=type("Record", (), {"img": "img/table/1.png", "bbox": (20, 40, 100, 100)}),
        image=photo(shown),
        mask=annotated,
        truth=None,
        resampled=None,
        surface=None,
    )
    monkeypatch.setattr(mask_ceiling, "load_model", lambda source: None)
    monkeypatch.setattr(dataset, "load_records", lambda root: [sample.record])
    monkeypatch.setattr(scoring, "load_samples", lambda *_: [(sample, ""), (None, "")])
    answer = type("Answer", (), {"alpha": shown.astype(np.float32)})
    monkeypatch.setattr(plain_outlines, "predict", lambda *_: answer)
    assert mask_ceiling.main(["--data", "any"]) == 0
    name, *figures = capsys.readouterr().out.splitlines()[-1].rsplit(maxsplit=3)
    both, either = (shown & annotated).sum(), (shown | annotated).sum()
    assert name == "mean of 1"
    assert list(map(float, figures)) == pytest.approx([both / either, both / either, 1], abs=1e-3)
