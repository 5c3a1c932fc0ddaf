"""The curves of a run as CSV files, one for each group of figures: OUTPUT/curves/train.csv.

    curves = CurveFiles(Path("runs/a/curves"), first_step=0)
    curves.add("train", 50, {"loss": 1.2})       # the row "50,1.2"

A resumed run removes the rows after the step that it continues from, so that each step has one row.
"""

import csv
from pathlib import Path

STEP = "step"  # first column of every file
DIGITS = 6  # significant digits of a value


class CurveFiles:
    """CSV files of a run.

    Parameters
    ----------
    folder : Path
        Created with the first row.
    first_step : int
        Step that the run continues from; later rows of earlier calls are removed.
    """

    def __init__(self, folder: Path, first_step: int = 0):
        self.folder, self.first_step = folder, first_step
        self._columns: dict[str, list[str]] = {}  # columns of each file that was opened

    def add(self, group: str, step: int, values: dict[str, float]) -> None:
        """Appends a row to the file of a group; new columns rewrite the file."""
        path = self.folder / f"{group}.csv"
        if group not in self._columns:
            rows = [
                row for row in read_rows(path) if int(row[STEP]) <= min(self.first_step, step - 1)
            ]
            self._rewrite(group, rows, values)
        elif not values.keys() <= set(self._columns[group]):
            self._rewrite(group, read_rows(path), values)
        row = {STEP: step} | {name: f"{value:.{DIGITS}g}" for name, value in values.items()}
        with open(path, "a", newline="", encoding="utf-8") as file:
            csv.DictWriter(file, self._columns[group]).writerow(row)

    def _rewrite(self, group: str, rows: list[dict], values: dict[str, float]) -> None:
        """Writes the header and the earlier rows of a file."""
        names = list(rows[0]) if rows else [STEP]
        self._columns[group] = [*names, *(name for name in values if name not in names)]
        self.folder.mkdir(parents=True, exist_ok=True)
        with open(self.folder / f"{group}.csv", "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, self._columns[group])
            writer.writeheader()
            writer.writerows(rows)


def read_rows(path: Path) -> list[dict[str, str]]:
    """Returns the rows of a CSV file as dicts; empty without the file."""
    if not path.is_file():
        return []
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
