"""The studio: renders batches of training pictures and their targets.

studio = Studio(StudioConfig.small(), torch.device("cpu"), seed=0)
batch = studio.batch(step=0, size=8)       # a function of (config, seed, step, size) alone
"""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import torch

from training.data.batches import Batch
from training.studio.assets import load_assets
from training.studio.config import StudioConfig
from training.studio.random_numbers import Poses, random_numbers
from training.studio.rendering import photograph, render, tracer
from training.studio.scenes.scene import Scene, draw_scene
from training.studio.shapes.bank import ShapeBank
from training.studio.shapes.cad import load_pool
from training.studio.targets import make_batch


class Studio:
    """Renders endless batches on one device.

    Parameters
    ----------
    config : StudioConfig
        Settings.
    device : torch.device
        Device of the shapes and of the pictures. On a GPU the rendering code is compiled.
    seed : int
        Seed of the shapes and of the scenes.

    Raises
    ------
    ValueError
        If a file or folder that the settings name is missing.
    """

    def __init__(self, config: StudioConfig, device: torch.device, seed: int = 0):
        self.config, self.seed = config, seed
        self.device = torch.device(device)
        self.assets = load_assets(config.assets and Path(config.assets), self.device)
        self.poses = Poses.load(config.poses and Path(config.poses), self.device, config.categories)
        self.bank = ShapeBank(
            config.slots,
            config.grid,
            config.resolution,
            config.shares,
            self.device,
            seed,
            load_pool(config.cad) if config.cad else [],
            config.cad_share,
            _start_workers(config.workers) if config.workers else None,
            config.refresh_every,
            config.cad_every,
            config.filled,
            config.categories,
            config.crossings,
        )
        self.tracer = _tracer_module(config.tracer, self.device)
        compiled = self.device.type == "cuda"
        wrap = (lambda f: torch.compile(f, dynamic=False)) if compiled else (lambda f: f)
        self._view, self._lay_cover = wrap(render.view), wrap(render.lay_cover)
        self._ray_ends, self._shade = wrap(render.ray_ends), wrap(render.shade)
        # compiled apart: fused with the pictures, the exposure would be drawn for every pixel
        self._draw_exposure = wrap(photograph.draw_exposure)
        self._photograph = wrap(photograph.photograph)
        self._draw_scene, self._make_batch = wrap(draw_scene), wrap(make_batch)

    @torch.no_grad()
    def batch(self, step: int, size: int) -> Batch:
        """Renders the batch of a step.

        Parameters
        ----------
        step : int
            Step of the run. The same step gives the same batch.
        size : int
            Number of pictures.

        Returns
        -------
        Batch
            Pictures and targets on the studio's device.
        """
        return self.sample(step, size)[0]

    @torch.no_grad()
    def sample(self, step: int, size: int) -> tuple[Batch, Scene, torch.Tensor]:
        """Renders the batch of a step.

        Parameters
        ----------
        step, size : int
            As for `batch`.

        Returns
        -------
        batch : Batch
            Pictures and targets.
        scene : Scene
            Their scenes, not mirrored.
        flip : torch.Tensor
            (size,) bool, samples of the batch that are mirrored.
        """
        self.bank.advance(step)
        # slots are drawn on the CPU, so that their names are known without waiting for the GPU
        slots = np.random.default_rng([self.seed, step]).integers(0, self.bank.filled, size)
        slot = torch.from_numpy(slots).to(self.device, non_blocking=True)
        seed = hash((self.seed, step)) % 2**62
        numbers = random_numbers(size, self.device, seed)
        scene, azimuth, elevation = self.scene(numbers, slot)
        pictures = self.photograph(scene, numbers, seed)
        flip = numbers[:, -1] < 0.5
        stretched = self.config.stretch > 0
        batch = self._make_batch(
            self.bank, scene, *pictures, azimuth, elevation, flip, stretched=stretched
        )
        return replace(batch, source=[self.bank.source[i] for i in slots]), scene, flip

    def scene(
        self, numbers: torch.Tensor, slot: torch.Tensor
    ) -> tuple[Scene, torch.Tensor, torch.Tensor]:
        """Draws a scene around each shape.

        Parameters
        ----------
        numbers : torch.Tensor
            (n, NUMBERS) uniform random numbers.
        slot : torch.Tensor
            (n,) int64, slots of the named objects in the bank.

        Returns
        -------
        scene : Scene
            Scenes of n pictures.
        azimuth, elevation : torch.Tensor
            (n,) radians, direction of the cameras.
        """
        settings = self.config.stretch, self.config.centered_frames
        return self._draw_scene(numbers, self.bank, self.assets, self.poses, slot, *settings)

    def photograph(
        self, scene: Scene, numbers: torch.Tensor, seed: int
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Renders scenes with exposure, blur, noise and JPEG of a camera.

        Parameters
        ----------
        scene : Scene
            Scenes of B pictures.
        numbers : torch.Tensor
            (B, NUMBERS) uniform random numbers.
        seed : int
            Seed of the noise.

        Returns
        -------
        image : torch.Tensor
            (B, 3, S, S) sRGB in [0, 1].
        mask : torch.Tensor
            (B, 1, S, S) float32, 1 where the named object is visible.
        coordinates : torch.Tensor
            (B, 3, S, S), as `render` returns them.
        """
        linear, mask, coordinates = self.render(scene)
        return *self.develop(scene, numbers, seed, linear, mask), coordinates

    def develop(
        self,
        scene: Scene,
        numbers: torch.Tensor,
        seed: int,
        linear: torch.Tensor,
        mask: torch.Tensor,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Turns linear pictures (B, 3, S, S) into photographs.

        Returns
        -------
        image : torch.Tensor
            (B, 3, S, S) sRGB in [0, 1].
        mask : torch.Tensor
            (B, 1, S, S), 0 outside the photograph.
        """
        noise = photograph.draw_noise(linear, seed)
        exposure = self._draw_exposure(numbers)
        return self._photograph(exposure, noise, linear, mask, scene)

    def render(self, scene: Scene) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Renders scenes in linear light.

        Parameters
        ----------
        scene : Scene
            Scenes of B pictures.

        Returns
        -------
        image : torch.Tensor
            (B, 3, S, S) linear RGB.
        mask : torch.Tensor
            (B, 1, S, S) float32, 1 where the named object is visible.
        coordinates : torch.Tensor
            (B, 3, S, S) visible points of the named object in its own frame; NaN elsewhere.
        """
        return self.shade(scene, *self.trace(scene))

    def shade(self, scene: Scene, rays, hits, ends, light) -> tuple[torch.Tensor, ...]:
        """Computes the colours of traced scenes; arguments of `trace`, results of `render`."""
        size, grids = self.config.image_size, self.bank.grids()
        return self._shade(grids, self.assets, scene, rays, hits, ends, light, size)

    def trace(self, scene: Scene) -> tuple[tuple[torch.Tensor, ...], ...]:
        """Traces the rays of scenes.

        Parameters
        ----------
        scene : Scene
            Scenes of B pictures.

        Returns
        -------
        rays, hits, ends, light : tuple of torch.Tensor
            The arguments of `rendering.render.shade`.
        """
        grids, objects = self.bank.grids(), scene.covered_objects()
        rays = self._view(scene, self.config.image_size)
        direction, planes = rays[2:]
        (length, which, glass, glass_which), bare = self.first_hits(scene, direction, planes)
        eye_rays = (grids, objects, scene.eye, direction)
        normal = self.tracer.normals(*eye_rays, length, which)
        glass_normal = self.tracer.normals(*eye_rays, glass, glass_which)
        ends = self._ray_ends(scene, direction, planes, length, which, normal)
        point, normal, _, lit = ends
        light = (
            self.tracer.sunlight(
                grids, objects, point, normal, scene.sun, scene.sun_sharpness, lit
            ),
            self.tracer.openness(grids, objects, scene.planes, point, normal),
        )
        return rays, (length, which, glass, glass_which, glass_normal, *bare), ends, light

    def first_hits(
        self, scene: Scene, direction: torch.Tensor, planes: torch.Tensor
    ) -> tuple[tuple[torch.Tensor, ...], tuple[torch.Tensor, ...]]:
        """Finds the first surfaces and the first glass on camera rays.

        Parameters
        ----------
        scene : Scene
            Scenes of B pictures.
        direction, planes : torch.Tensor
            Of `rendering.render.view`.

        Returns
        -------
        hits : tuple of torch.Tensor
            Result of `rendering.render.lay_cover`.
        bare : tuple of torch.Tensor
            (B, N) length and object of the first surface without the covers.
        """
        grids, objects, limit = self.bank.grids(), scene.objects(), planes.amin(dim=0)
        bare = self.tracer.first_hits(grids, objects, scene.eye, direction, limit)
        limit = torch.minimum(limit, bare[0])
        cover = self.tracer.first_hits(grids, scene.cover(), scene.eye, direction, limit)
        return self._lay_cover(bare, cover, objects.slot.shape[1]), bare[:2]


def _tracer_module(name: str, device: torch.device) -> ModuleType:
    """Returns the module that traces rays; imports Triton only if it is used."""
    if name == "torch" or (name == "auto" and device.type != "cuda"):
        return tracer
    from training.studio.rendering import triton_tracer

    return triton_tracer


def _start_workers(count: int) -> ProcessPoolExecutor:
    """Starts processes that make pieces; spawned, since a fork cannot share a CUDA context."""
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(count, context, torch.set_num_threads, (1,))
