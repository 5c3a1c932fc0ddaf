"""Records of converted photos and pieces: lines of JSON, and rows of a table.

record = parse_line(line)            # None if the line is incomplete
to_json(asdict(record))
to_table(records)                    # pyarrow
"""

import json
from dataclasses import asdict, dataclass, field

from batch.sources.jobs import ALL_PIECES, main_file


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
    piece: dict | None = None  # of one of all pieces of a photo, see `batch.all_pieces.place_of`

    @property
    def job_key(self) -> tuple:
        """Equal to `Job.key` of its job."""
        return self.input, ALL_PIECES if self.piece else self.box and tuple(self.box)

    @property
    def key(self) -> tuple:
        """Photo and box, or photo and number of the piece: the last line of a key is valid."""
        return (*self.job_key, self.piece["number"]) if self.piece else self.job_key

    @property
    def job_name(self) -> str:
        """Name of its job; "" if no file was written."""
        if self.piece:
            return self.piece["scene"].rpartition("/")[0]
        return self.files[0].rpartition(".")[0] if self.files else ""

    @property
    def main_file(self) -> str:
        """`Job.main_file` of its job; "" if no file was written."""
        return self.job_name and main_file(self.job_name, bool(self.piece))

    @property
    def is_last(self) -> bool:
        """Return True if no other record of this job follows."""
        return not self.piece or self.piece["number"] == self.piece["count"]


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
        "piece": pa.struct(
            {
                "number": pa.int64(),
                "count": pa.int64(),
                "scene": pa.string(),
                "score": pa.float64(),
                "place": pa.list_(pa.float64()),
                "turn": pa.float64(),
                "longest_side": pa.float64(),
            }.items()
        ),
    }
    rows = [_printable_values(asdict(record)) for record in records]
    return pa.Table.from_pylist(rows, pa.schema(columns))


def _printable_values(values: dict) -> dict:
    """Escape texts that Arrow does not take."""
    escaped = {}
    for name, value in values.items():
        if isinstance(value, list):
            escaped[name] = [printable(v) if isinstance(v, str) else v for v in value]
        elif isinstance(value, dict):
            escaped[name] = _printable_values(value)
        else:
            escaped[name] = printable(value) if isinstance(value, str) else value
    return escaped


def parse_line(line: bytes) -> JobRecord | None:
    """Parse a line; None if it is incomplete because a run was killed."""
    try:
        return JobRecord(**json.loads(line))
    except (ValueError, TypeError):
        return None
