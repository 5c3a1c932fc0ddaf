"""The second look of the object head: cuts, corrections of candidates, averaged boxes."""

import pytest
import torch

from core.errors import ModelError
from network import VoxelConfig, VoxelModel
from network.heads.found_maps import at_cells, averaged_boxes, best_peaks, decode_boxes
from network.heads.second_look import (
    CUT,
    MARGIN,
    Candidates,
    SecondLook,
    candidates_of,
    cut_boxes,
    with_candidates,
)
from tests.network.test_objects import SIDE, decode, empty_maps, put

CHANNELS = (8, 16, 24, 32)


def features() -> list[torch.Tensor]:
    sides = (SIDE, SIDE // 2, SIDE // 4, SIDE // 8)
    return [torch.randn(1, c, s, s) for c, s in zip(CHANNELS, sides, strict=True)]


def test_a_cut_of_a_ramp_is_the_ramp_in_the_box():
    line = (torch.arange(32) + 0.5) / 32
    ramp = torch.stack([line.expand(32, 32), line[:, None].expand(32, 32)])[None]  # x and y
    box = torch.tensor([[[0.25, 0.4, 0.65, 0.6]]])
    cut = cut_boxes(ramp, box)[0, 0]
    for values, low, high in ((cut[0, 0], 0.25, 0.65), (cut[1, :, 0], 0.4, 0.6)):
        margin = MARGIN * (high - low)
        step = (high - low + 2 * margin) / CUT
        wanted = low - margin + step * (torch.arange(CUT) + 0.5)
        assert torch.allclose(values, wanted, atol=1e-5)


def test_without_training_the_second_look_changes_nothing():
    torch.manual_seed(0)
    maps = empty_maps()
    put(maps, 4, 8, (0.3, 0.5), 0.9, 1)
    put(maps, 11, 8, (0.3, 0.4), 0.8, 2)
    look = SecondLook(CHANNELS, 8).eval()
    with torch.no_grad():
        again = look(maps, features(), torch.randn(1, 8, SIDE, SIDE))
    for before, after in zip(decode(maps), decode(again), strict=True):
        assert after.box == pytest.approx(before.box, abs=0.02)
        assert after.score == pytest.approx(before.score) and after.category == before.category


def test_corrected_candidates_are_the_peaks_and_have_their_new_boxes():
    maps = empty_maps()
    put(maps, 4, 8, (0.3, 0.5), 0.9, 1)
    put(maps, 11, 8, (0.3, 0.4), 0.8, 2)
    found = candidates_of(maps)
    logits, boxes = found.logits.clone(), found.boxes.clone()
    logits[0, :2] = torch.tensor([-1.0, 3.0])
    boxes[0, 1] = torch.tensor([0.5, 0.25, 0.75, 1.0])
    changed = with_candidates(maps, Candidates(logits, boxes, found.cells))
    best, cells = best_peaks(changed.center, 2)
    assert best[0].tolist() == pytest.approx([3.0, -1.0])
    assert cells[0].tolist() == [8 * SIDE + 11, 8 * SIDE + 4]
    assert torch.allclose(at_cells(decode_boxes(changed), cells)[0, 0], boxes[0, 1], atol=1e-5)
    assert torch.allclose(at_cells(averaged_boxes(changed), cells)[0, 0], boxes[0, 1], atol=1e-3)


def test_errors_of_neighbouring_cells_average_out():
    maps = empty_maps()
    for x, error in ((7, -1.2), (8, 0.3), (9, 1.2)):
        put(maps, x, 8, (0.3, 0.5), 0.9 if x == 8 else 0.45, 1)
        maps.offset[0, 0, 8, x] = 8 - x + error  # cells; the true middle is that of cell 8
    boxes = averaged_boxes(maps)[0, :, 8, 8] * SIDE
    assert float(boxes[0] + boxes[2]) / 2 == pytest.approx(8.5 + 0.15, abs=1e-2)


def test_a_second_look_needs_a_first():
    with pytest.raises(ModelError, match="second_look needs objects"):
        VoxelConfig(second_look=True)


def test_the_second_look_is_part_of_the_network_only_where_the_config_says_so():
    sizes = {"image_size": 64, "width": 32, "depth": 1}
    without = VoxelModel(VoxelConfig(objects=True, **sizes))
    assert not any("second" in name for name in without.state_dict())
    model = VoxelModel(VoxelConfig(objects=True, second_look=True, **sizes))
    maps = model.object_maps(torch.randn(1, 3, 64, 64))
    maps.center.sum().backward()
    assert model.object_head.second.out.weight.grad.abs().sum() > 0
