"""Downloads files of public Git repositories once, into a folder that keeps them.

    files = Downloads(Path("data/downloads"))
    path = files.fetch("pmndrs/assets", "d8709a9b...", "src/hdri/apartment.hdr")
    files.write_record(Path("data/downloads.csv"))      # address, bytes and SHA-256 of each file

A commit fixes the content of its files. A file that is there already is not downloaded again, so
that an interrupted call can be repeated.
"""

import csv
import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from tqdm import tqdm

from core.errors import UserError
from core.files import write_atomic
from training.preflight.provenance import sha256

TIMEOUT = 60  # seconds without an answer
ATTEMPTS = 3  # servers close connections and limit rates
PAUSE = 5.0  # seconds before the next attempt
MAX_BYTES = 64 * 2**20  # the largest file of the list, a 1k panorama, has about 2 MB
MIRRORED = "https://raw.githubusercontent.com"  # a mirror takes the place of this part


class DownloadError(UserError):
    """A file that cannot be downloaded, or that is not what was expected."""


class Downloads:
    """Files of public repositories.

    Parameters
    ----------
    folder : Path
        Keeps the files as <owner>/<name>/<commit>/<path>.
    address : str
        With the placeholders {repository}, {commit} and {path}.
    mirror : str, optional
        Takes the place of https://raw.githubusercontent.com.
    """

    def __init__(self, folder: Path, address: str, mirror: str | None = None):
        self.folder = folder
        self.address = address.replace(MIRRORED, mirror.rstrip("/")) if mirror else address
        self._record: dict[str, Path] = {}  # address -> file
        self._progress = tqdm(unit="file", disable=None)  # on a terminal only

    def fetch(self, repository: str, commit: str, path: str) -> Path:
        """Returns the local copy of a file.

        Raises
        ------
        DownloadError
            If the server does not send it.
        """
        address = self.address.format(repository=repository, commit=commit, path=quote(path))
        target = self.folder / repository / commit / path
        if not target.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(target, download(address))
        self._record[address] = target
        self._progress.update()
        return target

    def write_record(self, path: Path) -> None:
        """Writes a table of the fetched files: address, bytes, SHA-256. Ends the progress bar."""
        self._progress.close()
        with open(path, "w", newline="", encoding="utf-8") as file:
            table = csv.writer(file)
            table.writerow(["address", "bytes", "sha256"])
            for address, local in sorted(self._record.items()):
                table.writerow([address, local.stat().st_size, sha256(local)])


def download(address: str, sleep: Callable[[float], None] = time.sleep) -> bytes:
    """Downloads a file.

    Parameters
    ----------
    address : str
        HTTP or HTTPS.
    sleep : callable
        Waits between attempts.

    Raises
    ------
    DownloadError
        If the last of ATTEMPTS attempts fails, if the file does not exist, or if it has more than
        MAX_BYTES.
    """
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with urllib.request.urlopen(address, timeout=TIMEOUT) as answer:
                content = answer.read(MAX_BYTES + 1)
            break
        except (OSError, http.client.HTTPException) as error:
            missing = isinstance(error, urllib.error.HTTPError) and error.code in (404, 410)
            if missing or attempt == ATTEMPTS:
                raise DownloadError(f"{address} cannot be downloaded ({error}).") from None
            sleep(PAUSE)
    if len(content) > MAX_BYTES:
        raise DownloadError(f"{address} has more than {MAX_BYTES >> 20} MB, which is unexpected.")
    return content
