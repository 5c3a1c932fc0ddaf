"""The record of what is done: one JSON line for each picture, in the folder of the models.

A run adds lines to `manifest.jsonl` as pictures are done, and the next run starts after them. An
object store cannot append, so there each run puts its lines in parts, `manifest-<start>-<n>.jsonl`.
Of several lines about one picture and box the last counts.
"""

import json
import time
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path

from batch.jobs import Job, parquet_module
from batch.storage import is_url, join_address, list_files, read_file, write_file

PART_LINES = 1000  # lost at most when a run into an object store is killed: those are done again


@dataclass(frozen=True)
class JobRecord:
    """What became of one job."""

    input: str
    box: list[float] | None  # as given; None where the model found the object
    category: str
    confidence: float  # probability of the category
    files: list[str]  # paths below the output folder
    seconds: float  # decoding, an equal share of its batch's prediction, meshing and writing
    error: str | None  # one sentence; None when the files are there
    made_with: str  # weights and settings: with others the picture is done again

    @property
    def key(self) -> tuple:
        return self.input, self.box and tuple(self.box)


class Manifest:
    """The records in one output folder."""

    def __init__(self, out: str):
        self.out = out
        self.existing_files = list_files(out)  # files, to trust no record whose model was removed
        self.records = {record.key: record for record in self._read()}
        self.lines: list[str] = []  # not yet written
        self.part = f"manifest-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}"
        self.parts = 0

    def _read(self) -> list[JobRecord]:
        logs = sorted(
            n for n in self.existing_files if n.startswith("manifest") and n.endswith(".jsonl")
        )
        lines = [
            line for log in logs for line in read_file(join_address(self.out, log)).splitlines()
        ]
        return [record for record in map(_record, lines) if record]

    def is_done(self, job: Job, made_with: str, formats: tuple[str, ...]) -> bool:
        record = self.records.get(job.key)
        if record is None or record.error or record.made_with != made_with:
            return False
        suffixes = {name.rpartition(".")[2] for name in record.files}
        return suffixes >= set(formats) and self.existing_files >= set(record.files)

    def add(self, record: JobRecord) -> None:
        self.records[record.key] = record
        self.lines.append(json.dumps(asdict(record), ensure_ascii=False) + "\n")
        if len(self.lines) >= (PART_LINES if is_url(self.out) else 1):
            self.flush()

    def flush(self) -> None:
        if not self.lines:
            return
        text, self.lines = "".join(self.lines), []
        if is_url(self.out):
            write_file(join_address(self.out, f"{self.part}-{self.parts:05}.jsonl"), text.encode())
            self.parts += 1
            return
        path = Path(self.out) / "manifest.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as log:
            # a line that a kill tore off must not take the next one with it
            log.write(b"\n" * (log.tell() > 0 and not _ends_line(path)) + text.encode())

    def to_parquet(self) -> None:
        """All records as `manifest.parquet`."""
        pq, buffer = parquet_module(), BytesIO()
        pq.write_table(to_table(list(self.records.values())), buffer)
        write_file(join_address(self.out, "manifest.parquet"), buffer.getvalue())


def to_table(records: list[JobRecord]):
    """The records as a pyarrow.Table whose columns keep their types where all values are null."""
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
    }
    return pa.Table.from_pylist([asdict(record) for record in records], pa.schema(columns))


def _record(line: bytes) -> JobRecord | None:
    try:
        return JobRecord(**json.loads(line))
    except (ValueError, TypeError):  # torn by a kill: that picture is done again
        return None


def _ends_line(path: Path) -> bool:
    with path.open("rb") as log:
        log.seek(-1, 2)
        return log.read(1) == b"\n"
