"""Real photographs of Pix3D as training batches: each record's crop with the shape that it shows.

    records = splits.select(pix3d.load_records("pix3d"), splits.load_splits("splits.json")["train"])
    batches = PhotoBatches(Pix3DPhotos("pix3d", records, augment=True), batch_size=64, seed=0)

    python -m training.preview_photos --data ../shared/data/pix3d_dev --sheet runs/sheet.jpg

Batch number n depends on the seed and n alone: not on threads, nor on what was drawn before.
"""

import argparse
import sys
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import count
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
from training.evaluation.gallery import draw_voxels
from training.pix3d import dataset
from training.splits import select
from voxel_model import VoxelConfig

MIRRORED_SHARE = 0.5  # furniture has no handedness that its category would tell
TILE = 224  # pixels a side on the contact sheet


class Pix3DPhotos(Dataset):
    """Photos cropped by their box with the shape that each shows; items are batches of one.

    root : folder that holds pix3d.json
    grids : folder written by training.convert_voxels, or None to read the .mat files
    augment : mirror, shift and scale the crop, vary light, colour and sharpness
    A photo that cannot be read is named in a warning once and its neighbour takes its place.
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
        self._packed: dict[str, np.ndarray] = {}  # 4 kB a shape at 32^3
        self._broken: set[int] = set()

    def __len__(self) -> int:
        return len(self.records)

    def __getitem__(self, key: int | tuple[int, int]) -> Batch:
        """Sample `index`, or (index, draw): the draw's number seeds the augmentation."""
        index, draw = key if isinstance(key, tuple) else (key, 0)
        for turn in range(len(self)):
            chosen = (index + turn) % len(self)
            if chosen not in self._broken:
                try:
                    return self._sample(self.records[chosen], draw)
                except dataset.DataError as error:
                    warnings.warn(f"left out: {error}", stacklevel=2)
                    self._broken.add(chosen)
        raise dataset.DataError(f"Not one photo under {self.root} can be read.")

    def _sample(self, record: dataset.Record, draw: int) -> Batch:
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
            source=[f"pix3d:{record.img}"],
        )
        return batch.mirrored() if self.augment and rng.random() < MIRRORED_SHARE else batch

    def _crop(self, record, rng) -> tuple[Image.Image, Image.Image]:
        """Photo and mask (L) at size x size, from one square around the box."""
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
        # what lies outside the picture keeps the grey that it has in prediction
        return Image.composite(augment_photo(crop, mask, rng), crop, inside), mask

    def _grid(self, voxel: str) -> np.ndarray:
        """(R, R, R) bool; each shape is read once and kept packed."""
        if voxel not in self._packed:
            if self.grids is not None:
                grid = dataset.load_grid(self.grids, voxel, self.resolution)
            else:
                voxels = dataset.to_model_axes(dataset.read_voxels(self.root, voxel))
                grid = dataset.canonical_grid(voxels, self.resolution)
            self._packed[voxel] = np.packbits(grid)
        return np.unpackbits(self._packed[voxel]).reshape((self.resolution,) * 3).astype(bool)


def _radians(degrees: float | None) -> torch.Tensor:
    value = float("nan") if degrees is None else np.radians(degrees)
    return torch.tensor([value], dtype=torch.float32)


class PhotoBatches:
    """Endless batches of photos: batch n is a pure function of the seed and n.

    Every epoch is a new order of all photos. Threads decode, and the next batch is begun while
    this one trains: decoding and resizing release Python's lock.
    rank, world : each process of a distributed run sees its own share of one common order
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
        self._begun: tuple[tuple[int, int], list[Future]] | None = None

    def batch(self, step: int, size: int | None = None) -> Batch:
        """Batch number `step`, of `size` or the usual number of samples."""
        key = (step, size or self.batch_size)
        futures = self._begun[1] if self._begun and self._begun[0] == key else self._begin(*key)
        following = (step + 1, key[1])
        self._begun = (following, self._begin(*following))
        return concatenate([future.result() for future in futures]).to(self.device)

    def _begin(self, step: int, size: int) -> list[Future]:
        draws = [(step * self.world + self.rank) * size + i for i in range(size)]
        return [self._threads.submit(self.sample, draw) for draw in draws]

    def sample(self, draw: int) -> Batch:
        """The draw-th sample of all processes together."""
        epoch, position = divmod(draw, len(self.photos))
        order = np.random.default_rng((self.seed, epoch)).permutation(len(self.photos))
        return self.photos[int(order[position]), draw]

    def __iter__(self) -> Iterator[Batch]:
        return self.iter_from(0)

    def iter_from(self, step: int) -> Iterator[Batch]:
        return map(self.batch, count(step))


def contact_sheet(batch: Batch, columns: int = 3) -> Image.Image:
    """Each sample's picture, its mask laid over it, and its grid from the camera of the sample."""
    rows = -(-len(batch) // columns)
    sheet = Image.new("RGB", (columns * 3 * TILE, rows * TILE), "white")
    for i in range(len(batch)):
        pixels = (batch.image[i].permute(1, 2, 0).numpy() * 255).astype(np.uint8)
        dimmed = (pixels * (0.25 + 0.75 * batch.mask[i, 0, :, :, None].numpy())).astype(np.uint8)
        azimuth, elevation = np.nan_to_num(
            np.degrees([float(batch.azimuth[i]), float(batch.elevation[i])]), nan=20.0
        )
        drawn = draw_voxels(batch.occupancy[i].numpy(), None, azimuth, elevation, TILE)
        left, top = i % columns * 3 * TILE, i // columns * TILE
        tiles = (Image.fromarray(pixels), Image.fromarray(dimmed), drawn)
        for position, tile in enumerate(tiles):
            sheet.paste(tile.resize((TILE, TILE)), (left + position * TILE, top))
    return sheet


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", required=True, help="folder that holds pix3d.json")
    parser.add_argument("--sheet", default="runs/sheet.jpg", help="picture to write")
    parser.add_argument("--grids", help="folder of training.convert_voxels (default: .mat)")
    parser.add_argument("--clean", action="store_true", help="no truncated or occluded photos")
    parser.add_argument("--count", type=int, default=18, help="samples on the sheet")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args(argv)
    try:
        records = dataset.load_records(args.data)
        records = select(records, truncated=not args.clean, occluded=not args.clean)
        photos = Pix3DPhotos(args.data, records, grids=args.grids, augment=True, seed=args.seed)
        batch = next(iter(PhotoBatches(photos, args.count, args.seed)))
    except dataset.DataError as error:
        print(error, file=sys.stderr)
        return 2
    Path(args.sheet).parent.mkdir(parents=True, exist_ok=True)
    contact_sheet(batch).save(args.sheet)
    print(f"{len(photos)} photos; {len(batch)} augmented samples drawn on {args.sheet}")
    return 0
