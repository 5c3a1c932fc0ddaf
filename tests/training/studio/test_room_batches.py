"""Furnished rooms: targets lie on what is drawn, pieces do not stand in each other."""

import pytest
import torch

from core.categories import CATEGORIES
from training.heads.objects.room_geometry import flipped
from training.studio.config import StudioConfig
from training.studio.random_numbers import Draw, random_numbers
from training.studio.rendering.torch_functions import PLACE, SCALE
from training.studio.room_batches import FurnishedRooms, RoomBatch, to_square
from training.studio.scenes.furnished_rooms import (
    FURNISHED_NUMBERS,
    draw_furnished,
    hull_points,
)
from training.studio.scenes.layouts import PIECES, Layout, draw_layout
from training.studio.scenes.room_sets import SETS, SHARES, SINGLE_SET
from training.studio.studio import Studio

CPU = torch.device("cpu")
ROOMS = 60


@pytest.fixture(scope="module")
def studio() -> Studio:
    studio = Studio(StudioConfig(image_size=64, grid=32, slots=24), CPU, seed=2)
    studio.bank.advance(0)
    return studio


@pytest.fixture(scope="module")
def batch(studio) -> RoomBatch:
    return FurnishedRooms(studio).batch(0, 6)


@pytest.fixture(scope="module")
def layout(studio) -> Layout:
    return draw_layout(Draw(random_numbers(ROOMS, CPU, 0, FURNISHED_NUMBERS)), studio.bank)


def test_the_shares_of_the_sets_are_those_of_all_pictures():
    assert len(SHARES) == len(SETS) and sum(SHARES) == pytest.approx(1)


def test_rooms_have_one_to_ten_pieces(layout):
    counts = layout.is_piece.sum(dim=1)
    assert counts.min() >= 1 and counts.max() <= 10
    assert (counts >= 5).float().mean() > 0.3
    assert (counts[layout.single] == 1).all() and layout.single.any()


def test_things_are_no_pieces(studio, layout):
    names = [CATEGORIES[i] for i in studio.bank.category[layout.slot[layout.is_piece]]]
    assert not {"misc", "tool"} & set(names)


def test_pieces_stand_on_the_floor(studio, layout):
    lowest = hull_points(layout.pose, layout.slot, studio.bank)[..., 1].amin(dim=-1)
    pieces = layout.is_piece[:, : PIECES - 2]
    assert lowest[:, : PIECES - 2][pieces].abs().max() < 1e-4


def test_pieces_have_the_usual_sizes(studio, layout):
    chairs = layout.is_piece & (studio.bank.category[layout.slot] == CATEGORIES.index("chair"))
    sizes = layout.pose[..., SCALE][chairs]
    assert sizes.min() > 0.6 and sizes.max() < 1.5


def test_pieces_beside_the_set_stand_free(studio, layout):
    points = hull_points(layout.pose, layout.slot, studio.bank)[..., [0, 2]]
    low, high = points.amin(dim=2), points.amax(dim=2)  # (n, K, 2)
    for k in range(7, 10):
        for j in range(k):
            both = layout.is_piece[:, k] & layout.is_piece[:, j]
            shared = torch.minimum(high[:, k], high[:, j]) - torch.maximum(low[:, k], low[:, j])
            area = torch.minimum(*((high[:, i] - low[:, i]).prod(dim=1) for i in (k, j)))
            covered = shared.clamp_min(0).prod(dim=1) / area
            assert (covered[both] < 0.16).all()


def test_the_random_numbers_suffice_and_few_are_left(studio):
    numbers = random_numbers(1, CPU, 0, FURNISHED_NUMBERS)
    draw_furnished(numbers, studio.bank, studio.assets)
    with pytest.raises(ValueError, match="random numbers"):
        draw_furnished(numbers[:, : FURNISHED_NUMBERS - 300], studio.bank, studio.assets)


def test_visible_pixels_lie_in_the_boxes(batch):
    line = (torch.arange(64) + 0.5) / 64
    seen = 0
    for which, boxes, target in zip(batch.which, batch.boxes, batch.is_target, strict=True):
        for k in target.nonzero()[:, 0].tolist():
            y, x = (which == k).nonzero(as_tuple=True)
            x0, y0, x1, y1 = boxes[k].tolist()
            inside = (line[x] > x0 - 0.04) & (line[x] < x1 + 0.04)
            inside &= (line[y] > y0 - 0.04) & (line[y] < y1 + 0.04)
            assert inside.float().mean() > 0.97
            seen += 1
    assert seen >= 6


def test_boxes_are_inside_the_picture_and_targets_are_seen(batch):
    boxes = batch.boxes[batch.is_target]
    assert boxes.min() > -1e-5 and boxes.max() < 1 + 1e-5
    assert (boxes[:, 2:] > boxes[:, :2]).all()
    assert not (batch.is_target & batch.is_ignored).any()


def test_a_batch_depends_on_seed_and_step_alone(studio, batch):
    again = FurnishedRooms(studio).batch(0, 6)
    assert torch.equal(again.image, batch.image) and torch.equal(again.which, batch.which)
    assert not torch.equal(FurnishedRooms(studio).batch(1, 6).image, batch.image)


def test_the_mirror_moves_boxes_with_their_pixels(batch):
    other = flipped(batch, torch.ones(len(batch), dtype=torch.bool))
    assert torch.allclose(
        flipped(other, torch.ones(len(other), dtype=torch.bool)).boxes, batch.boxes, atol=1e-6
    )
    k = int(batch.is_target[0].nonzero()[0])
    x = (other.which[0] == k).nonzero()[:, 1]
    assert other.boxes[0, k, 0] * 64 - 3 < x.min() and x.max() < other.boxes[0, k, 2] * 64 + 3


def test_the_image_plane_maps_to_the_square():
    window = torch.tensor([[0.5, -0.25, 2.0]])
    box = torch.tensor([[[-1.5, -2.25, 2.5, 1.75], [0.5, -0.25, 1.5, 0.75]]])
    assert torch.allclose(
        to_square(box, window), torch.tensor([[[0.0, 0, 1, 1], [0.5, 0.25, 0.75, 0.5]]])
    )


def test_the_camera_sees_the_middle_of_the_pieces(studio):
    numbers = random_numbers(8, CPU, 3, FURNISHED_NUMBERS)
    scene, layout = draw_furnished(numbers, studio.bank, studio.assets)
    assert (scene.eye[:, 1] + 1e-4 > scene.planes[:, 0, 3] + 0.5).all()  # above the floor
    toward = torch.nn.functional.normalize(-scene.eye, dim=1)
    assert ((toward * scene.frame[:, 2]).sum(dim=1) > 0.9).all()
    assert layout.is_piece.any(dim=1).all()
    assert scene.pose[..., PLACE].isfinite().all()
    assert len(SETS) - 1 == SINGLE_SET
