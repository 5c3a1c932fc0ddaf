"""examples/quickstart.ipynb runs from a fresh clone and is stored with small outputs."""

import re

import nbformat
import pytest

from pipeline.formats import FORMATS
from tests.execute_notebook import NOTEBOOK, execute

MAX_BYTES = 600_000  # GitHub shows larger notebooks late or not at all
LOCAL_PATHS = re.compile(r"/(work|home|tmp|root|Users|usr)/")


def code_cells(notebook) -> list:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


@pytest.fixture(scope="module")
def stored() -> list:
    """The code cells as they are in the repository."""
    return code_cells(nbformat.read(NOTEBOOK, as_version=4))


@pytest.fixture(scope="module")
def executed() -> list:
    """The code cells after the notebook has run."""
    before = set(NOTEBOOK.parent.iterdir())
    cells = code_cells(execute())
    assert set(NOTEBOOK.parent.iterdir()) == before  # the notebook leaves no files
    return cells


def text(cell) -> str:
    """The text that a cell printed."""
    return "".join(output.get("text", "") for output in cell.outputs)


def kinds(cell) -> list[str]:
    """The kinds of a cell's outputs and of their data."""
    data = [key for output in cell.outputs for key in sorted(output.get("data", {}))]
    return [output.output_type for output in cell.outputs] + data


def test_the_stored_notebook_shows_the_outputs_of_all_cells(stored):
    assert 8 <= len(stored) <= 12
    assert [cell.source for cell in stored if not cell.outputs] == []
    assert [cell.execution_count for cell in stored] == list(range(1, len(stored) + 1))
    found = {kind for cell in stored for kind in kinds(cell)}
    assert "image/jpeg" in found
    assert found <= {"stream", "execute_result", "image/jpeg", "text/plain"}  # no error, no viewer


def test_the_stored_notebook_is_small_and_names_no_local_path():
    content = NOTEBOOK.read_text(encoding="utf-8")
    assert len(content.encode()) < MAX_BYTES
    for cell in nbformat.reads(content, as_version=4).cells:
        for output in cell.get("outputs", ()):
            output.get("data", {}).pop("image/jpeg", None)  # any letters may follow each other
        assert not LOCAL_PATHS.search(str(cell))


@pytest.mark.slow
def test_the_stored_outputs_are_those_of_this_version(stored, executed):
    assert [cell.source for cell in stored] == [cell.source for cell in executed]
    assert [kinds(cell) for cell in stored] == [kinds(cell) for cell in executed]
    number = re.compile(r"[\d.,]+\s*")  # differs a little from one processor to another

    def words(cell) -> str:
        return number.sub("", text(cell))

    assert [words(cell) for cell in stored] == [words(cell) for cell in executed]


@pytest.mark.slow
def test_the_outputs_are_correct(executed):
    mesh = next(text(cell) for cell in executed if "is_watertight" in cell.source)
    assert "watertight: True" in mesh
    thresholds = next(text(cell) for cell in executed if "(0.1, 0.25" in cell.source)
    cells = [int(line.split()[1]) for line in thresholds.splitlines()]
    assert cells == sorted(cells, reverse=True) and len(set(cells)) == 4
    files = next(text(cell) for cell in executed if "FORMATS" in cell.source)
    assert len(files.splitlines()) == len(FORMATS)
