"""Photos as training batches: the crop around each object and the grid of its shape.

    photos = Pix3DPhotos("pix3d", records, grids="runs/grids", augment=True)
    batches = PhotoBatches(photos, batch_size=64, seed=0)
    batch = batches.batch(step)

A batch depends on the seed and its number alone, not on workers or on earlier batches.
"""

import math
import warnings
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import Dataset

from training.data.batches import Batch
from training.photo_data.assembly import PhotoSample, assemble
from training.photo_data.crop_cache import CropCache
from training.photo_data.crops import draw_crop, read_part
from training.photo_data.sample_pool import SamplePool
from training.pix3d import dataset
from training.pix3d.packed_grids import load_grid
from voxel_model import VoxelConfig

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
        Folder for decoded crops, written on the first use. None decodes the photos at every use.
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
        """Returns a batch of one; the parameter is `index` or (`index`, `draw`) of `sample`."""
        index, draw = key if isinstance(key, tuple) else (key, 0)
        return assemble([self.sample(index, draw)], self.resolution, "cpu")

    def sample(self, index: int, draw: int = 0) -> PhotoSample:
        """Returns a sample.

        Parameters
        ----------
        index : int
            Number of the photo.
        draw : int
            Seed of the augmentation.

        Raises
        ------
        DataError
            If no photo of the data set can be read.
        """
        for offset in range(len(self)):
            chosen = (index + offset) % len(self)
            if chosen not in self._broken:
                try:
                    return self._read(chosen, draw)
                except dataset.DataError as error:
                    warnings.warn(f"left out: {error}", stacklevel=2)
                    self._broken.add(chosen)
        raise dataset.DataError(f"Not one photo under {self.root} can be read.")

    def _read(self, number: int, draw: int) -> PhotoSample:
        """Reads and crops one photo."""
        record = self.records[number]
        rng = np.random.default_rng((self.seed, draw))
        part = self.cache.read(number) if self.cache else read_part(self.root, record, self.margin)
        image, mask, place = draw_crop(part, self.size, rng if self.augment else None)
        return PhotoSample(
            image=np.asarray(image),
            mask=None if mask is None else np.asarray(mask),
            cells=self._cells(record.voxel),
            label=self._label(record.category),
            azimuth=_radians(record.azimuth),
            elevation=_radians(record.elevation),
            place=place,
            mirrored=self.augment and rng.random() < MIRRORED_SHARE,
            source=f"photo:{record.img}" if record.upright else f"pix3d:{record.img}",
        )

    def _label(self, category: str) -> int:
        """Number of a category, -1 if the network does not have it."""
        return self.categories.index(category) if category in self.categories else -1

    def _cells(self, voxel: str) -> np.ndarray:
        """Packed bits of a shape's grid; each shape is read once."""
        if voxel not in self._packed:
            if self.grids is not None:
                grid = load_grid(self.grids, voxel, self.resolution)
            else:
                voxels = dataset.to_model_axes(dataset.read_voxels(self.root, voxel))
                grid = dataset.canonical_grid(voxels, self.resolution)
            self._packed[voxel] = np.packbits(grid)
        return self._packed[voxel]


def _radians(degrees: float | None) -> float:
    """Radians, NaN for None."""
    return math.nan if degrees is None else math.radians(degrees)


class PhotoBatches:
    """Endless batches of photos; batch n is a pure function of the seed and n.

    Each epoch is a new permutation of all photos. The next batch is started while the current one
    trains.

    Parameters
    ----------
    photos : Pix3DPhotos
        The samples.
    batch_size : int
        Default number of samples a batch.
    seed : int
        Seed of the permutations.
    workers : int
        Processes that prepare samples, or 0, as `SamplePool` takes them.
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
        self._pool = SamplePool(photos, workers)
        self._last_order = (-1, np.zeros(0, int))
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
        samples = [sample for future in futures for sample in future.result()]
        return assemble(samples, self.photos.resolution, self.device)

    def _start(self, step: int, size: int) -> list[Future]:
        """Starts the samples of a batch."""
        first = (step * self.world + self.rank) * size
        return self._pool.submit([self._key(draw) for draw in range(first, first + size)])

    def _key(self, draw: int) -> tuple[int, int]:
        """Number of the photo, and seed, of sample `draw`, counted over all processes."""
        epoch, position = divmod(draw, len(self.photos))
        return int(self._order(epoch)[position]), draw

    def _order(self, epoch: int) -> np.ndarray:
        """Order of the photos in an epoch; that of the last epoch is kept: it takes 0.2 ms."""
        known, order = self._last_order
        if known != epoch:
            order = np.random.default_rng((self.seed, epoch)).permutation(len(self.photos))
            self._last_order = (epoch, order)
        return order
