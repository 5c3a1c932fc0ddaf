"""The studio itself: shapes in a bank, scenes around them, pictures and targets out.

studio = Studio(StudioConfig.small(), torch.device("cpu"), seed=0)
batch = studio.batch(step=0, size=8)       # a function of (config, seed, step, size) alone
"""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from core.categories import CATEGORIES
from core.errors import UserError
from training.data.batches import Batch
from training.studio.assets import load_assets
from training.studio.random_numbers import Poses, random_numbers
from training.studio.rendering import photograph as photo
from training.studio.rendering import render
from training.studio.rendering import tracer as trace
from training.studio.rendering.tracer import STRETCH
from training.studio.scenes.scene import Scene, draw_scene
from training.studio.shapes.bank import ShapeBank, stretched_cells
from training.studio.shapes.cad import load_pool

# how often each category is drawn: bed, bookcase, chair, desk, misc, sofa, table, tool, wardrobe;
# about Pix3D's own mixture, with the small ones lifted
SHARES = (0.11, 0.08, 0.33, 0.08, 0.03, 0.14, 0.17, 0.02, 0.04)


class StudioError(UserError):
    """A setting of the studio that cannot be used, in one sentence."""


@dataclass
class StudioConfig:
    image_size: int = 224
    resolution: int = 32  # cells a side of the targets
    grid: int = 128  # cells a side of the grids that are rendered
    slots: int = 2048  # shapes on the device at once; 7.5 MB each at grid 128
    refresh_every: int = 8  # steps after which 32 procedural shapes are replaced by fresh ones
    cad_every: int = 8  # steps after which 4 CAD shapes are replaced: 10 to 18 ms each on a GPU
    stretch: float = 0.0  # of the named object's axes when its picture is drawn, see draw_stretch
    filled: int = 0  # slots that hold shapes; 0: all. Fewer make a small bank of the same layout
    cad_share: float = 0.4  # share of shapes that are real CAD, where `cad` names a pool
    shares: tuple[float, ...] | dict[str, float] = SHARES  # of categories; a dict names some alone
    assets: str | None = None  # folder with textures/, backgrounds/, hdri/ (shared/data)
    poses: str | None = None  # poses.json of real photographs
    cad: str | None = None  # file made by training.pack_cad
    tracer: str = "auto"  # "triton", "torch", or triton where there is a GPU
    workers: int = 0  # processes that make procedural pieces ahead; 0 makes them in place

    def __post_init__(self) -> None:
        if self.grid % self.resolution:
            raise StudioError(
                f"grid is {self.grid}; it must be a multiple of resolution, {self.resolution}."
            )
        if self.image_size % 8:  # tiles of JPEG and of the kernels
            raise StudioError(f"image_size is {self.image_size}; it must be a multiple of 8.")
        if self.tracer not in ("auto", "triton", "torch"):
            raise StudioError(f'tracer is "{self.tracer}"; it must be auto, triton or torch.')
        self.shares = _category_shares(self.shares)

    @classmethod
    def small(cls) -> "StudioConfig":
        """For a laptop: coarse, few shapes, no data needed."""
        return cls(image_size=64, grid=32, slots=32, refresh_every=8)


def _category_shares(shares) -> tuple[float, ...]:
    """One share for each of CATEGORIES."""
    if not isinstance(shares, dict):
        return tuple(shares)
    unknown = set(shares) - set(CATEGORIES)
    if unknown:
        raise StudioError(
            f"There is no category {', '.join(sorted(unknown))}; there are {', '.join(CATEGORIES)}."
        )
    return tuple(float(shares.get(name, 0)) for name in CATEGORIES)


