"""Crossings: parts of two CAD models are joined, bad pairs rejected, and the bank draws them."""

import numpy as np
import pytest
import torch

from training.loop.config import TrainConfig
from training.loop.sources import build_studio
from training.studio.commands import crossings as crossings_command
from training.studio.config import StudioConfig, StudioError
from training.studio.shapes import cad
from training.studio.shapes.bank import ShapeBank
from training.studio.shapes.cad import CLUSTERS, PACKED_SIDE, CadModel
from training.studio.shapes.cad_packing import save_pool
from training.studio.shapes.cad_sequence import CadSequence
from training.studio.shapes.crossings import baking, checks
from training.studio.shapes.crossings.crossing import cross, draw_crossing
from training.studio.shapes.distance_grids import MARGIN
from training.studio.shapes.solids import fill_surface

CPU = torch.device("cpu")
NO_STRETCH = np.array([[(-0.5, -0.5), (0, 0), (0.5, 0.5)]] * 3, np.float32)
SEAT = ((-0.22, -0.1, -0.22), (0.22, -0.02, 0.22))
BACK = ((-0.22, -0.02, -0.22), (0.22, 0.5, -0.16))
LEGS = [((x, -0.5, z), (x + 0.06, -0.1, z + 0.06)) for x in (-0.22, 0.16) for z in (-0.22, 0.16)]
PEDESTAL = [((-0.04, -0.45, -0.04), (0.04, -0.1, 0.04)), ((-0.2, -0.5, -0.2), (0.2, -0.45, 0.2))]
# triangles of a box, whose corners count x, y, z as bits
SIDES = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
FACES = np.array([corners for a, b, c, d in SIDES for corners in ((a, b, c), (a, c, d))])


def model(name: str, boxes, category: str = "chair", textured: bool = True) -> CadModel:
    """A model of boxes (low, high); the number of its part is that of the box, at most 7."""
    corners = [np.array(np.meshgrid(*zip(*box, strict=True), indexing="ij")) for box in boxes]
    vertices = np.concatenate([c.reshape(3, 8).T for c in corners]).astype(np.float32)
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    vertices = (vertices - (low + high) / 2) / (high - low).max()
    faces = np.concatenate([FACES + 8 * i for i in range(len(boxes))])
    parts = np.repeat(np.minimum(np.arange(len(boxes)), CLUSTERS - 1), len(FACES))
    bits = np.packbits(fill_surface(vertices, faces, PACKED_SIDE))
    colors = np.full((CLUSTERS, 3), 0.5, np.float32)
    return CadModel(name, category, vertices, faces, parts, colors, textured, bits)


@pytest.fixture(scope="module")
def chair() -> CadModel:
    return model("chair", [SEAT, BACK, *LEGS])


@pytest.fixture(scope="module")
def swivel() -> CadModel:
    """A wider chair on a pedestal, with two posts and a rail as its back."""
    posts = [((x, -0.02, -0.22), (x + 0.05, 0.5, -0.16)) for x in (-0.26, 0.21)]
    rail = ((-0.26, 0.4, -0.22), (0.26, 0.5, -0.16))
    return model("swivel", [((-0.26, *SEAT[0][1:]), (0.26, *SEAT[1][1:])), rail, *PEDESTAL, *posts])


@pytest.fixture(autouse=True)
def few_surface_samples(monkeypatch):
    """A bake of a small grid needs few samples and is then fast."""
    monkeypatch.setattr(cad, "SURFACE_SAMPLES", 60_000)


@pytest.fixture
def small_bank(monkeypatch):
    """Banks of four slots."""
    monkeypatch.setattr(ShapeBank, "CHUNK", 4)
    monkeypatch.setattr(cad, "SURFACE_SAMPLES", 10_000)


def baked(crossing, knots=NO_STRETCH, resolution=64):
    generator = torch.Generator().manual_seed(0)
    distance, part = baking.bake_crossing(crossing, knots, resolution, generator)
    inner = slice(MARGIN, -MARGIN)
    return distance[inner, inner, inner].numpy() < 0, part[inner, inner, inner].numpy()


def test_seat_and_back_are_found(chair):
    assert chair.cuts["base"].low[1] == pytest.approx(-0.5, abs=0.01)
    assert chair.cuts["base"].high[1] == pytest.approx(-0.1, abs=0.02)
    assert chair.cuts["upper"].low[1] == pytest.approx(-0.02, abs=0.02)
    assert chair.cuts["upper"].high[1] == pytest.approx(0.5, abs=0.01)
    np.testing.assert_allclose(chair.cuts["base"].extent[[0, 2]], 0.44, atol=0.02)


def test_stools_and_armchairs_have_no_back_and_tools_no_parts(chair):
    stool = model("stool", [SEAT, *LEGS])
    assert set(stool.cuts) == {"base"}
    block = model("block", [((-0.3, -0.3, -0.3), (0.3, 0, 0.3)), BACK])
    assert not block.cuts
    assert not model("tool", [SEAT, *LEGS], category="tool").cuts


