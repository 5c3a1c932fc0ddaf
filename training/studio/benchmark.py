"""Time of each part of a studio batch, on any device.

    python -m training.studio --benchmark runs/studio.json --slots 1024 --count 256 ...

On a GPU the same rays are also traced with the Triton kernels and with plain torch, and the report
states how often the results agree. Run it before training on new hardware or with a new Triton.
"""

import time
from collections.abc import Callable

import numpy as np
import torch

from furniture.pieces import make_pieces
from training.studio.random_numbers import random_numbers
from training.studio.rendering import photograph
from training.studio.rendering import tracer as torch_tracer
from training.studio.scenes.scene import Scene
from training.studio.shapes import cad, distance_grids
from training.studio.studio import Studio

MAX_SECONDS = 2.0  # time limit for the repeats of one part
MAX_REPEATS = 20
PIECES = 32  # furniture pieces that are made and baked
COMPARED_PICTURES = 16  # pictures whose rays both tracers follow
TOLERANCE = 1e-3  # in longest sides: an eighth of a cell at grid 128


def time_call(call: Callable[[], object], device: torch.device) -> float:
    """Returns the mean time of a call in milliseconds, after one call that compiles it."""
    call()
    _wait(device)
    start, count = time.perf_counter(), 0
    while count < MAX_REPEATS and time.perf_counter() - start < MAX_SECONDS:
        call()
        _wait(device)
        count += 1
    return (time.perf_counter() - start) / count * 1000


def _wait(device: torch.device) -> None:
    """Waits for the GPU."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


@torch.no_grad()
def benchmark(studio: Studio, size: int) -> dict:
    """Times the studio.

    Parameters
    ----------
    studio : Studio
        Studio to measure.
    size : int
        Pictures of a batch.

    Returns
    -------
    dict
        Milliseconds of each part and of a whole batch, pictures a second, the setting; on a GPU
        also its memory and the agreement of the two tracers.
    """
    studio.bank.advance(0)
    parts = {**_time_shapes(studio), **_time_pictures(studio, size)}
    # consecutive steps, so that the refreshes of the bank are included as in training
    step = iter(range(1, 10**9))
    whole = "batch, shapes included"
    parts[whole] = time_call(lambda: studio.batch(next(step), size), studio.device)
    report = {
        "device": _device_name(studio.device),
        "torch": torch.__version__,
        "pictures": size,
        "image_size": studio.config.image_size,
        "grid": studio.config.grid,
        "milliseconds": parts,
        "pictures_per_second": size / parts[whole] * 1000,
    }
    if studio.device.type == "cuda":
        report["gigabytes"] = torch.cuda.max_memory_allocated(studio.device) / 1e9
        report["kernels"] = compare(studio)
    return report


def _device_name(device: torch.device) -> str:
    """Name of the GPU, or "cpu"."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type


def _time_shapes(studio: Studio) -> dict[str, float]:
    """Times making and baking procedural pieces, and baking one CAD model."""
    device, config = studio.device, studio.config
    pieces = make_pieces(0, range(PIECES), config.shares)
    rows = torch.from_numpy(np.stack([p.rows for p in pieces])).to(device)
    compiled = device.type == "cuda"
    parts = {
        f"making {PIECES} pieces, one core": time_call(
            lambda: make_pieces(0, range(PIECES), config.shares), torch.device("cpu")
        ),
        f"baking {PIECES} pieces": time_call(
            lambda: distance_grids.bake(rows, config.grid, compiled), device
        ),
    }
    models = [model for models in studio.bank.pool for model in models]
    if models:
        knots = cad.stretch_knots(np.random.default_rng(0))
        generator = torch.Generator(device).manual_seed(0)
        parts["baking 1 CAD model"] = time_call(
            lambda: cad.bake(models[0], knots, config.grid, generator), device
        )
    return parts


