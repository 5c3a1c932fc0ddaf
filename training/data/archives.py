"""Reading the folders of `shared/data`: an index.json beside a zip archive of the same name.

for item, data in read_entries(folder, read_index(folder)):
    item["name"], len(data)
"""

import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from PIL import Image

from core.errors import UserError

INDEX = "index.json"  # file that lists the entries of the archive beside it


class ArchiveError(UserError):
    """A folder of assets that is missing or broken."""


def read_index(folder: Path) -> list[dict]:
    """Returns the items of `<folder>/index.json`; ArchiveError if the file cannot be read."""
    path = folder / INDEX
    try:
        return json.loads(path.read_text(encoding="utf-8"))["items"]
    except (OSError, ValueError, KeyError) as error:
        raise ArchiveError(f"{path} cannot be read ({error}); download the assets again.") from None


def read_entries(folder: Path, items: Iterable[dict]) -> Iterator[tuple[dict, bytes]]:
    """Yields (item, content of its file) for items of the index, from `<folder>/<name>.zip`."""
    with zipfile.ZipFile(folder / f"{folder.name}.zip") as archive:
        for item in items:
            yield item, archive.read(item["name"])


def encode_jpeg(picture: Image.Image, quality: int) -> bytes:
    """Returns the bytes of a JPEG file."""
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=quality)
    return file.getvalue()


def write_archive(folder: Path, index: dict, files: dict[str, bytes]) -> None:
    """Writes `<folder>/index.json` and `<folder>/<name>.zip`, which `read_entries` reads.

    Parameters
    ----------
    folder : Path
        Created if it does not exist.
    index : dict
        Has the key "items": a list of dicts with the key "name".
    files : dict of str to bytes
        Content of each file of the archive; stored uncompressed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / INDEX).write_text(json.dumps(index), encoding="utf-8")
    with zipfile.ZipFile(folder / f"{folder.name}.zip", "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content)  # a fixed date: same files, same zip
