"""Uncropped photographs of the studio: their centre is the optical axis, and crops know theirs."""

import json

import pytest
import torch

from training.studio.__main__ import main
from training.studio.commands import frames as frames_command
from training.studio.config import StudioConfig, StudioError
from training.studio.random_numbers import FRAME_NUMBERS, random_numbers
from training.studio.scenes import cameras
from training.studio.scenes.scene import Scene, draw_scene
from training.studio.studio import Studio
from training.studio.targets import crop_places, make_batch

CPU = torch.device("cpu")
COUNT = 2000


def make_studio(share: float) -> Studio:
    studio = Studio(StudioConfig(image_size=64, grid=32, slots=8, centered_frames=share), CPU, 3)
    studio.bank.advance(0)
    return studio


@pytest.fixture(scope="module")
def studio() -> Studio:
    return make_studio(1.0)


def scene_of(studio: Studio, count: int = COUNT) -> Scene:
    return studio.scene(random_numbers(count, CPU, 5), torch.arange(count) % 8)[0]


def box_in_photo(studio: Studio, scene: Scene) -> tuple[torch.Tensor, torch.Tensor]:
    """Box (n, 4) of the named object, and its overlap with the edges (n, 4), over longest sides."""
    photo = scene.photo
    longest = (photo[:, 2:] - photo[:, :2]).amax(dim=1, keepdim=True)
    box = cameras.project(scene.eye, scene.frame, studio.bank.support[scene.slot[:, 0]])
    beyond = torch.cat([photo[:, :2] - box[:, :2], box[:, 2:] - photo[:, 2:]], dim=1)
    return box / longest, beyond / longest


def test_the_axis_is_the_centre_of_an_uncropped_photograph(studio):
    scene = scene_of(studio)
    assert torch.equal(scene.photo[:, :2], -scene.photo[:, 2:])
    right, up, forward = scene.frame.unbind(1)
    assert torch.allclose(torch.linalg.cross(right, up), -forward, atol=1e-5)
    assert right[:, 1].abs().max() < 0.2 and (up[:, 1] > 0).all()  # a level horizon, a little roll


def test_objects_lie_where_they_lie_in_photographs(studio):
    """The figures of Pix3D are in docs/training-studio.md."""
    box, beyond = box_in_photo(studio, scene_of(studio))
    is_cut = (beyond > 1e-5).any(dim=1)
    assert is_cut.float().mean() == pytest.approx(cameras.CUT_SHARE, abs=0.03)
    whole = box[~is_cut]
    x, y = ((whole[:, :2] + whole[:, 2:]) / 2).unbind(1)
    assert x.mean().abs() < 0.01 and 0.06 < x.std() < 0.13
    assert -0.04 < y.mean() < -0.01 and 0.06 < y.std() < 0.13  # y up: most lie below the centre
    side = (whole[:, 2:] - whole[:, :2]).amax(dim=1)
    assert 0.6 < side.median() < 0.8 and side.max() <= 1


def test_every_pixel_shows_its_point_by_the_place_of_the_crop(studio):
    """The photograph's longest side and the crop's place give the ray of a pixel."""
    batch, scene, flip = studio.sample(0, 16)
    assert not torch.equal(
        batch.place[:, :2], torch.zeros(16, 2)
    )  # some crops are not in the middle
    longest = (scene.photo[:, 2:] - scene.photo[:, :2]).amax(dim=1)
    line = (2 * torch.arange(64) + 1) / 64 - 1
    for i in range(16):
        rows, columns = (batch.mask[i, 0] > 0).nonzero().unbind(1)
        point = batch.coordinates[i][:, rows, columns].T
        x, y, half = batch.place[i]
        u, v = (x + half * line[columns]) * longest[i], -(y + half * line[rows]) * longest[i]
        if flip[i]:
            point, u = point * torch.tensor([-1.0, 1, 1]), -u
        right, up, depth = ((point - scene.eye[i]) @ scene.frame[i].T).unbind(1)
        pixel = 2 * half * longest[i] / 64
        error = torch.stack([right / depth - u, up / depth - v]).abs()
        assert len(rows) == 0 or error.max() < 0.1 * pixel


