"""Writes the studio's samples as WebDataset shards: tar files that any framework can read.

    for path in write_shards(studio, Path("shards"), count=10_000):
        print(path)

Sample 000000042 of a shard has the files 000000042.jpg, .mask.png, .depth.png, .normals.png,
.voxels32.npy, .voxels64.npy and .json; docs/training-studio.md describes them. A sample depends on
the settings, the seed and its number alone, so that many machines can write the shards.
"""

import io
import json
import os
import tarfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from training.evaluation.metrics import max_pool
from training.studio.geometry_maps import cameras, geometry_maps
from training.studio.studio import Studio

RESOLUTION = 64  # cells a side of the studio's targets; pooled by maximum to 32
DEPTH_UNIT = 4096  # steps of the 16-bit depth in one longest side; reaches 16 longest sides
JPEG_QUALITY = 92


@dataclass
class ShardConfig:
    """Layout of the shards."""

    shard_size: int = 1000  # samples; about 100 MB
    batch_size: int = 50  # samples rendered at once; divides the shard's size
    part: int = 0  # of `parts`: this process writes every parts-th shard
    parts: int = 1
    threads: int = 4  # that encode pictures


def write_shards(
    studio: Studio, out: Path, count: int, config: ShardConfig | None = None
) -> Iterator[Path]:
    """Writes shards and yields the path of each; complete shards are left as they are.

    Parameters
    ----------
    studio : Studio
        Its targets have RESOLUTION cells a side.
    out : Path
        Folder, created if it does not exist.
    count : int
        Number of samples of all parts together.
    config : ShardConfig, optional
        Layout of the shards.
    """
    config = config or ShardConfig()
    out.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(config.threads) as pool:
        for shard in range(config.part, -(-count // config.shard_size), config.parts):
            path = out / f"studio-{shard:06}.tar"
            if not path.exists():
                first = shard * config.shard_size
                size = min(config.shard_size, count - first)
                _write_shard(studio, path, first, size, config.batch_size, pool)
            yield path


def _write_shard(
    studio: Studio, path: Path, first: int, size: int, batch_size: int, pool: ThreadPoolExecutor
) -> None:
    """Writes the samples first ... first + size; the file gets its name when it is complete."""
    partial = path.with_suffix(".partial")
    with tarfile.open(partial, "w") as shard:
        for number in range(first, first + size, batch_size):
            samples = render_samples(studio, number // batch_size, batch_size)
            wanted = samples[: first + size - number]
            for i, files in enumerate(pool.map(encode_sample, wanted)):
                for suffix, data in files.items():
                    _add(shard, f"{number + i:09}.{suffix}", data)
    os.replace(partial, path)


def _add(shard: tarfile.TarFile, name: str, data: bytes) -> None:
    """Adds a file without time or owner, so that equal samples give equal shards."""
    entry = tarfile.TarInfo(name)
    entry.size = len(data)
    shard.addfile(entry, io.BytesIO(data))


def render_samples(studio: Studio, step: int, size: int) -> list[dict]:
    """Renders a batch; returns its samples as NumPy arrays on the CPU.

    Returns
    -------
    list of dict
        "image" (S, S, 3) uint8, "mask" (S, S) uint8, "depth" (S, S) float32, "normals"
        (S, S, 3) float32, "voxels" (64, 64, 64) bool and "facts", a dict for JSON.
    """
    batch, scene, flip = studio.sample(step, size)
    depth, normals = geometry_maps(studio, scene, flip)
    columns = {
        "image": (batch.image * 255).round().byte().permute(0, 2, 3, 1),
        "mask": (batch.mask[:, 0] * 255).round().byte(),
        "depth": depth,
        "normals": normals.permute(0, 2, 3, 1),
        "voxels": batch.occupancy > 0.5,
    }
    arrays = {name: value.cpu().numpy() for name, value in columns.items()}
    views = cameras(scene, batch, flip)
    return [
        {name: value[i] for name, value in arrays.items()}
        | {
            "facts": {
                "box": mask_box(arrays["mask"][i]),
                "category": studio.config.categories[int(batch.category[i])],
                "source": batch.source[i],
                "camera": views[i],
            }
        }
        for i in range(size)
    ]


def mask_box(mask: np.ndarray) -> list[int] | None:
    """Returns the box x0, y0, x1, y1 of a mask (S, S) uint8 in pixels; None if it is empty."""
    rows, columns = np.nonzero(mask > 127)
    if not len(rows):
        return None
    low, high = (columns.min(), rows.min()), (columns.max() + 1, rows.max() + 1)
    return [int(value) for value in (*low, *high)]


def encode_sample(sample: dict) -> dict[str, bytes]:
    """Encodes a sample of `render_samples`; returns the content of each file by suffix."""
    depth = (sample["depth"] * DEPTH_UNIT).round()
    depth = np.where(depth < 2**16, depth, 0).astype(np.uint16)  # 0: unknown
    normals = ((sample["normals"] + 1) * 127.5).round().astype(np.uint8)
    voxels = sample["voxels"]
    return {
        "jpg": _picture(sample["image"], "JPEG", quality=JPEG_QUALITY),
        "mask.png": _picture(sample["mask"], "PNG"),
        "depth.png": _picture(depth, "PNG"),
        "normals.png": _picture(normals, "PNG"),
        "voxels32.npy": _array(np.packbits(max_pool(voxels, voxels.shape[0] // 32))),
        "voxels64.npy": _array(np.packbits(voxels)),
        "json": json.dumps(sample["facts"]).encode(),
    }


def _picture(pixels: np.ndarray, kind: str, **options: int) -> bytes:
    """Encodes an array as a picture."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind, **options)
    return buffer.getvalue()


def _array(values: np.ndarray) -> bytes:
    """Encodes an array as an .npy file."""
    buffer = io.BytesIO()
    np.save(buffer, values)
    return buffer.getvalue()


def studio_device() -> torch.device:
    """Returns the GPU if there is one, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")
