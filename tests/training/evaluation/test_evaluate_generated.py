"""Comparison of checkpoints on generated pictures of named CAD models."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from core.errors import UserError
from training.evaluate_generated import BATCH_SIZE, generated_pictures, report
from training.evaluation.metrics import PROTOCOL_THRESHOLDS


def fake_studio(sources: list[str]) -> SimpleNamespace:
    """A studio that shows its slots in turn and counts its batches."""
    studio = SimpleNamespace(steps=[])
    studio.bank = SimpleNamespace(source=sources, advance=lambda step: None)

    def sample(step, size):
        studio.steps.append(step)
        slot = torch.arange(size)[:, None] % len(sources)
        return f"batch {step}", SimpleNamespace(slot=slot), None

    studio.sample = sample
    return studio


def test_batches_come_until_enough_pictures_show_a_named_model():
    studio = fake_studio(["cad/new/a.glb", "cad/old/b.glb"])
    count = BATCH_SIZE // 2 + 1  # each batch holds BATCH_SIZE / 2 pictures of new/a.glb
    found = list(generated_pictures(studio, count, ["new/*"]))
    assert studio.steps == [0, 1]
    assert [int(named.sum()) for _, _, named in found] == [BATCH_SIZE // 2, 1]
    for _, names, named in found:
        assert {name for name, keep in zip(names, named, strict=True) if keep} == {"new/a.glb"}


def test_a_pattern_without_a_model_is_a_sentence():
    with pytest.raises(UserError, match="No model is called other/"):
        next(generated_pictures(fake_studio(["cad/new/a.glb"]), 4, ["other/*"]))


def scores(iou: float, best: float) -> list[dict]:
    """Scores of four pictures whose IoU is `best` at a threshold of 0.2 and `iou` at others."""
    curve = np.full(len(PROTOCOL_THRESHOLDS), iou)
    curve[np.isclose(PROTOCOL_THRESHOLDS, 0.2)] = best
    row = {"iou": iou, "iou_by_threshold": curve.tolist(), "mask_iou": 0.9}
    return [row | {"category_accuracy": 1.0, "azimuth_error": error} for error in (1, 3, 5, 170)]


def test_the_report_has_each_checkpoint_at_its_best_threshold_and_the_difference():
    text = report(
        {"old": scores(0.4, 0.5), "new": scores(0.45, 0.6)}, list("aabc"), ["chair"] * 3 + ["bed"]
    )
    lines = text.splitlines()
    assert lines[0] == "4 pictures of 3 models"
    assert "old: IoU 0.400 [0.400, 0.400], best (at 0.20) 0.500" in lines[1]
    assert "azimuth 4.0°, off by > 90° 0.250" in lines[1]
    assert lines[3:5] == ["bed (1): old 0.500, new 0.600", "chair (3): old 0.500, new 0.600"]
    assert lines[5].startswith("new less old: 0.100 [0.100, 0.100]")
