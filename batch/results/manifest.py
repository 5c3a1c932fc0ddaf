"""The manifest of an output folder: one JSON line for each converted photo or piece.

A run appends lines to `manifest.jsonl` as photos are done, and the next run skips these photos. An
object store cannot append, so each run writes its lines to parts, `manifest-<start>-<n>.jsonl`. If
several lines have the same photo and box, the last one is valid.
"""

import time
from dataclasses import asdict
from io import BytesIO
from pathlib import Path

from batch.paths import is_url, join_address
from batch.results.records import JobRecord, parse_line, to_json, to_table
from batch.sources.jobs import Job
from batch.sources.tables import parquet_module
from batch.storage import list_files, read_file, write_file
from core.files import os_error_as_write_error

PART_LINES = 1000  # lines of a part; a run that is killed loses at most these and repeats them


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
        self.by_job: dict[tuple, dict[tuple, JobRecord]] = {}  # valid records by job and key
        for record in self.all_records:
            self._keep(record)
        self.unwritten: list[str] = []  # lines
        self.part_prefix = f"manifest-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}"
        self.part_count = 0

    @property
    def records(self) -> dict[tuple, JobRecord]:
        """The valid records by key."""
        return {key: record for rows in self.by_job.values() for key, record in rows.items()}

    def _keep(self, record: JobRecord) -> None:
        """Replace the earlier records of the same key; the first of all pieces those of all."""
        rows = self.by_job.setdefault(record.job_key, {})
        if record.piece and record.piece["number"] <= 1:
            rows.clear()
        rows[record.key] = record

    def of_job(self, job: Job) -> list[JobRecord]:
        """Return the valid records of a job: one, or one for each piece."""
        return list(self.by_job.get(job.key, {}).values())

    def _read(self) -> list[JobRecord]:
        """Read the records of all manifest files, oldest first."""
        names = sorted(
            n for n in self.existing_files if n.startswith("manifest") and n.endswith(".jsonl")
        )
        lines = [
            line for name in names for line in read_file(join_address(self.out, name)).splitlines()
        ]
        return [record for record in map(parse_line, lines) if record]

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
        records = self.of_job(job)
        if not records or len(records) != (records[0].piece or {"count": 1})["count"]:
            return False
        return all(self._is_usable(record, made_with, formats, digest) for record in records)

    def _is_usable(
        self, record: JobRecord, made_with: str, formats: tuple[str, ...], digest: str
    ) -> bool:
        """Return True if the files of one record exist; parameters as in `is_done`."""
        if record.error or record.made_with != made_with:
            return False
        if digest and record.digest and record.digest != digest:
            return False
        files = {*record.files, record.piece["scene"]} if record.piece else set(record.files)
        suffixes = {name.rpartition(".")[2] for name in record.files}
        return suffixes >= set(formats) and self.existing_files >= files

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
        self._keep(record)
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


def _ends_line(path: Path) -> bool:
    """Return True if the file, which is not empty, ends with a newline."""
    with path.open("rb") as log:
        log.seek(-1, 2)
        return log.read(1) == b"\n"
