"""The manifest of an output folder: one JSON line for each converted photo.

A run appends lines to `manifest.jsonl` as photos are done, and the next run skips these photos. An
object store cannot append, so each run writes its lines to parts, `manifest-<start>-<n>.jsonl`. If
several lines have the same photo and box, the last one is valid.
"""

import json
import time
from dataclasses import asdict, dataclass, field
from io import BytesIO
from pathlib import Path

from batch.jobs import Job
from batch.paths import is_url, join_address
from batch.storage import list_files, read_file, write_file
from batch.tables import parquet_module
from core.files import os_error_as_write_error

PART_LINES = 1000  # lines of a part; a run that is killed loses at most these and repeats them


@dataclass(frozen=True)
class JobRecord:
    """The outcome of one job; the fields are the columns of the manifest."""

    input: str  # address of the photo
    box: list[float] | None  # as given; None if the model found the object
    category: str
    confidence: float  # expected IoU with the true shape, as on the page and in the API
    files: list[str]  # paths below the output folder
    seconds: float  # decoding, an equal share of the batch's prediction, meshing and writing
    error: str | None  # one sentence; None if the files are written
    made_with: str  # weights and settings, `BatchConfig.made_with`
    expected_iou: float = 0.0  # `confidence` under its earlier name
    warnings: list[str] = field(default_factory=list)  # of pipeline.warnings.WARNINGS
    notes: list[str] = field(default_factory=list)  # sentences to read before printing an STL
    digest: str = ""  # SHA-256 of the photo's file; "" in records of earlier versions
    probability: float = 0.0  # of the category

    @property
    def key(self) -> tuple:
        """Photo and box, equal to `Job.key`."""
        return self.input, self.box and tuple(self.box)


class Manifest:
    """The records of one output folder.

    Parameters
    ----------
    out : str
        Address of the output folder.

    Raises
    ------
    BatchError
        If an existing manifest cannot be read.
    """

    def __init__(self, out: str):
        self.out = out
        self.existing_files = list_files(out)  # a record counts only if its files exist
        self.all_records = self._read()
        self.records = {record.key: record for record in self.all_records}
        self.unwritten: list[str] = []  # lines
        self.part_prefix = f"manifest-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}"
        self.part_count = 0

    def _read(self) -> list[JobRecord]:
        """Read the records of all manifest files, oldest first."""
        names = sorted(
            n for n in self.existing_files if n.startswith("manifest") and n.endswith(".jsonl")
        )
        lines = [
            line for name in names for line in read_file(join_address(self.out, name)).splitlines()
        ]
        return [record for record in map(_parse_line, lines) if record]

    def is_done(self, job: Job, made_with: str, formats: tuple[str, ...], digest: str = "") -> bool:
        """Return True if the files of a job exist.

        Parameters
        ----------
        job : Job
            A photo and its box.
        made_with : str
            Weights and settings of this run; files made with others do not count.
        formats : tuple of str
            Formats that must exist.
        digest : str
            SHA-256 of the photo's file; a record of another content does not count. "" compares
            the address only.

        Returns
        -------
        bool
            True if the job need not run again.
        """
        record = self.records.get(job.key)
        if record is None or record.error or record.made_with != made_with:
            return False
        if digest and record.digest and record.digest != digest:
            return False
        suffixes = {name.rpartition(".")[2] for name in record.files}
        return suffixes >= set(formats) and self.existing_files >= set(record.files)

    def add(self, record: JobRecord) -> None:
        """Add a record and write it: at once to a local folder, in parts to an object store.

        Parameters
        ----------
        record : JobRecord
            Outcome of a job.

        Raises
        ------
        UserError
            If the manifest cannot be written.
        """
        self.records[record.key] = record
        self.unwritten.append(to_json(asdict(record)) + "\n")
        if len(self.unwritten) >= (PART_LINES if is_url(self.out) else 1):
            self.flush()

    def flush(self) -> None:
        """Write the lines that are not written yet.

        Raises
        ------
        UserError
            If the manifest cannot be written.
        """
        if not self.unwritten:
            return
        text, self.unwritten = "".join(self.unwritten), []
        if is_url(self.out):
            name = f"{self.part_prefix}-{self.part_count:05}.jsonl"
            write_file(join_address(self.out, name), text.encode())
            self.part_count += 1
            return
        path = Path(self.out) / "manifest.jsonl"
        with os_error_as_write_error(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("ab") as log:
                # a line that an earlier, killed run left incomplete ends here
                log.write(b"\n" * (log.tell() > 0 and not _ends_line(path)) + text.encode())

    def to_parquet(self) -> None:
        """Write all records to `manifest.parquet`.

        Raises
        ------
        UserError
            If the file cannot be written or pyarrow is not installed.
        """
        pq, buffer = parquet_module(), BytesIO()
        pq.write_table(to_table(list(self.records.values())), buffer)
        write_file(join_address(self.out, "manifest.parquet"), buffer.getvalue())


def to_json(values: dict) -> str:
    """Return one line of JSON; bytes of a file name that are not UTF-8 are escaped."""
    text = json.dumps(values, ensure_ascii=False)
    return text if is_unicode(text) else json.dumps(values)


def is_unicode(text: str) -> bool:
    """Return False for a text with bytes that Python could not decode (lone surrogates)."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def printable(text: str) -> str:
    """Return a text in which bytes that are not UTF-8 are written as escapes."""
    return text.encode("utf-8", "backslashreplace").decode()


def to_table(records: list[JobRecord]):
    """Convert records to a table.

    Parameters
    ----------
    records : list of JobRecord
        Outcomes of jobs.

    Returns
    -------
    pyarrow.Table
        Columns with fixed types, also where all values are null.
    """
    import pyarrow as pa

    columns = {
        "input": pa.string(),
        "box": pa.list_(pa.float64()),
        "category": pa.string(),
        "confidence": pa.float64(),
        "files": pa.list_(pa.string()),
        "seconds": pa.float64(),
        "error": pa.string(),
        "made_with": pa.string(),
        "expected_iou": pa.float64(),
        "warnings": pa.list_(pa.string()),
        "notes": pa.list_(pa.string()),
        "digest": pa.string(),
        "probability": pa.float64(),
    }
    rows = [_printable_values(asdict(record)) for record in records]
    return pa.Table.from_pylist(rows, pa.schema(columns))


def _printable_values(values: dict) -> dict:
    """Escape texts that Arrow does not take."""
    escaped = {}
    for name, value in values.items():
        if isinstance(value, list):
            escaped[name] = [printable(v) if isinstance(v, str) else v for v in value]
        else:
            escaped[name] = printable(value) if isinstance(value, str) else value
    return escaped


def _parse_line(line: bytes) -> JobRecord | None:
    """Parse a line; None if it is incomplete because a run was killed."""
    try:
        return JobRecord(**json.loads(line))
    except (ValueError, TypeError):
        return None


def _ends_line(path: Path) -> bool:
    """Return True if the file, which is not empty, ends with a newline."""
    with path.open("rb") as log:
        log.seek(-1, 2)
        return log.read(1) == b"\n"