def test_the_place_is_mirrored_with_the_picture(studio):
    batch = studio.batch(0, 4)
    mirrored = batch.mirrored().place
    assert torch.equal(mirrored[:, 0], -batch.place[:, 0])
    assert torch.equal(mirrored[:, 1:], batch.place[:, 1:])


def test_without_the_option_its_random_numbers_change_nothing():
    plain, half = make_studio(0.0), make_studio(0.5)
    numbers = random_numbers(64, CPU, 5)
    others = numbers.clone()
    others[:, -1 - FRAME_NUMBERS : -1] = 0.3
    slot = torch.arange(64) % 8
    one, other = (plain.scene(table, slot)[0] for table in (numbers, others))
    assert all(torch.equal(value, vars(other)[name]) for name, value in vars(one).items())
    mixed = half.scene(numbers, slot)[0]
    cropped = (mixed.photo == one.photo).all(dim=1)
    assert 16 < cropped.sum() < 48
    # the pictures that stay cropped photographs are those of the studio without the option
    for name, value in vars(one).items():
        assert torch.equal(vars(mixed)[name][cropped], value[cropped]), name


def test_whole_pictures_lie_in_the_middle(studio):
    place = crop_places(scene_of(studio))
    whole = (place[:, :2].abs() < 1e-6).all(dim=1)
    assert whole.float().mean() == pytest.approx(cameras.WHOLE_SHARE, abs=0.03)
    assert torch.allclose(place[whole, 2], torch.tensor(0.5))


def test_a_camera_does_not_tip_over():
    down = torch.tensor([[0.1, -1.0, 0.0]])
    draw = cameras.Draw(torch.full((1, 4), 0.5))
    frame = cameras.turn_camera(draw, down, torch.tensor([[0.0, 0.5]]))
    assert frame[0, 1, 1] > 0  # the top of the picture stays the top of the room


def test_a_share_above_one_is_refused():
    with pytest.raises(StudioError, match="centered_frames is 2"):
        StudioConfig(centered_frames=2)


def test_the_command_prints_where_objects_lie(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(frames_command, "SLOTS", 4)
    record = {"category": "chair", "azimuth_deg": 10, "elevation_deg": 5, "img_size": [200, 100]}
    record |= {"mask_bbox": [110, 40, 150, 60], "truncated": True}
    poses = tmp_path / "poses.json"
    poses.write_text(json.dumps([record]), encoding="utf-8")
    with pytest.raises(SystemExit, match="0"):
        main(["frames", "--poses", str(poses), "--count", "64"])
    rows = {
        line.split(" | ")[0]: line.split(" | ")[1:] for line in capsys.readouterr().out.split("\n")
    }
    assert rows["| x: 5 %, 95 %"][0] == "0.15, 0.15" and rows["| y: mean"][0] == "0.000"
    assert rows["| longer side: 10 %, 50 %, 90 %"][0] == "0.20, 0.20, 0.20"
    assert rows["| cut"][0] == "1.00"
    assert rows["| axis: median, 95 %"][1] == "0.00, 0.00"  # uncropped
    poses.write_text("[{}]", encoding="utf-8")
    with pytest.raises(SystemExit, match="2"):
        main(["frames", "--poses", str(poses)])
    assert "a record has no" in capsys.readouterr().err


@pytest.mark.slow
def test_scene_and_targets_compile_to_one_graph_each(studio):
    numbers, slot = random_numbers(4, CPU, 1), torch.arange(4)
    arguments = (numbers, studio.bank, studio.assets, studio.poses, slot, 0.0, 0.7)
    compiled = torch.compile(draw_scene, backend="eager", fullgraph=True)
    scene, azimuth, elevation = compiled(*arguments)
    expected = draw_scene(*arguments)[0]
    assert torch.allclose(scene.photo, expected.photo) and torch.equal(scene.frame, expected.frame)
    image, point = torch.zeros(4, 3, 64, 64), torch.zeros(4, 3, 64, 64)
    values = (scene, image, image[:, :1], point, azimuth, elevation, slot > 1)
    batch = torch.compile(make_batch, backend="eager", fullgraph=True)(studio.bank, *values)
    assert torch.equal(batch.place, make_batch(studio.bank, *values).place)