def test_a_seat_stands_on_the_base_of_another_chair(chair, swivel):
    crossing, reason = cross(chair, swivel, "base")
    assert not reason and not checks.rejection(crossing)
    solid, part = baked(crossing)
    assert not checks._loose_parts(solid)
    main, donor = solid & (part < CLUSTERS), solid & (part >= CLUSTERS)
    assert set(np.unique(part[donor])) == {CLUSTERS + 2, CLUSTERS + 3}  # the pedestal's boxes
    assert np.isin(part[main], (0, 1)).mean() > 0.95  # seat, back, and ends of the legs
    height = np.nonzero(donor)[1].max()
    assert abs(height - 0.4 * 64) <= 2  # the seat keeps its height
    column = donor[:, height // 2]
    assert 0 < column.sum() < 100  # one column; four legs would lie at the corners
    assert column[28:36, 28:36].any()


def test_a_back_moves_to_a_wider_seat(chair, swivel):
    crossing, _ = cross(swivel, chair, "upper")
    assert not checks.rejection(crossing)
    solid, part = baked(crossing)
    back = solid & (part >= CLUSTERS)
    wide = np.ptp(np.nonzero(back)[0]) + 1
    assert abs(wide - 0.52 * 64) <= 2  # of the seat below it
    assert np.nonzero(back)[1].min() >= 0.45 * 64


def test_the_grid_is_that_of_the_packed_cells(chair, swivel):
    crossing, _ = cross(swivel, chair, "base")
    cells = checks.max_pool(np.logical_or(*checks.solid_grids(crossing)), checks.POOLING)
    solid, _ = baked(crossing)
    assert (solid & cells).sum() / (solid | cells).sum() > 0.8


def test_symmetric_parents_give_a_symmetric_shape(chair, swivel):
    solid, _ = baked(cross(chair, swivel, "base")[0])
    assert (solid & solid[::-1]).sum() / (solid | solid[::-1]).sum() > 0.95


def test_a_stretch_keeps_the_joint(chair, swivel):
    crossing, _ = cross(chair, swivel, "base")
    knots = NO_STRETCH.copy()
    knots[1, 1] = (-0.1, 0.15)  # legs grow while the back shrinks
    solid, part = baked(crossing, knots)
    assert not checks._loose_parts(solid)
    assert np.ptp(np.nonzero(solid)[1]) + 1 >= 63  # the longest side fills the cube
    height = np.nonzero(solid & (part >= CLUSTERS))[1].max()
    assert abs(height - 0.65 * 64) <= 2


def bookcase(name, shelves, width) -> CadModel:
    walls = [((x, -0.5, -0.15), (x + 0.04, 0.5, 0.15)) for x in (-width, width - 0.04)]
    levels = [-0.5, 0.46, *shelves]
    boards = [((-width, y, -0.15), (width, y + 0.04, 0.15)) for y in levels]
    back = [((-width, -0.5, -0.15), (width, 0.5, -0.13))]
    return model(name, walls + boards + back, "bookcase")


def test_shelves_move_between_the_walls_of_another_bookcase():
    two, one = bookcase("two", [-0.2, 0.15], 0.2), bookcase("one", [0.0], 0.25)
    crossing, reason = cross(one, two, "insert")
    assert not reason and not checks.rejection(crossing)
    main, donor = checks.solid_grids(crossing)
    half = PACKED_SIDE // 2
    boards = (main | donor)[half, :, half].astype(int)
    assert (np.diff(boards, prepend=0) == 1).sum() == 4  # bottom, two shelves, top
    assert np.ptp(np.nonzero(main)[0]) + 1 == pytest.approx(0.5 * PACKED_SIDE, abs=2)


def test_a_back_with_a_floating_headrest_is_rejected(swivel):
    low_back, headrest = (BACK[0], (0.22, 0.3, -0.16)), ((-0.1, 0.4, -0.22), (0.1, 0.5, -0.16))
    floating = model("floating", [SEAT, low_back, headrest, *LEGS])
    crossing, _ = cross(swivel, floating, "upper")
    assert checks.rejection(crossing) == "loose part"


def test_a_back_beside_the_middle_is_asymmetric(chair, swivel):
    crossing, _ = cross(swivel, chair, "upper")
    crossing.offset[0] += 0.08
    assert checks.rejection(crossing) == "asymmetric"


@pytest.mark.parametrize(
    ("boxes", "kind", "expected"),
    [
        ([SEAT, BACK, *LEGS], "base", "copy"),
        # a seat so narrow that its legs would be stretched to a multiple
        ([((-0.08, -0.1, -0.22), (0.08, -0.02, 0.22)), BACK, *LEGS], "base", "proportions"),
        ([SEAT, BACK, ((-0.2, -0.5, -0.21), (0.2, -0.1, -0.15))], "base", "unstable"),
    ],
)
def test_bad_pairs_are_rejected(chair, boxes, kind, expected):
    crossing, reason = cross(chair, model("other", boxes), kind)
    assert (reason or checks.rejection(crossing)) == expected


def test_legs_beside_the_seat_are_rejected(swivel):
    cross_seat = [((-0.22, -0.1, -0.05), (0.22, -0.02, 0.05)), BACK]
    cross_seat += [((-0.05, -0.1, -0.22), (0.05, -0.02, 0.22))]
    foot = ((-0.2, -0.5, -0.03), (0.2, -0.1, 0.03))
    plus = model("plus", [*cross_seat, foot])  # a seat without corners
    crossing, _ = cross(plus, model("chair", [SEAT, BACK, *LEGS]), "base")
    assert checks.rejection(crossing) == "joint"
    assert not checks.rejection(cross(plus, swivel, "base")[0])


def bank(models, step=0, **values) -> ShapeBank:
    shares = StudioConfig(shares={"chair": 1.0}).shares
    sizes = dict(slots=4, resolution=32, cells=16, shares=shares, device=CPU, seed=5)
    made = ShapeBank(**sizes, pool=models, cad_share=1.0, **values)
    made.advance(step)
    return made


def test_the_bank_draws_crossings_by_their_share(chair, swivel, small_bank):
    plain, again = bank([chair, swivel]), bank([chair, swivel], crossings=1.0)
    assert not any("+" in name for name in plain.source)
    assert any("+base+" in name or "+upper+" in name for name in again.source)
    same = bank([chair, swivel], crossings=1.0)
    assert same.source == again.source and torch.equal(same.distance, again.distance)
    mixed = bank([chair, swivel], crossings=0.5)
    for slot, name in enumerate(mixed.source):  # the other slots hold what they would hold
        expected = again if "+" in name else plain
        assert name == expected.source[slot]
        assert torch.equal(mixed.distance[slot], expected.distance[slot])


def test_another_seed_gives_other_crossings(chair, swivel):
    def names(seed):
        sequence = CadSequence([[chair, swivel]], [1.0], seed, crossings=1.0)
        return [sequence.draw(i).shape.name for i in range(12)]

    assert names(1) == names(1) != names(2)


def test_shapes_drawn_ahead_are_those_drawn_in_place(chair, swivel, small_bank):
    ahead = bank([chair, swivel], crossings=1.0)
    (index,) = {*ahead.cad_sequence.started} - {5, 6, 7}
    ahead.advance(2)  # the next group: cad_every is 2
    assert index not in ahead.cad_sequence.started
    jumped = bank([chair, swivel], step=2, crossings=1.0)
    assert ahead.source == jumped.source
    assert torch.equal(ahead.distance, jumped.distance)


def test_a_pair_that_cannot_be_joined_leaves_the_model_as_it_is(small_bank):
    blocks = [model(name, [((-0.3,) * 3, (0.3,) * 3)]) for name in "ab"]
    assert draw_crossing(blocks, np.random.default_rng(0)) is None
    assert draw_crossing(blocks[:1], np.random.default_rng(0)) is None
    assert set(bank(blocks, crossings=1.0).source) <= {"cad/a", "cad/b"}


def test_plain_models_share_their_materials(chair, swivel):
    plain = model("plain", [SEAT, BACK, *LEGS], textured=False)
    crossing, _ = cross(plain, swivel, "base")
    assert not crossing.textured
    _, part = baked(crossing)
    assert part.max() < CLUSTERS


def test_validation_shows_no_crossings(chair, swivel, tmp_path, small_bank):
    save_pool([chair, swivel], tmp_path / "cad.npz")
    studio = (f"cad={tmp_path / 'cad.npz'}", "cad_share=1.0", "crossings=1.0", "slots=4")
    config = TrainConfig(
        small=True, studio=(*studio, "shares={'chair': 1}", "resolution=16", "grid=16")
    )
    for held_out in (False, True):
        source = build_studio(config, CPU, 0, held_out)
        source.bank.advance(0)
        assert any("+" in name for name in source.bank.source) != held_out


def test_a_wrong_share_is_a_sentence():
    with pytest.raises(StudioError, match="crossings is 2"):
        StudioConfig(crossings=2)


def test_the_command_counts_pairs_and_draws_them(chair, swivel, tmp_path, capsys):
    save_pool([chair, swivel], tmp_path / "cad.npz")
    sheet = tmp_path / "sheet.png"
    arguments = ["--cad", str(tmp_path / "cad.npz"), "--pairs", "4", "--sheet", str(sheet)]
    assert crossings_command.main(arguments) == 0
    heading, row = capsys.readouterr().out.splitlines()
    numbers = [int(word) for word in row.split()[1:]]
    assert numbers[0] == sum(numbers[1:]) == 4 and heading.split()[0] == "category"
    assert numbers[-1] > 0 and sheet.stat().st_size > 1000
    assert crossings_command.main(["--cad", str(tmp_path / "none.npz")]) == 2
    assert "There is no" in capsys.readouterr().err
