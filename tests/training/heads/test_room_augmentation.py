"""Changes of pictures of rooms: boxes, flags and pixels stay together."""

import pytest
import torch

from images.preprocessing import PADDING_GRAY
from tests.training.heads.test_object_training import FixedRooms, boxes_on_gray
from training.heads.objects import room_augmentation as augmentation
from training.heads.objects.room_geometry import cut, flipped, of_objects, visible_boxes, with_fewer
from training.heads.objects.training import ReusedRooms
from training.studio.room_batches import RoomBatch, count_pixels

SIDE = 64
GROUND = torch.tensor([0.1, 0.9, 0.2])[:, None, None]


@pytest.fixture
def rooms() -> RoomBatch:
    """Sixteen pictures with two coloured boxes each."""
    return boxes_on_gray(16, 5)


@pytest.fixture
def augment() -> augmentation.RoomAugmentation:
    return augmentation.RoomAugmentation(GROUND.expand(2, 3, 80, 80))


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def assert_boxes_hold_their_pixels(rooms: RoomBatch) -> None:
    """Visible pixels of each piece are inside its box, within a pixel."""
    seen = visible_boxes(rooms)
    shown = (rooms.is_target | rooms.is_ignored) & (seen[..., 2] > 0)
    slack = 2.5 / SIDE  # visible boxes are taken at half the resolution
    assert (seen[..., :2] > rooms.boxes[..., :2] - slack)[shown].all()
    assert (seen[..., 2:] < rooms.boxes[..., 2:] + slack)[shown].all()
    assert not (rooms.is_target & rooms.is_ignored).any()


def test_changed_pictures_are_a_function_of_the_seed_and_stay_consistent(rooms, augment):
    first, again, other = (augment(rooms, seed) for seed in (3, 3, 4))
    assert torch.equal(first.image, again.image) and not torch.equal(first.image, other.image)
    for changed in (first, other):
        assert_boxes_hold_their_pixels(changed)
        assert changed.image.min() >= 0 and changed.image.max() <= 1
        assert changed.is_target.any(dim=1).all()


def test_a_part_of_a_picture_has_the_boxes_of_its_pixels(rooms):
    window = torch.tensor([[0.25, 0.0, 0.75, 0.5]]).expand(len(rooms), -1)
    whole = torch.tensor([[0.0, 0.0, 1.0, 1.0]]).expand(len(rooms), -1)
    part = cut(rooms, window, whole)
    seen = visible_boxes(part)
    assert part.is_target.any() and part.is_ignored.any()  # some lie mostly outside
    assert torch.allclose(seen[part.is_target], part.boxes[part.is_target], atol=2.5 / SIDE)
    framed = cut(rooms, whole, torch.tensor([[0.0, 0.25, 1.0, 0.75]]).expand(len(rooms), -1))
    assert (framed.image[:, :, :16] == PADDING_GRAY / 255).all()
    assert (framed.which[:, 48:] == -1).all() and (framed.boxes[..., 3] <= 0.75).all()


def test_flipping_twice_gives_the_picture_back(rooms):
    flip = torch.arange(len(rooms)) % 2 == 0
    once = flipped(rooms, flip)
    assert_boxes_hold_their_pixels(once)
    assert not torch.equal(once.image[0], rooms.image[0])
    assert torch.equal(once.image[1], rooms.image[1])
    twice = flipped(once, flip)
    assert torch.equal(twice.image, rooms.image) and torch.allclose(twice.boxes, rooms.boxes)


def test_a_new_ground_shows_the_kept_pieces_alone(rooms, augment, monkeypatch):
    for name, share in (("NEW_GROUND", 1), ("ALONE", 1), ("PHOTO_GROUND", 1), ("PASTED", 0)):
        monkeypatch.setattr(augmentation, name, share)
    monkeypatch.setattr(augmentation, "_shadow", lambda shown, _: torch.zeros(len(shown), 1, 1, 1))
    rooms.image += 0.01  # the gray of these pictures is a wall, no padding
    changed = augment._with_new_grounds(rooms, generator())
    assert (changed.is_target.sum(dim=1) == 1).all()
    ground = changed.which == -1
    assert torch.allclose(changed.image.movedim(1, -1)[ground], GROUND.flatten(), atol=1e-5)
    inner = of_objects(changed.which, changed.is_target)
    same = (changed.image == rooms.image).all(dim=1) & inner
    assert same.sum() > 0.5 * inner.sum()  # all but the softened edge


def test_pasted_pieces_cover_what_is_behind_them(rooms, monkeypatch):
    monkeypatch.setattr(augmentation, "PASTED", 1)
    other = flipped(rooms, torch.ones(len(rooms), dtype=torch.bool))
    joined = augmentation.pasted(rooms, other, generator())
    assert (joined.is_target.sum(dim=1) >= rooms.is_target.sum(dim=1)).any()
    assert_boxes_hold_their_pixels(joined)
    seen = torch.zeros(len(rooms), dtype=torch.long)
    for number in range(joined.boxes.shape[1]):
        seen += (joined.which == number).sum(dim=(1, 2))
    assert torch.equal(seen, (joined.which >= 0).sum(dim=(1, 2)))


def test_objects_with_the_fewest_pixels_are_left_out(rooms):
    fewer = with_fewer(rooms, 1)
    most = count_pixels(rooms.which, 2).amax(dim=1)
    assert torch.equal(count_pixels(fewer.which, 1)[:, 0], most)
    assert_boxes_hold_their_pixels(fewer)


def test_colours_change_and_padding_does_not(rooms, augment, monkeypatch):
    for name in ("NEW_GROUND", "PASTED", "ENLARGED", "FRAMED", "MIRRORED"):
        monkeypatch.setattr(augmentation, name, 0)
    monkeypatch.setattr(augmentation, "ASPECT", 0)
    rooms.image[:, :, :8] = PADDING_GRAY / 255
    changed = augment(rooms, 1)
    assert (changed.image[:, :, :8] == PADDING_GRAY / 255).all()
    assert not torch.equal(changed.image, rooms.image)
    assert torch.equal(changed.which >= 0, rooms.which >= 0)


def test_grounds_with_furniture_are_left_out():
    class RedIsFurniture:
        class config:
            image_size = 32

        def mask_logits(self, image):
            return image[:, :1] - 1  # above 0 for bright red, after normalisation

    photos = torch.zeros(4, 3, 40, 40, dtype=torch.uint8)
    photos[1, 0, 10:30] = 255
    assert torch.equal(augmentation.without_furniture(RedIsFurniture(), photos), photos[[0, 2, 3]])


def test_each_rendered_batch_serves_several_steps(rooms, augment):
    asked = []

    class Counted(FixedRooms):
        def batch(self, step, size):
            asked.append(step)
            return super().batch(step, size)

    source = ReusedRooms(Counted(rooms), augment, reuse=3)
    pictures = [source.batch(step, 16).image for step in range(7)]
    assert asked == [0, 1, 2]
    assert not torch.equal(pictures[0], pictures[1])
