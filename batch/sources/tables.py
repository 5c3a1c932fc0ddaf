"""Tables of photos: CSV files, as editors and Excel write them, and Parquet files.

A table has a column `path` and, if the object's box is known, columns `x0`, `y0`, `x1`, `y1` in
pixels of the upright image. Relative paths start at the table's folder.
"""

import codecs
import csv
import re
from collections.abc import Iterator
from io import BytesIO, StringIO

from batch.paths import join_row, parent_address
from batch.storage import read_file
from core.boxes import Box
from core.errors import BatchError

BOX_COLUMNS = ("x0", "y0", "x1", "y1")
DELIMITERS = ",;\t"
DELIMITER_LINE = re.compile(r"\s*sep=(.)\s*?\r?\n", re.IGNORECASE)  # the first line of some CSVs
UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_table(address: str) -> Iterator[tuple[str, Box | None, str]]:
    """Read the photos of a table.

    Parameters
    ----------
    address : str
        Local path or URL of a .csv or .parquet file.

    Yields
    ------
    input : str
        Address of the photo.
    box : tuple of 4 float, or None
        The object; None if the columns are missing, empty or null.
    path : str
        The path as the table has it.

    Raises
    ------
    BatchError
        If the table cannot be read, or a row has no path or an incomplete box.
    """
    is_parquet = address.lower().endswith(".parquet")
    rows = _parquet_rows(address) if is_parquet else _csv_rows(address)
    if not rows or "path" not in rows[0]:
        raise BatchError(f"{address} has no rows with a column `path`.")
    folder = parent_address(address)
    for number, row in enumerate(rows, 1):
        where, path = f"{address}, row {number}", row["path"]
        if not (isinstance(path, str) and path.strip()):
            raise BatchError(f"{where}: there is no path.")
        yield join_row(folder, path), _box(row, where), path


def _csv_rows(address: str) -> list[dict]:
    """Read a CSV of any encoding and delimiter that spreadsheets write."""
    text = decode_text(read_file(address))
    if match := DELIMITER_LINE.match(text):
        delimiter, text = match[1], text[match.end() :]
    else:
        header = text.partition("\n")[0]
        delimiter = max(DELIMITERS, key=header.count)
    try:
        rows = list(csv.DictReader(StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise BatchError(f"{address} is not a CSV table that can be read: {error}.") from error
    if delimiter == ";":  # where the decimal sign is a comma
        for row in rows:
            row.update({side: row[side].replace(",", ".") for side in BOX_COLUMNS if row.get(side)})
    return [{_column(name): value for name, value in row.items()} for row in rows]


def _column(name: str | None) -> str | None:
    """Return the name of a column; None is that of the fields beyond the header."""
    return name and name.strip().lower()


def decode_text(data: bytes) -> str:
    """Decode a text file of UTF-8, of UTF-16, or of the code page of Western Windows.

    Parameters
    ----------
    data : bytes
        Content of the file.

    Returns
    -------
    str
        The text without a byte order mark.
    """
    if data.startswith(UTF16_MARKS):
        return data.decode("utf-16", "replace")
    if b"\0" in data[:100]:  # UTF-16 without a mark: every other byte of ASCII text is 0
        return data.decode("utf-16-be" if data[:1] == b"\0" else "utf-16-le", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _parquet_rows(address: str) -> list[dict]:
    """Read a Parquet file."""
    parquet = parquet_module()
    import pyarrow

    try:
        return parquet.read_table(BytesIO(read_file(address))).to_pylist()
    except (pyarrow.ArrowException, OSError) as error:
        reason = " ".join(str(error).split()).rstrip(".")
        raise BatchError(f"{address} is not a whole Parquet file: {reason}.") from error


def parquet_module():
    """Import and return pyarrow.parquet.

    Raises
    ------
    BatchError
        If pyarrow is not installed.
    """
    try:
        import pyarrow.parquet
    except ImportError as error:
        raise BatchError("Parquet needs pyarrow: pip install pyarrow.") from error
    return pyarrow.parquet


def _box(row: dict, where: str) -> Box | None:
    """Return the box of a row; None if the columns are missing, empty or null."""
    sides = [row.get(side) for side in BOX_COLUMNS]
    if all(side in (None, "") for side in sides):
        return None
    try:
        return tuple(float(side) for side in sides)
    except (TypeError, ValueError) as error:
        raise BatchError(f"{where}: {', '.join(BOX_COLUMNS)} must be four numbers.") from error
