"""Reading tables that people write: CSV from any program."""

import csv
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

from core.errors import UserError


def read_rows(path: Path, known: Sequence[str] = ()) -> tuple[list[str], list[dict[str, str]]]:
    """Reads a CSV file with a line of column names.

    Spreadsheets separate cells by commas, semicolons or tabs; all three are read. Names of columns
    may have capital letters.

    Parameters
    ----------
    path : Path
        File in UTF-8, with or without a byte order mark.
    known : sequence of str, optional
        Names of the columns that the caller reads.

    Returns
    -------
    columns : list of str
        Names of the columns.
    rows : list of dict
        The cells of each line by column, without outer spaces; "" where a cell is missing.

    Raises
    ------
    UserError
        If the file cannot be read, or has a column whose name is nearly one of `known`.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines(keepends=True)
        first = lines[0] if lines else ""
        separator = next((mark for mark in ",;\t" if mark in first), ",")
        reader = csv.DictReader(lines, delimiter=separator)
        columns = [name.strip().lower() for name in reader.fieldnames or ()]
        reader.fieldnames = columns
        rows = [{name: (row.get(name) or "").strip() for name in columns} for row in reader]
    except FileNotFoundError:
        raise UserError(f"There is no table {path}; make it or correct the path.") from None
    except UnicodeDecodeError:
        raise UserError(f"{path} is not in UTF-8; save the table as CSV UTF-8.") from None
    except (OSError, csv.Error) as error:
        raise UserError(f"{path} cannot be read as a table ({error}).") from None
    _check_names(path, columns, known)
    return columns, rows


def _check_names(path: Path, columns: Sequence[str], known: Sequence[str]) -> None:
    """Refuses misspelt columns, whose cells would be ignored; other columns are notes."""
    absent = [name for name in known if name not in columns]
    for column in columns:
        meant = get_close_matches(column, absent, n=1, cutoff=0.7)
        if column not in known and meant:
            raise UserError(f'{path} has a column "{column}"; call it {meant[0]}.')
