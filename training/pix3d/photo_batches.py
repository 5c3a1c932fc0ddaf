"""Photos as training batches: the crop around each object and the grid of its shape.

    photos = Pix3DPhotos("pix3d", records, grids="runs/grids", augment=True)
    batches = PhotoBatches(photos, batch_size=64, seed=0)
    batch = batches.batch(step)

A batch depends on the seed and its number alone, not on threads or on earlier batches.
"""

import os
import warnings
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch.utils.data import Dataset

from training.data.batches import Batch, concatenate
from training.photo_data.crop_cache import CropCache
from training.photo_data.crops import draw_crop, read_part
from training.pix3d import dataset
from training.pix3d.packed_grids import load_grid
from voxel_model import VoxelConfig

MAX_THREADS = 16  # more compete for Python's lock
MIRRORED_SHARE = 0.5  # of augmented samples; no category is more often left- or right-handed


class Pix3DPhotos(Dataset):
    """Photos cropped by their annotated boxes, each with its shape; an item is a batch of one.

    If a photo cannot be read, a warning names it once and the next readable photo replaces it.

    Parameters
    ----------
    root : str or Path
        Folder that holds pix3d.json or photos.csv.
    records : sequence of Record
        Photos of the data set.
    resolution : int
        Cells a side of the target grids.
    grids : str or Path, optional
        Folder that training.convert_voxels wrote, None to read the .mat files.
    augment : bool
        Mirror, shift and scale the crop; vary light, colour and sharpness.
    seed : int
        Seed of the augmentation.
    config : VoxelConfig, optional
        Its `image_size` and `crop_margin` define the crop, its `categories` the labels; a category
        that it does not have is an unknown label.
    cache : str or Path, optional
        Folder of decoded crops, which is written if it is missing; None to decode each photo anew.
    threads : int
        Threads that write the cache; 0 for one a core.

    Raises
    ------
    DataError
        If there are no records.
    """

    def __init__(
        self,
        root: str | Path,
        records: Sequence[dataset.Record],
        resolution: int = 32,
        grids: str | Path | None = None,
        augment: bool = False,
        seed: int = 0,
        config: VoxelConfig | None = None,
        cache: str | Path | None = None,
        threads: int = 0,
    ):
        if not records:
            raise dataset.DataError(
                "No photo is left to train on; check the split and the filters."
            )
        self.root, self.records, self.grids = root, list(records), grids
        self.resolution, self.augment, self.seed = resolution, augment, seed
        config = config or VoxelConfig()
        self.size, self.margin = config.image_size, config.crop_margin
        self.categories = config.categories
        self.cache = None
        if cache is not None:
            self.cache = CropCache.make(cache, root, self.records, self.size, self.margin, threads)
        self._packed: dict[str, np.ndarray] = {}  # grids by voxel file; 4 kB a shape at 32^3
        self._broken: set[int] = set()  # indices of unreadable photos

    def __len__(self) -> int:
        """Returns the number of photos, broken ones included."""
        return len(self.records)

    def __getitem__(self, key: int | tuple[int, int]) -> Batch:
        """Returns a sample.

        Parameters
        ----------
        key : int or (int, int)
            Index of the photo, or (index, draw); `draw` seeds the augmentation.

        Raises
        ------
        DataError
            If no photo of the data set can be read.
        """
        index, draw = key if isinstance(key, tuple) else (key, 0)
        for offset in range(len(self)):
            chosen = (index + offset) % len(self)
            if chosen not in self._broken:
                try:
                    return self._sample(chosen, draw)
                except dataset.DataError as error:
                    warnings.warn(f"left out: {error}", stacklevel=2)
                    self._broken.add(chosen)
        raise dataset.DataError(f"Not one photo under {self.root} can be read.")

    def _sample(self, number: int, draw: int) -> Batch:
        """One photo as a batch of one."""
        record = self.records[number]
        rng = np.random.default_rng((self.seed, draw))
        part = self.cache.read(number) if self.cache else read_part(self.root, record, self.margin)
        image, mask = draw_crop(part, self.size, rng if self.augment else None)
        occupancy = torch.from_numpy(self._grid(record.voxel)).float()[None]
        batch = Batch(
            image=torch.from_numpy(np.array(image)).permute(2, 0, 1)[None].float() / 255,
            mask=_mask_tensor(mask, self.size),
            occupancy=occupancy,
            colors=torch.zeros(1, 3, *occupancy.shape[1:]),
            surface=torch.zeros(occupancy.shape, dtype=torch.bool),
            category=torch.tensor([self._label(record.category)]),
            azimuth=_radians(record.azimuth),
            elevation=_radians(record.elevation),
            coordinates=torch.full((1, 3, self.size, self.size), torch.nan),
            source=[f"photo:{record.img}" if record.upright else f"pix3d:{record.img}"],
        )
        return batch.mirrored() if self.augment and rng.random() < MIRRORED_SHARE else batch

    def _label(self, category: str) -> int:
        """Number of a category, -1 if the network does not have it."""
        return self.categories.index(category) if category in self.categories else -1

    def _grid(self, voxel: str) -> np.ndarray:
        """(R, R, R) bool; each shape is read once and cached as packed bits."""
        if voxel not in self._packed:
            if self.grids is not None:
                grid = load_grid(self.grids, voxel, self.resolution)
            else:
                voxels = dataset.to_model_axes(dataset.read_voxels(self.root, voxel))
                grid = dataset.canonical_grid(voxels, self.resolution)
            self._packed[voxel] = np.packbits(grid)
        return np.unpackbits(self._packed[voxel]).reshape((self.resolution,) * 3).astype(bool)


