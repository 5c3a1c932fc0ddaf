"""The fit uses what it knows beside the boxes: focal length, headings, doubt, usual sizes."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import optimize

from pipeline.scene.placement.angle_errors import angle_errors, covered_share
from pipeline.scene.placement.camera import RoomCamera
from pipeline.scene.placement.fitting import FARTHEST_PIECE, LARGEST_PIECE, RoomProblem, fit_room
from pipeline.scene.placement.floor import turned
from pipeline.scene.placement.headings import aligned
from pipeline.scene.placement.least_squares import least_squares, loss
from pipeline.scene.placement.pieces import piece_of
from pipeline.scene.placement.priors import usual_length
from pipeline.scene.scene import make_scene
from tests.pipeline.scene.rooms import CAMERA, DINING, SIZE, THRESHOLD, results_of

ANYWHERE = (-np.inf, np.inf)
TELE = RoomCamera(focal=2200, pitch=np.radians(12), height=1.4, size=SIZE)


def far_room():
    """The pieces of DINING two metres farther away, seen by a long lens."""
    return tuple(replace(p, place=(p.place[0], p.place[1] - 2)) for p in DINING)


def views_of(pieces, camera):
    return [piece_of(result.prediction, THRESHOLD) for result in results_of(pieces, camera)]


def test_a_known_focal_length_gives_the_distance():
    views = views_of(far_room(), TELE)
    true = np.array([piece.place for piece in far_room()])
    errors = []
    for focal in (None, TELE.focal):
        room = fit_room(views, SIZE, focal)
        errors.append(np.linalg.norm(room.places - true, axis=1).max())
    assert errors[1] < 0.3 and errors[1] < errors[0] / 2


def test_the_focal_length_of_the_photo_reaches_the_fit():
    results = results_of(far_room(), TELE)
    for result in results:
        result.prediction.focal = TELE.focal / max(SIZE)
    assert make_scene(results, THRESHOLD).camera.focal == pytest.approx(TELE.focal, rel=0.05)


def test_a_doubtful_turn_follows_the_others():
    yaw = np.radians([10.0, 101.0, -169.0, 35.0])
    sure, doubtful = np.radians([5.0] * 4), np.radians([5.0, 5.0, 5.0, 25.0])
    assert np.degrees(aligned(yaw, doubtful))[3] == pytest.approx(11, abs=4)
    assert np.degrees(aligned(yaw, sure))[:3] == pytest.approx([10, 101, -169], abs=2)


def test_a_sure_turn_between_the_others_stays():
    yaw = np.radians([0.0, 90.0, 0.0, 45.0])
    error = np.radians([3.0] * 4)
    assert np.degrees(aligned(yaw, error))[3] == pytest.approx(45, abs=3)


def test_one_piece_keeps_its_turn():
    yaw = np.radians([33.0])
    assert np.degrees(aligned(yaw, np.radians([8.0]))) == pytest.approx([33], abs=2)


def test_cut_covered_and_doubtful_pieces_are_less_exact():
    boxes = np.array([[0.0, 0.0, 10.0, 10.0], [5.0, 0.0, 15.0, 20.0], [30.0, 0.0, 40.0, 10.0]])
    assert covered_share(boxes) == pytest.approx([0.5, 0, 0])
    no = np.zeros(3, bool)
    plain, _ = angle_errors(boxes, no, np.ones(3))
    assert plain[0] > plain[1] == plain[2]
    cut, _ = angle_errors(boxes, np.array([False, False, True]), np.ones(3))
    doubtful, elevation = angle_errors(boxes, no, np.array([1, 0.5, 1]))
    assert cut[2] > plain[2] and doubtful[1] > plain[1] and elevation[1] > elevation[0]


def test_usual_lengths():
    """A chair of usual proportions is a usual chair; a doubtful category widens the range."""
    meters, spread = usual_length({"chair": 1.0}, (0.58, 0.92, 0.61))
    assert meters == pytest.approx(1, abs=0.05) and 0.05 < spread < 0.25
    between, wider = usual_length({"chair": 0.5, "wardrobe": 0.5}, (0.58, 0.92, 0.61))
    assert between > meters and wider > 1.5 * spread
    assert usual_length({}, (1, 1, 1))[1] > spread


def noisy_problem(seed: int = 0) -> RoomProblem:
    """The dining room with boxes, angles and usual sizes that a network gets wrong."""
    rng = np.random.default_rng(seed)
    views = [
        replace(
            view,
            box=tuple(rng.normal(view.box, 20)),
            azimuth=rng.normal(view.azimuth, 12),
            elevation=rng.normal(view.elevation, 4),
            meters=view.meters * np.exp(rng.normal(0, 0.1)),
        )
        for view in views_of(DINING, CAMERA)
    ]
    return RoomProblem(views, SIZE)


def test_the_residuals_of_the_boxes_are_those_of_the_projected_points():
    problem = noisy_problem()
    x = problem.start()
    room = problem.room(x)
    rows = problem.residuals(x[None])[0][3 : 3 + 4 * len(DINING)].reshape(-1, 4)
    for i, view in enumerate(problem.views):
        standing = turned(view.points * room.meters[i], room.yaw[i])
        at = np.array([room.places[i, 0], 0, room.places[i, 1]])
        pixels = room.camera.project(standing + at)
        box = np.concatenate([pixels.min(axis=0), pixels.max(axis=0)])
        expected = (box - view.box) / problem.edge_error[i]
        is_inside = problem.is_cut[i]
        assert rows[i][~is_inside] == pytest.approx(expected[~is_inside], abs=1e-6)


@pytest.mark.parametrize("seed", range(6))
def test_the_search_ends_where_that_of_scipy_ends(seed):
    problem = noisy_problem(seed)
    calls = []

    def residuals(x):
        calls.append(len(x))
        return problem.residuals(x)

    start = problem.start()
    x = least_squares(start, residuals, problem.linearize, problem.bounds())
    expected = optimize.least_squares(
        lambda x: problem.residuals(x[None])[0],
        start,
        lambda x: problem.linearize(x)[1],
        loss="soft_l1",
    ).x
    reached, wanted, first = (loss(problem.residuals(v[None])[0]) for v in (x, expected, start))
    assert reached < 1.002 * wanted and reached < 0.8 * first
    assert problem.room(x).places == pytest.approx(problem.room(expected).places, abs=0.05)
    assert len(calls) <= 25  # rounds


def test_a_start_at_the_lowest_point_is_kept():
    x = least_squares(np.zeros(2), lambda x: x, lambda x: (x, np.eye(2)), ANYWHERE)
    assert (x == 0).all()


def test_an_unknown_without_effect_is_kept():
    slopes = np.array([[1.0, 0.0], [2.0, 0.0]])
    x = least_squares(np.ones(2), lambda x: x @ slopes.T, lambda x: (slopes @ x, slopes), ANYWHERE)
    assert x == pytest.approx([0, 1], abs=1e-3)


@pytest.mark.parametrize("count", [1, 12])
def test_pieces_larger_than_the_photo_have_a_place(count):
    # the box ends at all edges of the photo and says nothing about the turn
    view = replace(views_of(DINING, CAMERA)[0], box=(0, 0, *SIZE))
    room = fit_room([view] * count, SIZE)
    assert np.isfinite(room.places).all() and (room.meters > 0.2).all()


@pytest.mark.parametrize("seed", range(10))
def test_any_boxes_make_a_room_of_moderate_size(seed):
    rng = np.random.default_rng(seed)
    views = views_of(DINING, CAMERA)
    corners = np.sort(rng.uniform(0, 1, (len(views), 2, 2)), axis=1) * SIZE
    tiny = rng.random(len(views)) < 0.3
    corners[tiny, 1] = corners[tiny, 0] + 9
    boxes = corners.reshape(-1, 4).tolist()
    room = fit_room([replace(v, box=box) for v, box in zip(views, boxes, strict=True)], SIZE)
    assert np.hypot(*room.places.T).max() <= FARTHEST_PIECE + 1e-6
    assert room.meters.max() <= LARGEST_PIECE and np.isfinite(room.yaw).all()


def test_a_search_ends_at_its_bounds():
    bounds = np.array([-5.0, -1.0]), np.array([5.0, 2.0])
    x = least_squares(np.zeros(2), lambda x: x - 3, lambda x: (x - 3, np.eye(2)), bounds)
    assert x == pytest.approx([3, 2], abs=1e-3)


def test_a_step_to_no_number_is_not_taken():
    def residuals(x):
        with np.errstate(invalid="ignore"):
            return np.sqrt(x) - 2

    slopes = np.array([[1.0]])  # four times too small: the first step would pass 0
    x = least_squares(np.array([9.0]), residuals, lambda x: (10 * residuals(x), slopes), ANYWHERE)
    assert np.isfinite(x).all() and x < 9
