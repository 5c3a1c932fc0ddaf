"""What one batch of the studio costs, part by part, on whatever device there is.

    python -m training.studio --benchmark runs/studio.json --slots 1024 --count 256 ...

On a GPU it also follows the same rays with the kernels and with plain torch, and says where they
differ: run it before training on new hardware or a new Triton.
"""

import time
from collections.abc import Callable

import numpy as np
import torch

from furniture.pieces import make_pieces
from training.studio.random_numbers import random_numbers
from training.studio.rendering import photograph
from training.studio.rendering import tracer as trace
from training.studio.shapes import cad, distance_grids
from training.studio.studio import Studio

SECONDS = 2.0  # at most, of repeats for one part
REPEATS = 20
COMPARED = 16  # pictures whose rays both tracers follow
SAME = 1e-3  # longest sides within which two hits are one: an eighth of a cell at grid 128


def measure(call: Callable, device: torch.device) -> float:
    """Milliseconds of one call: the mean of repeats, after one that compiles and warms up."""
    call()
    _wait(device)
    start, count = time.perf_counter(), 0
    while count < REPEATS and time.perf_counter() - start < SECONDS:
        call()
        _wait(device)
        count += 1
    return (time.perf_counter() - start) / count * 1000


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


@torch.no_grad()
def benchmark(studio: Studio, size: int) -> dict:
    """Milliseconds of each part for `size` pictures, the whole, and what the kernels agree on."""
    studio.bank.advance(0)
    parts = {**_shapes(studio), **_pictures(studio, size)}
    # far from a refresh, then with every refresh that falls due, as in training
    step = iter(range(1, 10**9))
    parts["batch, shapes included"] = measure(lambda: studio.batch(next(step), size), studio.device)
    report = {
        "device": _name(studio.device),
        "torch": torch.__version__,
        "pictures": size,
        "image_size": studio.config.image_size,
        "grid": studio.config.grid,
        "milliseconds": parts,
        "pictures_per_second": size / parts["batch, shapes included"] * 1000,
    }
    if studio.device.type == "cuda":
        report["gigabytes"] = torch.cuda.max_memory_allocated(studio.device) / 1e9
        report["kernels"] = compare(studio)
    return report


def _name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type


def _shapes(studio: Studio) -> dict:
    """Making and baking 32 procedural pieces, and baking one CAD model."""
    device, config = studio.device, studio.config
    pieces = make_pieces(0, range(32), config.shares)
    rows = torch.from_numpy(np.stack([p.rows for p in pieces])).to(device)
    compiled = device.type == "cuda"
    parts = {
        "making 32 pieces, one core": measure(
            lambda: make_pieces(0, range(32), config.shares), torch.device("cpu")
        ),
        "baking 32 pieces": measure(
            lambda: distance_grids.bake(rows, config.grid, compiled), device
        ),
    }
    models = [model for models in studio.bank.pool for model in models]
    if models:
        knots = cad.stretch_knots(np.random.default_rng(0))
        generator = torch.Generator(device).manual_seed(0)
        parts["baking 1 CAD model"] = measure(
            lambda: cad.bake(models[0], knots, config.grid, generator), device
        )
    return parts


def _pictures(studio: Studio, size: int) -> dict:
    """The steps of `Studio.batch` one by one."""
    device = studio.device
    slot = torch.arange(size, device=device) % studio.bank.slots
    numbers = random_numbers(size, device, 0)
    scene, azimuth, elevation = studio.scene(numbers, slot)
    linear, mask = studio.render(scene)
    noise = photograph.draw_noise(linear, 0)
    camera = studio._draw_camera(numbers)
    image, mask = studio._photograph(camera, noise, linear, mask, scene)
    seen = (studio.bank, scene, image, mask, azimuth, elevation, numbers[:, -1] < 0.5)
    return {
        "random numbers": measure(lambda: random_numbers(size, device, 0), device),
        "scene": measure(lambda: studio.scene(numbers, slot), device),
        **_rays(studio, scene),
        "picture, traced and shaded": measure(lambda: studio.render(scene), device),
        "noise": measure(lambda: photograph.draw_noise(linear, 0), device),
        "camera": measure(lambda: studio._photograph(camera, noise, linear, mask, scene), device),
        "targets": measure(lambda: studio._targets(*seen), device),
    }


def _rays(studio: Studio, scene) -> dict:
    """The tracer's four functions."""
    grids, objects, tracer = studio.bank.grids(), scene.objects(), studio.tracer
    _, _, direction, planes = studio._view(scene, studio.config.image_size)
    where, limit = (grids, objects, scene.eye, direction), planes.amin(dim=0)
    length, which, *_ = tracer.first_hits(*where, limit)
    normal = tracer.normals(*where, length, which)
    point, normal, _, lit = studio._meet(scene, direction, planes, length, which, normal)
    sun = (scene.sun, scene.sun_sharpness, lit)
    calls = {
        "first hits": lambda: tracer.first_hits(*where, limit),
        "normals": lambda: tracer.normals(*where, length, which),
        "sunlight": lambda: tracer.sunlight(grids, objects, point, normal, *sun),
        "openness": lambda: tracer.openness(grids, objects, scene.planes, point, normal),
    }
    return {name: measure(call, studio.device) for name, call in calls.items()}


@torch.no_grad()
def compare(studio: Studio, pictures: int = COMPARED) -> dict:
    """Shares of rays for which `kernels.py` and `trace.py` say the same, on `pictures` scenes."""
    from training.studio.rendering import triton_tracer

    slot = torch.arange(pictures, device=studio.device) % studio.bank.slots
    scene, *_ = studio.scene(random_numbers(pictures, studio.device, 1), slot)
    grids, objects = studio.bank.grids(), scene.objects()
    _, _, direction, planes = studio._view(scene, studio.config.image_size)
    where, limit = (grids, objects, scene.eye, direction), planes.amin(dim=0)
    ours, theirs = (tracer.first_hits(*where, limit) for tracer in (triton_tracer, trace))
    length, which, *_ = theirs
    normals = [tracer.normals(*where, length, which) for tracer in (triton_tracer, trace)]
    point, normal, _, lit = studio._meet(scene, direction, planes, length, which, normals[1])
    sun = (scene.sun, scene.sun_sharpness, lit)
    pairs = {
        "length": (ours[0], theirs[0]),
        "object": (ours[1], theirs[1]),
        "glass": (ours[2], theirs[2]),
        "glass object": (ours[3], theirs[3]),
        "normal": normals,
        "sunlight": [
            t.sunlight(grids, objects, point, normal, *sun) for t in (triton_tracer, trace)
        ],
        "openness": [
            t.openness(grids, objects, scene.planes, point, normal) for t in (triton_tracer, trace)
        ],
    }
    return {name: _agreement(*pair) for name, pair in pairs.items()}


def _agreement(one: torch.Tensor, other: torch.Tensor) -> float:
    return ((one - other).abs() <= SAME).double().mean().item()


def table(report: dict) -> str:
    """The report as lines of a Markdown table."""
    lines = [
        f"{report['device']}, torch {report['torch']}, {report['pictures']} pictures of "
        f"{report['image_size']} pixels a side, grid {report['grid']}",
        "",
        "| part | ms |",
        "|---|---|",
        *(f"| {name} | {value:.2f} |" for name, value in report["milliseconds"].items()),
        "",
        f"{report['pictures_per_second']:,.0f} pictures/s",
    ]
    for name, share in report.get("kernels", {}).items():
        lines.append(f"kernels agree with torch on {name}: {share:.5%}")
    return "\n".join(lines)
