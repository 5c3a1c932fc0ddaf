"""The tracer: rays end where geometry says, and its Triton kernels say what plain torch says."""

import os
import subprocess
import sys

import pytest
import torch

from furniture.primitives import Furniture
from tests.conftest import ROOT
from training.studio.rendering import tracer
from training.studio.rendering.torch_functions import POSE, STRETCH, Grids
from training.studio.rendering.tracer import NEVER, OBJECTS, Objects
from training.studio.scenes.layouts import PIECES
from training.studio.shapes import distance_grids

RESOLUTION = 32
CELL = 1 / RESOLUTION
# the comparison of the benchmark, on the CPU through Triton's interpreter
COMPARE = """
import torch
from training.studio.benchmark import compare
from training.studio.studio import Studio, StudioConfig
config = StudioConfig(image_size=24, grid=32, slots=8, stretch=0.3)
studio = Studio(config, torch.device("cpu"), seed=5)
studio.bank.advance(0)
studio.bank.materials[:] = 6  # glass, some of it
shares = compare(studio, pictures=2)
print(shares)
assert len(shares) == 7 and min(shares.values()) > 0.998
"""


def cubes(*places, clear=0) -> tuple[Grids, Objects]:
    """Cubes at `(scale, (x, y, z))`, all alike; `clear` 1 makes the first one of glass."""
    piece = Furniture("table")
    piece.box((0, 0, 0), (1, 1, 1), edge=0.0)
    rows = torch.from_numpy(piece.primitives())[None]
    distance, part = distance_grids.bake(rows, RESOLUTION)
    pose = torch.zeros(1, OBJECTS, POSE)
    pose[..., 0] = 1
    pose[..., STRETCH] = 1
    for k, (scale, place) in enumerate(places):
        pose[0, k, 2], pose[0, k, 3:6] = scale, torch.tensor(place)
    bits = torch.zeros(1, OBJECTS, dtype=torch.int32)
    bits[0, 0] = clear
    slot = torch.zeros(1, OBJECTS, dtype=torch.long)
    return Grids(distance.view(-1), part.view(-1), RESOLUTION), Objects(slot, pose, bits)


def straight(xs) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """An eye 3 in front, rays toward the points (x, 0, 0), and no limit to them."""
    eye = torch.tensor([[0.0, 0.0, 3.0]])
    aims = torch.tensor([[x, 0.0, 0.0] for x in xs]) - eye
    direction = torch.nn.functional.normalize(aims, dim=1).T[:, None]
    return eye, direction.contiguous(), torch.full((1, len(xs)), NEVER)


def test_a_ray_ends_on_the_nearest_cube_and_its_normal_looks_back():
    grids, objects = cubes((1.0, (0.0, 0.0, 0.0)), (0.5, (0.0, 0.0, 1.0)))
    eye, direction, limit = straight((0.0, 0.45, 2.0))
    length, which, *_ = tracer.first_hits(grids, objects, eye, direction, limit)
    assert which.tolist() == [[1, 0, -1]]
    assert length[0, 0] == pytest.approx(3 - 1.25, abs=CELL / 2)
    assert length[0, 2] == NEVER
    normal = tracer.normals(grids, objects, eye, direction, length, which)
    torch.testing.assert_close(normal[:, 0, 0], torch.tensor([0.0, 0, 1]), atol=0.02, rtol=0)
    assert normal[:, 0, 2].abs().max() == 0


def test_a_stretched_and_turned_cube_is_a_box():
    grids, objects = cubes((1.0, (0.0, 0.0, 0.0)))
    objects.pose[0, 0, STRETCH] = torch.tensor([0.5, 1.0, 0.8])
    objects.pose[0, 0, :2] = torch.tensor([0.0, 1.0])  # a quarter turn: its x lies along -z
    eye, direction, limit = straight((0.0, 0.35, 0.45))
    found = tracer.first_hits(grids, objects, eye, direction, limit)
    length, which, *_ = found
    assert which.tolist() == [[0, 0, -1]]
    assert length[0, 0] == pytest.approx(3 - 0.25, abs=CELL / 2)
    normal = tracer.normals(grids, objects, eye, direction, length, which)
    torch.testing.assert_close(normal[:, 0, 0], torch.tensor([0.0, 0, 1]), atol=0.02, rtol=0)