def _mask_tensor(mask: Image.Image | None, size: int) -> torch.Tensor:
    """(1, 1, size, size) float32 in [0, 1]; NaN where the mask is unknown."""
    if mask is None:
        return torch.full((1, 1, size, size), torch.nan)
    return torch.from_numpy(np.array(mask))[None, None].float() / 255


def _radians(degrees: float | None) -> torch.Tensor:
    """(1,) float32, NaN for None."""
    value = float("nan") if degrees is None else np.radians(degrees)
    return torch.tensor([value], dtype=torch.float32)


class PhotoBatches:
    """Endless batches of photos; batch n is a pure function of the seed and n.

    Each epoch is a new permutation of all photos. Threads decode the photos (decoding and resizing
    release the interpreter lock), and the next batch is started while the current one trains.

    Parameters
    ----------
    photos : Pix3DPhotos
        The samples.
    batch_size : int
        Default number of samples a batch.
    seed : int
        Seed of the permutations.
    workers : int
        Number of threads; 0 for one a core, at most MAX_THREADS.
    rank, world : int
        Index of this process and number of processes; they share one order of the photos.
    device : torch.device or str
        Device of the returned batches.
    """

    def __init__(
        self,
        photos: Pix3DPhotos,
        batch_size: int = 64,
        seed: int = 0,
        workers: int = 0,
        rank: int = 0,
        world: int = 1,
        device: torch.device | str = "cpu",
    ):
        self.photos, self.batch_size, self.seed, self.device = photos, batch_size, seed, device
        self.rank, self.world = rank, world
        self._threads = ThreadPoolExecutor(
            workers or min(MAX_THREADS, os.cpu_count() or 1), thread_name_prefix="photos"
        )
        self._started: tuple[tuple[int, int], list[Future]] | None = None  # the next batch

    def batch(self, step: int, size: int | None = None) -> Batch:
        """Returns batch number `step` with `size` (default: `batch_size`) samples."""
        key = (step, size or self.batch_size)
        if self._started and self._started[0] == key:
            futures = self._started[1]
        else:
            futures = self._start(*key)
        following = (step + 1, key[1])
        self._started = (following, self._start(*following))
        return concatenate([future.result() for future in futures]).to(self.device)

    def _start(self, step: int, size: int) -> list[Future]:
        """Submits the samples of a batch to the threads."""
        draws = [(step * self.world + self.rank) * size + i for i in range(size)]
        return [self._threads.submit(self.sample, draw) for draw in draws]

    def sample(self, draw: int) -> Batch:
        """Returns sample number `draw`, counted over all processes."""
        epoch, position = divmod(draw, len(self.photos))
        order = np.random.default_rng((self.seed, epoch)).permutation(len(self.photos))
        return self.photos[int(order[position]), draw]
