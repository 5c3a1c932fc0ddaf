"""Copies the light panoramas at the size that the studio uses, a quarter of their bytes.

python -m training.leases.pack_skies ../shared/data/hdri .lease/a/data/hdri
"""

import io
import shutil
import sys
import zipfile
from pathlib import Path

import numpy as np

from training.data.archives import read_entries, read_index
from training.studio.assets import SKY


def pooled(sky: np.ndarray) -> np.ndarray:
    """Returns the means of blocks of a panorama (H, W, 3): (*SKY, 3) float16."""
    rows, columns = (side // small for side, small in zip(sky.shape[:2], SKY, strict=True))
    blocks = sky.astype(np.float32).reshape(SKY[0], rows, SKY[1], columns, 3)
    return blocks.mean(axis=(1, 3)).astype(np.float16)


def main(source: Path, target: Path) -> None:
    """Writes `target/index.json` and its archive."""
    target.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source / "index.json", target / "index.json")
    with zipfile.ZipFile(target / f"{target.name}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for item, data in read_entries(source, read_index(source)):
            file = io.BytesIO()
            np.save(file, pooled(np.load(io.BytesIO(data))))
            archive.writestr(item["name"], file.getvalue())


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))