def test_the_normal_of_a_stretched_ball_is_that_of_an_ellipsoid():
    piece = Furniture("misc")
    piece.ellipsoid((0, 0, 0), (1, 1, 1))
    distance, part = distance_grids.bake(torch.from_numpy(piece.primitives())[None], RESOLUTION)
    grids, objects = cubes((1.0, (0.0, 0.0, 0.0)))
    grids = Grids(distance.view(-1), part.view(-1), RESOLUTION)
    stretch = torch.tensor([1.0, 0.5, 0.7])
    objects.pose[0, 0, STRETCH] = stretch
    eye, direction, limit = straight((0.2, -0.3))
    length, which, *_ = tracer.first_hits(grids, objects, eye, direction, limit)
    point = eye.T[..., None] + length * direction
    assert ((point / stretch[:, None, None]).norm(dim=0) - 0.5).abs().max() < CELL / 2
    normal = tracer.normals(grids, objects, eye, direction, length, which)
    wanted = torch.nn.functional.normalize(point / stretch[:, None, None] ** 2, dim=0)
    assert (normal * wanted).sum(dim=0).min() > 0.98


def test_a_wall_in_front_hides_a_cube():
    grids, objects = cubes((1.0, (0.0, 0.0, 0.0)))
    eye, direction, limit = straight((0.0,))
    _, which, *_ = tracer.first_hits(grids, objects, eye, direction, limit.fill_(1.0))
    assert which.item() == -1


def test_glass_shows_what_stands_behind_it():
    grids, objects = cubes((0.4, (0.0, 0.0, 1.0)), (1.0, (0.0, 0.0, -1.0)), clear=1)
    eye, direction, limit = straight((0.0, 0.4))
    found = tracer.first_hits(grids, objects, eye, direction, limit)
    length, which, glass, pane = found
    assert which.tolist() == [[1, 1]] and pane.tolist() == [[0, -1]]
    assert glass[0, 0] == pytest.approx(3 - 1.2, abs=CELL / 2)
    assert length[0, 0] == pytest.approx(3 + 0.5, abs=CELL / 2)
    assert glass[0, 1] == NEVER


def test_a_cube_shades_the_floor_under_it_alone():
    grids, objects = cubes((1.0, (0.0, 0.0, 0.0)))
    point = torch.tensor([[0.0, -1.0, 0.0], [3.0, -1.0, 0.0]]).T[:, None].contiguous()
    up = torch.tensor([0.0, 1.0, 0.0])[:, None, None].expand_as(point).contiguous()
    sun, sharp = torch.tensor([[0.0, 1.0, 0.0]]), torch.tensor([10.0])
    lit = torch.ones(1, 2, dtype=torch.bool)
    seen = tracer.sunlight(grids, objects, point, up, sun, sharp, lit)
    assert seen[0, 0] < 0.05 and seen[0, 1] == 1


def test_a_corner_is_darker_than_an_open_floor():
    grids, objects = cubes((1.0, (0.0, 0.0, 0.0)))
    point = torch.tensor([[0.52, -0.5, 0.0], [3.0, -0.5, 0.0]]).T[:, None].contiguous()
    up = torch.tensor([0.0, 1.0, 0.0])[:, None, None].expand_as(point).contiguous()
    floor = torch.tensor([0.0, 1.0, 0.0, -0.5])
    far = torch.tensor([[0.0, 0.0, 1.0, -40.0], [1.0, 0.0, 0.0, -40.0]])
    planes = torch.cat([floor[None], far])[None]
    share = tracer.openness(grids, objects, planes, point, up)
    assert share[0, 0] < 0.8 and share[0, 1] == pytest.approx(1, abs=1e-4)


@pytest.mark.slow
def test_the_kernels_agree_with_plain_torch():
    pytest.importorskip("triton")
    environment = os.environ | {"TRITON_INTERPRET": "1", "PYTHONPATH": str(ROOT)}
    run = subprocess.run(
        [sys.executable, "-c", COMPARE], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stdout + run.stderr[-2000:]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["first_hits", "normals", "sunlight", "openness"])
def test_the_kernels_compile_for_an_h100_without_one(name):
    triton = pytest.importorskip("triton")
    from triton.backends.compiler import GPUTarget
    from triton.compiler import ASTSource

    from training.studio.rendering import triton_programs, triton_tracer

    kernel = getattr(triton_programs, name)
    constants = {
        "size": 224,
        "resolution": 128,
        "side": distance_grids.side_of(128),
        "OBJECTS": PIECES,  # of a furnished room
        "TILE": triton_tracer.TILE,
    }
    kinds = {"distance": "*fp16", "part": "*u8", "slot": "*i64", "clear": "*i32", "stride": "i32"}
    kinds |= {"which": "*i32", "glass_which": "*i32", "lit": "*i1"}
    kinds |= dict.fromkeys(constants, "constexpr")
    signature = {argument: kinds.get(argument, "*fp32") for argument in kernel.arg_names}
    places = {(kernel.arg_names.index(key),): value for key, value in constants.items()}
    source = ASTSource(fn=kernel, signature=signature, constexprs=places)
    target, options = GPUTarget("cuda", 90, 32), {"num_warps": triton_tracer.WARPS}
    assert triton.compile(source, target=target, options=options).asm["cubin"]
