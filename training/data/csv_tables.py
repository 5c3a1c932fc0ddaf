"""Reading tables that people write: CSV from any program."""

import csv
from pathlib import Path

from core.errors import UserError


def read_rows(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    """Reads a CSV file with a line of column names.

    Spreadsheets of some languages separate cells by semicolons; both separators are read.

    Parameters
    ----------
    path : Path
        File in UTF-8, with or without a byte order mark.

    Returns
    -------
    columns : list of str
        Names of the columns.
    rows : list of dict
        The cells of each line by column, without outer spaces; "" where a cell is missing.

    Raises
    ------
    UserError
        If the file cannot be read.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines(keepends=True)
        first = lines[0] if lines else ""
        separator = ";" if ";" in first and "," not in first else ","
        reader = csv.DictReader(lines, delimiter=separator)
        columns = [name.strip() for name in reader.fieldnames or ()]
        reader.fieldnames = columns
        rows = [{name: (row.get(name) or "").strip() for name in columns} for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path} cannot be read as a table ({error}).") from None
    return columns, rows
