"""Turntables: pose and light of a frame, the animation files, the direction of the turn."""

import av
import numpy as np
import pytest
from PIL import Image

from meshing import MeshError, voxels_to_mesh
from pipeline.turntable import (
    BACKGROUND_GRAY,
    FRAMES,
    export_turntable,
    render_frame,
    render_turntable,
)


@pytest.fixture(scope="module")
def mesh():
    """A tall box, red in front, blue behind."""
    colors = np.zeros((16, 16, 16, 3), np.uint8)
    colors[:, :, 8:], colors[:, :, :8] = (220, 40, 40), (40, 40, 220)
    occupancy = np.zeros((16, 16, 16), np.float32)
    occupancy[5:11, :, 5:11] = 1
    return voxels_to_mesh(occupancy, colors, 0.5)


@pytest.fixture(scope="module")
def frames(mesh):
    return render_turntable(mesh, 8, 64)


def covered(frame: Image.Image) -> np.ndarray:
    return (np.abs(np.asarray(frame, int) - BACKGROUND_GRAY) > 12).any(axis=-1)


def test_front_is_red_and_back_is_blue(mesh):
    front, back = (
        np.asarray(render_frame(mesh, azimuth, 0, 64), int)[32, 32] for azimuth in (0, 180)
    )
    assert front[0] > front[2] + 60 and back[2] > back[0] + 60


def test_model_stands_upright_in_the_middle_with_room(mesh):
    pixels = covered(render_frame(mesh, 0, 0, 96))
    rows, columns = np.flatnonzero(pixels.any(1)), np.flatnonzero(pixels.any(0))
    assert len(rows) > 2 * len(columns)
    assert abs(rows.mean() - 47.5) < 1.5 and abs(columns.mean() - 47.5) < 1.5
    assert rows[0] > 3 and rows[-1] < 92
    assert (np.asarray(render_frame(mesh, 0, 0, 96))[0, 0] == BACKGROUND_GRAY).all()


def test_top_is_lit_and_underside_is_not(mesh):
    gray = voxels_to_mesh(np.ones((8, 8, 8), np.float32), None, 0.5)
    above, below = (np.asarray(render_frame(gray, 0, e, 64), int)[32, 32].mean() for e in (89, -89))
    assert above > below + 25


def test_the_last_frame_continues_with_the_first_and_all_differ(frames):
    assert len(frames) == 8 and all(frame.size == (64, 64) for frame in frames)
    pixels = np.stack([np.asarray(frame, int) for frame in frames])
    steps = np.abs(pixels - np.roll(pixels, 1, axis=0)).mean(axis=(1, 2, 3))
    assert steps.min() > 0.2 and steps[0] < 2 * steps[1:].max()


def test_webp_repeats_without_end(frames, tmp_path):
    with Image.open(export_turntable(frames, tmp_path / "chair.webp")) as picture:
        assert picture.n_frames == 8 and picture.size == (64, 64) and picture.info["loop"] == 0
        assert covered(picture.convert("RGB")).any()


def test_mp4_is_h264_that_all_players_support(frames, tmp_path):
    with av.open(str(export_turntable(frames, tmp_path / "chair.mp4"))) as video:
        stream = video.streams.video[0]
        assert stream.codec_context.name == "h264" and stream.codec_context.pix_fmt == "yuv420p"
        decoded = [frame.to_ndarray(format="rgb24") for frame in video.decode(stream)]
    assert len(decoded) == 8
    assert float(stream.duration * stream.time_base) == pytest.approx(4, abs=0.1)
    assert np.abs(decoded[3].astype(int) - np.asarray(frames[3], int)).mean() < 4


def test_any_number_of_frames_makes_a_turn_of_four_seconds(mesh, tmp_path):
    path = export_turntable(render_turntable(mesh, 7, 32), tmp_path / "chair.mp4")
    with av.open(str(path)) as video:
        stream = video.streams.video[0]
        assert float(stream.duration * stream.time_base) == pytest.approx(4, abs=0.1)
    assert FRAMES % 4 == 0  # the default turn shows all four sides alike


def test_other_suffixes_are_one_sentence(frames, tmp_path):
    with pytest.raises(MeshError, match=r"must end in \.webp or \.mp4"):
        export_turntable(frames, tmp_path / "chair.gif")


# --- direction ----------------------------------------------------------------------------------

SIDE_COLORS = {
    "front": (230, 30, 30),
    "right": (30, 230, 30),
    "back": (30, 30, 230),
    "left": (230, 230, 30),
}


@pytest.fixture(scope="module")
def colored_sides():
    """A cube whose outer cells have one colour for each side; +x is right, +z is front."""
    colors = np.zeros((16, 16, 16, 3), np.uint8)
    solid = np.zeros((16, 16, 16), np.float32)
    solid[3:13, 3:13, 3:13] = 1
    colors[:, :, 12], colors[:, :, 3] = SIDE_COLORS["front"], SIDE_COLORS["back"]
    colors[12, :, 4:12], colors[3, :, 4:12] = SIDE_COLORS["right"], SIDE_COLORS["left"]
    return voxels_to_mesh(solid, colors, 0.5)


def side_at(frame: Image.Image, x: float) -> str:
    """Side of the cube whose hue is nearest to a pixel in the middle row; x is 0 to 1."""
    pixel = np.asarray(frame, float)[frame.height // 2, round(x * frame.width)]
    hues = {name: np.array(color) / np.linalg.norm(color) for name, color in SIDE_COLORS.items()}
    return max(hues, key=lambda name: hues[name] @ pixel)


def test_the_model_turns_clockwise_seen_from_above(colored_sides):
    """First the front and the right side, then right, back and left."""
    frames = render_turntable(colored_sides, 8, 64)  # the camera's azimuth: 35, 80, 125 ...
    assert side_at(frames[0], 0.4) == "front" and side_at(frames[0], 0.7) == "right"
    sides = [side_at(frames[i], 0.5) for i in (1, 3, 5, 7)]
    assert sides == ["right", "back", "left", "front"]


def test_the_right_side_is_on_the_right_of_the_front(colored_sides):
    frame = render_frame(colored_sides, 45, 0, 64)
    assert side_at(frame, 0.4) == "front" and side_at(frame, 0.6) == "right"
