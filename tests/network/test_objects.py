"""Found objects: decoding of the head's maps, suppression, and photos without the head."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from core.found_objects import FoundObject
from network import VoxelConfig, VoxelModel
from network.heads.found_maps import PLACES, PROTOTYPES, FoundMaps, decode_boxes, mask_logits
from network.heads.object_decoding import MAX_OBJECTS, decode_objects, with_exact_box
from tests.conftest import ROOT
from voxel_model import find_boxes, find_objects, load_model, predict

EXAMPLE = sorted((ROOT / "examples").glob("*.jpg"))[0]
SIDE, NAMES = 16, ("bed", "chair", "table")
SQUARE, SIZE = (0.0, -20.0, 160.0, 140.0), (160, 120)  # a photo of 160 x 120 in its square


def empty_maps() -> FoundMaps:
    def flat(channels: int, value: float = 0.0) -> torch.Tensor:
        return torch.full((1, channels, SIDE, SIDE), value)

    weights = flat(PROTOTYPES + PLACES)
    return FoundMaps(flat(1, -20.0), flat(2), flat(2), flat(3), weights, flat(PROTOTYPES))


def put(
    maps: FoundMaps, x: int, y: int, size: tuple[float, float], score: float, kind: int
) -> None:
    """A piece at a cell; its mask is an ellipse that fills its box."""
    maps.center[0, 0, y, x] = torch.tensor(score).logit()
    maps.size[0, :, y, x] = torch.tensor(size).log()
    maps.category[0, kind, y, x] = 5
    maps.weights[0, PROTOTYPES:, y, x] = torch.tensor([4.0, 0, 0, -16.0, -16.0])


def decode(maps: FoundMaps) -> list[FoundObject]:
    return decode_objects(maps, NAMES, [SQUARE], [SIZE])[0]


def test_a_centre_becomes_a_box_in_pixels_of_the_photo():
    maps = empty_maps()
    put(maps, 8, 7, (0.25, 0.5), 0.9, 1)
    maps.offset[0, :, 7, 8] = torch.tensor([-0.5, 0.5])
    (found,) = decode(maps)
    assert found.box == pytest.approx((60, 20, 100, 100))  # the middle is at cell 8, 8: 80, 60
    assert found.category == "chair" and found.score == pytest.approx(0.9, abs=1e-3)
    assert found.mask.shape == (SIDE, SIDE) and found.mask_box == SQUARE
    assert found.mask[8, 8] > 0.9 and found.mask[0, 0] == 0


def test_the_best_comes_first_and_weak_peaks_are_left_out():
    maps = empty_maps()
    put(maps, 3, 8, (0.2, 0.2), 0.5, 0)
    put(maps, 12, 8, (0.2, 0.2), 0.8, 2)
    put(maps, 8, 4, (0.2, 0.2), 0.1, 1)
    assert [found.category for found in decode(maps)] == ["table", "bed"]


def test_of_equally_sure_pieces_the_larger_comes_first():
    maps = empty_maps()
    put(maps, 3, 8, (0.1, 0.1), 0.82, 0)
    put(maps, 11, 8, (0.4, 0.4), 0.8, 2)
    assert [found.category for found in decode(maps)] == ["table", "bed"]


def test_the_mask_makes_the_box_of_its_piece_exact():
    maps = empty_maps()
    put(maps, 4, 8, (0.3, 0.5), 0.9, 1)
    put(maps, 11, 8, (0.3, 0.5), 0.8, 2)
    chair, table = found = decode(maps)
    near = tuple(value + 3 for value in table.box)
    assert [piece.box for piece in with_exact_box(found, near)] == [chair.box, near]
    both = (*chair.box[:2], *table.box[2:])  # two pieces melted into one
    assert with_exact_box(found, both) == found == with_exact_box(found, None)
    assert with_exact_box([], near) == []


def test_two_peaks_of_one_piece_are_one_object():
    maps = empty_maps()
    put(maps, 6, 8, (0.5, 0.5), 0.9, 1)
    put(maps, 8, 8, (0.5, 0.5), 0.6, 1)
    assert len(decode(maps)) == 1


def test_chairs_that_overlap_by_half_are_two_objects():
    maps = empty_maps()
    put(maps, 5, 8, (0.3, 0.5), 0.9, 1)
    put(maps, 8, 8, (0.3, 0.5), 0.8, 1)
    assert len(decode(maps)) == 2


def test_there_are_at_most_twelve_objects():
    maps = empty_maps()
    for x in range(1, 16, 3):
        for y in range(3, 14, 3):
            put(maps, x, y, (0.12, 0.12), 0.9, 0)
    assert len(decode(maps)) == MAX_OBJECTS == 12


def test_boxes_outside_the_photo_are_cut_or_left_out():
    maps = empty_maps()
    put(maps, 0, 8, (0.25, 0.25), 0.9, 0)
    put(maps, 8, 0, (0.06, 0.06), 0.9, 0)  # above the photo, in the square's grey
    (found,) = decode(maps)
    assert found.box[0] == 0 and found.box[2] == pytest.approx(25)


def test_masks_follow_the_box():
    weights = torch.zeros(1, 1, PROTOTYPES + PLACES)
    weights[..., PROTOTYPES:] = torch.tensor([1.0, 0, 0, -4.0, -4.0])
    box = torch.tensor([[[0.25, 0.25, 0.75, 0.75]]])
    logits = mask_logits(weights, torch.zeros(1, PROTOTYPES, 64, 64), box)[0, 0]
    assert (logits > 0).sum() == pytest.approx(np.pi * 16**2, rel=0.02)  # the inscribed circle


def test_a_cell_without_offset_has_its_middle_as_centre():
    boxes = decode_boxes(empty_maps())[0]
    x, y = 3.5 / SIDE, 2.5 / SIDE
    assert boxes[:, 2, 3].tolist() == pytest.approx([x - 0.5, y - 0.5, x + 0.5, y + 0.5])


@pytest.fixture(scope="module")
def headed() -> VoxelModel:
    torch.manual_seed(0)
    return VoxelModel(VoxelConfig(image_size=64, width=32, depth=1, objects=True)).eval()


def test_the_head_has_gradients_everywhere(headed):
    maps = headed.object_maps(torch.randn(2, 3, 64, 64))
    assert maps.center.shape == (2, 1, 16, 16) and maps.category.shape == (2, 9, 16, 16)
    sum(value.square().mean() for value in maps).backward()
    assert all(p.grad is not None for p in headed.object_head.parameters())
    headed.zero_grad()


def test_a_photo_without_objects_gives_none(headed):
    torch.nn.init.constant_(headed.mask_head.out.bias, -50)
    assert find_objects(headed, Image.new("RGB", (90, 60), "brown")) == []


def test_a_model_without_the_head_finds_the_one_object_of_today(checkpoint):
    model, photo = load_model(checkpoint, "cpu"), Image.open(EXAMPLE)
    model.config = replace(model.config, objects=False)
    (found,) = find_objects(model, photo)
    assert found.box == find_boxes(model, [photo.convert("RGB")], [None])[0]
    assert 0.5 < found.score <= 1 and found.category == ""


def test_a_cut_out_is_one_object(headed):
    photo = Image.new("RGBA", (80, 60), (0, 0, 0, 0))
    photo.paste((200, 90, 40, 255), (20, 10, 60, 50))
    (found,) = find_objects(headed, photo)
    assert found.box == (20, 10, 60, 50) and found.mask.shape == (60, 80)


def test_without_a_box_a_model_takes_the_first_of_the_objects(headed, monkeypatch):
    photo = Image.new("RGB", (80, 60), "brown")
    piece = FoundObject((10.0, 20.0, 50.0, 60.0), 0.8, "chair", np.ones((4, 4)), SQUARE)
    monkeypatch.setattr("network.finding.decode_objects", lambda *_: [[piece]])
    assert find_boxes(headed, [photo], [None]) == [find_objects(headed, photo)[0].box]
    assert predict(headed, photo).box == find_boxes(headed, [photo], [None])[0]
    monkeypatch.setattr("network.finding.decode_objects", lambda *_: [[]])
    torch.nn.init.constant_(headed.mask_head.out.bias, -50)
    assert find_boxes(headed, [photo], [None]) == [(0, 0, 80, 60)]  # nothing: the whole photo
    torch.nn.init.constant_(headed.mask_head.out.bias, 50)
    (found,) = find_objects(headed, photo)  # the mask head's object
    assert found.box == (0, 0, 80, 60) and found.category == "" and found.score > 0.99