class Studio:
    """Endless batches on one device; with `workers`, shapes are made ahead by other processes."""

    def __init__(self, config: StudioConfig, device: torch.device, seed: int = 0):
        self.config, self.seed = config, seed
        self.device = torch.device(device)
        self.assets = load_assets(config.assets and Path(config.assets), self.device)
        self.poses = Poses.load(config.poses and Path(config.poses), self.device)
        executor = _workers(config.workers) if config.workers else None
        self.bank = ShapeBank(
            config.slots,
            config.grid,
            config.resolution,
            config.shares,
            self.device,
            seed,
            load_pool(config.cad) if config.cad else [],
            config.cad_share,
            executor,
            config.refresh_every,
            config.cad_every,
            config.filled,
        )
        self.tracer = _tracer(config.tracer, self.device)
        compiled = self.device.type == "cuda"
        wrap = (lambda f: torch.compile(f, dynamic=False)) if compiled else (lambda f: f)
        self._view, self._meet, self._shade = map(wrap, (render.view, render.meet, render.shade))
        # the camera apart: fused with its pictures it would be drawn for every pixel
        self._draw_camera, self._photograph = wrap(photo.draw_camera), wrap(photo.photograph)
        self._draw_scene, self._targets = wrap(draw_scene), wrap(_targets)

    @torch.no_grad()
    def batch(self, step: int, size: int) -> Batch:
        """`size` pictures with their targets; the same for the same step."""
        self.bank.advance(step)
        # the shapes are drawn on the CPU: their names are then known without waiting for the GPU
        names = np.random.default_rng([self.seed, step]).integers(0, self.bank.filled, size)
        slot = torch.from_numpy(names).to(self.device, non_blocking=True)
        seed = hash((self.seed, step)) % 2**62
        numbers = random_numbers(size, self.device, seed)
        scene, azimuth, elevation = self.scene(numbers, slot)
        seen = (*self.photograph(scene, numbers, seed), azimuth, elevation, numbers[:, -1] < 0.5)
        batch = self._targets(self.bank, scene, *seen, stretched=self.config.stretch > 0)
        return replace(batch, source=[self.bank.source[i] for i in names])

    def scene(self, numbers: torch.Tensor, slot: torch.Tensor):
        """A scene around each slot (n,), and its camera's azimuth and elevation (n,)."""
        strength = self.config.stretch
        return self._draw_scene(numbers, self.bank, self.assets, self.poses, slot, strength)

    def photograph(self, scene: Scene, numbers: torch.Tensor, seed: int):
        """sRGB picture (B, 3, S, S) as a camera saves it, visible mask (B, 1, S, S), and
        coordinates (B, 3, S, S) as `render` returns them."""
        linear, mask, coordinates = self.render(scene)
        noise = photo.draw_noise(linear, seed)
        camera = self._draw_camera(numbers)
        return *self._photograph(camera, noise, linear, mask, scene), coordinates

    def render(self, scene: Scene):
        """Linear picture (B, 3, S, S), visible mask (B, 1, S, S), and the named object's points in
        its own frame (B, 3, S, S), NaN where it is not seen."""
        size, grids, objects = self.config.image_size, self.bank.grids(), scene.objects()
        rays = self._view(scene, size)
        direction, planes = rays[2:]
        where = (grids, objects, scene.eye, direction)
        length, which, glass, pane = self.tracer.first_hits(*where, planes.amin(dim=0))
        normal = self.tracer.normals(*where, length, which)
        glass_normal = self.tracer.normals(*where, glass, pane)
        ends = self._meet(scene, direction, planes, length, which, normal)
        point, normal, _, lit = ends
        light = (
            self.tracer.sunlight(
                grids, objects, point, normal, scene.sun, scene.sun_sharpness, lit
            ),
            self.tracer.openness(grids, objects, scene.planes, point, normal),
        )
        hits = (length, which, glass, pane, glass_normal)
        return self._shade(grids, self.assets, scene, rays, hits, ends, light, size)


def _tracer(name: str, device: torch.device):
    """The module whose functions follow rays; Triton is imported only where it is used."""
    if name == "torch" or (name == "auto" and device.type != "cuda"):
        return trace
    from training.studio.rendering import triton_tracer

    return triton_tracer


def surface_cells(occupancy: torch.Tensor) -> torch.Tensor:
    """(B, R, R, R) bool: solid cells that touch an empty one or the border."""
    empty = torch.nn.functional.pad(~occupancy, (1,) * 6, value=True)
    r = occupancy.shape[-1]
    near = torch.zeros_like(occupancy)
    for axis in (1, 2, 3):
        for shift in (0, 2):
            window = [slice(None), *[slice(1, r + 1)] * 3]
            window[axis] = slice(shift, r + shift)
            near |= empty[tuple(window)]
    return occupancy & near


def _targets(
    bank: ShapeBank,
    scene: Scene,
    image,
    mask,
    coordinates,
    azimuth,
    elevation,
    flip,
    stretched: bool = False,
) -> Batch:
    """A batch, in the mirror where `flip` (B,), without its sources: names would be compiled in."""
    slot = scene.slot[:, 0]
    occupancy, part = bank.occupancy[slot], bank.cell_part[slot]
    if stretched:
        occupancy, part = stretched_cells(bank, slot, scene.pose[:, 0, STRETCH])
    palette = scene.materials[:, : bank.own_color.shape[1], :3]  # linear
    index = part.flatten(1).long()[..., None].expand(-1, -1, 3)
    albedo = palette.gather(1, index).clamp(0, 1) ** (1 / 2.2)
    colors = albedo.transpose(1, 2).unflatten(2, occupancy.shape[1:])
    batch = Batch(
        image=image,
        mask=mask,
        occupancy=occupancy.float(),
        colors=colors,
        surface=surface_cells(occupancy),
        category=bank.category[slot],
        azimuth=torch.remainder(azimuth + torch.pi, 2 * torch.pi) - torch.pi,
        elevation=elevation,
        coordinates=torch.where(mask > 0, coordinates, torch.nan),
        source=[],
    )
    return _mirror(batch, flip)


def _mirror(batch: Batch, flip: torch.Tensor) -> Batch:
    """Left and right exchanged where `flip` (B,)."""
    plain, mirrored = batch.tensors(), batch.mirrored().tensors()
    chosen = {
        name: torch.where(flip.view(-1, *[1] * (value.dim() - 1)), mirrored[name], value)
        for name, value in plain.items()
    }
    return replace(batch, **chosen)


def _workers(count: int) -> ProcessPoolExecutor:
    """Processes that make pieces; spawned, since a forked one cannot share a GPU's context."""
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(count, context, torch.set_num_threads, (1,))
