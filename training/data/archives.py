"""Reading the folders of `shared/data`: an index.json beside a zip archive of the same name.

for item, data in read_entries(folder, read_index(folder)):
    item["name"], len(data)
"""

import json
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from core.errors import UserError


class ArchiveError(UserError):
    """A folder of assets that is missing or broken."""


def read_index(folder: Path) -> list[dict]:
    """Returns the items of `<folder>/index.json`; ArchiveError if the file cannot be read."""
    path = folder / "index.json"
    try:
        return json.loads(path.read_text(encoding="utf-8"))["items"]
    except (OSError, ValueError, KeyError) as error:
        raise ArchiveError(f"{path} cannot be read ({error}); download the assets again.") from None


def read_entries(folder: Path, items: Iterable[dict]) -> Iterator[tuple[dict, bytes]]:
    """Yields (item, content of its file) for items of the index, from `<folder>/<name>.zip`."""
    with zipfile.ZipFile(folder / f"{folder.name}.zip") as archive:
        for item in items:
            yield item, archive.read(item["name"])