def _time_pictures(studio: Studio, size: int) -> dict[str, float]:
    """Times the steps of `Studio.batch` one by one."""
    device = studio.device
    slot = torch.arange(size, device=device) % studio.bank.slots
    numbers = random_numbers(size, device, 0)
    scene, azimuth, elevation = studio.scene(numbers, slot)
    linear, mask, coordinates = studio.render(scene)
    noise = photograph.draw_noise(linear, 0)
    exposure = studio._draw_exposure(numbers)
    image, mask = studio._photograph(exposure, noise, linear, mask, scene)
    seen = (image, mask, coordinates, azimuth, elevation, numbers[:, -1] < 0.5)
    calls = {
        "random numbers": lambda: random_numbers(size, device, 0),
        "scene": lambda: studio.scene(numbers, slot),
        **_ray_calls(studio, scene),
        "picture, traced and shaded": lambda: studio.render(scene),
        "noise": lambda: photograph.draw_noise(linear, 0),
        "camera": lambda: studio._photograph(exposure, noise, linear, mask, scene),
        "targets": lambda: studio._make_batch(studio.bank, scene, *seen),
    }
    return {name: time_call(call, device) for name, call in calls.items()}


def _ray_calls(studio: Studio, scene: Scene) -> dict[str, Callable[[], object]]:
    """Returns calls of the tracer's four functions."""
    grids, objects, tracer = studio.bank.grids(), scene.covered_objects(), studio.tracer
    _, _, direction, planes = studio._view(scene, studio.config.image_size)
    rays, limit = (grids, objects, scene.eye, direction), planes.amin(dim=0)
    length, which, *_ = tracer.first_hits(*rays, limit)
    normal = tracer.normals(*rays, length, which)
    point, surface_normal, _, lit = studio._ray_ends(
        scene, direction, planes, length, which, normal
    )
    sun = (scene.sun, scene.sun_sharpness, lit)
    return {
        "first hits": lambda: tracer.first_hits(*rays, limit),
        "normals": lambda: tracer.normals(*rays, length, which),
        "sunlight": lambda: tracer.sunlight(grids, objects, point, surface_normal, *sun),
        "openness": lambda: tracer.openness(grids, objects, scene.planes, point, surface_normal),
    }


@torch.no_grad()
def compare(studio: Studio, pictures: int = COMPARED_PICTURES) -> dict[str, float]:
    """Returns the share of rays for which the Triton and the torch tracer agree.

    Parameters
    ----------
    studio : Studio
        A studio on a GPU.
    pictures : int
        Number of scenes.
    """
    from training.studio.rendering import triton_tracer

    tracers = (triton_tracer, torch_tracer)
    slot = torch.arange(pictures, device=studio.device) % studio.bank.slots
    scene, *_ = studio.scene(random_numbers(pictures, studio.device, 1), slot)
    grids, objects = studio.bank.grids(), scene.objects()
    _, _, direction, planes = studio._view(scene, studio.config.image_size)
    rays, limit = (grids, objects, scene.eye, direction), planes.amin(dim=0)
    hits = [tracer.first_hits(*rays, limit) for tracer in tracers]
    length, which, *_ = hits[1]
    normals = [tracer.normals(*rays, length, which) for tracer in tracers]
    point, normal, _, lit = studio._ray_ends(scene, direction, planes, length, which, normals[1])
    sun = (scene.sun, scene.sun_sharpness, lit)
    names = ("length", "object", "glass", "glass object")
    pairs = {
        **dict(zip(names, zip(*hits, strict=True), strict=True)),
        "normal": normals,
        "sunlight": [t.sunlight(grids, objects, point, normal, *sun) for t in tracers],
        "openness": [t.openness(grids, objects, scene.planes, point, normal) for t in tracers],
    }
    return {name: _agreement(*pair) for name, pair in pairs.items()}


def _agreement(one: torch.Tensor, other: torch.Tensor) -> float:
    """Share of equal values, within TOLERANCE."""
    return ((one - other).abs() <= TOLERANCE).double().mean().item()


def table(report: dict) -> str:
    """Formats the report of `benchmark` as Markdown."""
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
