"""Pix3D photos as training batches: the crop around each object and the grid of its shape.

    photos = Pix3DPhotos("pix3d", records, grids="runs/grids", augment=True)
    batches = PhotoBatches(photos, batch_size=64, seed=0)
    batch = batches.batch(step)

A batch depends on the seed and its number alone, not on threads or on earlier batches.
"""

import warnings
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch.utils.data import Dataset

from core.boxes import square_around
from core.categories import CATEGORIES
from images.preprocessing import crop_square
from training.data.augmentation import augment_photo, jitter_square
from training.data.batches import Batch, concatenate
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
        Folder that holds pix3d.json.
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
        Its `image_size` and `crop_margin` define the crop.

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
    ):
        if not records:
            raise dataset.DataError(
                "No photo is left to train on; check the split and the filters."
            )
        self.root, self.records, self.grids = root, list(records), grids
        self.resolution, self.augment, self.seed = resolution, augment, seed
        config = config or VoxelConfig()
        self.size, self.margin = config.image_size, config.crop_margin
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
                    return self._sample(self.records[chosen], draw)
                except dataset.DataError as error:
                    warnings.warn(f"left out: {error}", stacklevel=2)
                    self._broken.add(chosen)
        raise dataset.DataError(f"Not one photo under {self.root} can be read.")

    def _sample(self, record: dataset.Record, draw: int) -> Batch:
        """One photo as a batch of one."""
        rng = np.random.default_rng((self.seed, draw))
        image, mask = self._crop(record, rng)
        occupancy = torch.from_numpy(self._grid(record.voxel)).float()[None]
        batch = Batch(
            image=torch.from_numpy(np.array(image)).permute(2, 0, 1)[None].float() / 255,
            mask=torch.from_numpy(np.array(mask))[None, None].float() / 255,
            occupancy=occupancy,
            colors=torch.zeros(1, 3, *occupancy.shape[1:]),
            surface=torch.zeros(occupancy.shape, dtype=torch.bool),
            category=torch.tensor([CATEGORIES.index(record.category)]),
            azimuth=_radians(record.azimuth),
            elevation=_radians(record.elevation),
            coordinates=torch.full((1, 3, self.size, self.size), torch.nan),
            source=[f"pix3d:{record.img}"],
        )
        return batch.mirrored() if self.augment and rng.random() < MIRRORED_SHARE else batch

    def _crop(
        self, record: dataset.Record, rng: np.random.Generator
    ) -> tuple[Image.Image, Image.Image]:
        """Photo (RGB) and mask (L) of size x size pixels, from one square around the box."""
        image = dataset.read_image(self.root, record)
        mask = Image.fromarray(dataset.read_mask(self.root, record).astype(np.uint8) * 255)
        if mask.size != image.size:
            raise dataset.DataError(f"{record.mask} is {mask.size}, its photo {image.size}.")
        square = square_around(record.bbox, self.margin)
        if self.augment:
            square = jitter_square(square, rng)
        crop = crop_square(image, square, self.size)
        mask = crop_square(mask, square, self.size, fill=0)
        if not self.augment:
            return crop, mask
        inside = crop_square(Image.new("L", image.size, 255), square, self.size, fill=0)
        # pixels outside the photo keep the padding colour, as in prediction
        return Image.composite(augment_photo(crop, mask, rng), crop, inside), mask

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
        Number of threads.
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
        workers: int = 4,
        rank: int = 0,
        world: int = 1,
        device: torch.device | str = "cpu",
    ):
        self.photos, self.batch_size, self.seed, self.device = photos, batch_size, seed, device
        self.rank, self.world = rank, world
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="photos")
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
