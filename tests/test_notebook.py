"""examples/quickstart.ipynb runs from a fresh clone and is committed without outputs."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from pipeline.formats import FORMATS

NOTEBOOK = Path(__file__).parent.parent / "examples" / "quickstart.ipynb"
CELL_TIMEOUT_S = 120  # importing torch on a cold, busy machine


@pytest.fixture(scope="module")
def executed():
    """The code cells after the notebook has run in its folder."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    where = {"metadata": {"path": str(NOTEBOOK.parent)}}
    before = set(NOTEBOOK.parent.iterdir())
    NotebookClient(notebook, timeout=CELL_TIMEOUT_S, resources=where).execute()
    assert set(NOTEBOOK.parent.iterdir()) == before  # the notebook leaves no files
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def text(cell) -> str:
    """The text that a cell printed."""
    return "".join(output.get("text", "") for output in cell.outputs)


def test_the_notebook_is_committed_without_outputs():
    cells = nbformat.read(NOTEBOOK, as_version=4).cells
    assert not any(cell.get("outputs") for cell in cells)
    assert 8 <= sum(cell.cell_type == "code" for cell in cells) <= 12


@pytest.mark.slow
def test_every_cell_has_an_output(executed):
    assert [cell.source for cell in executed if not cell.outputs] == []


@pytest.mark.slow
def test_the_outputs_are_correct(executed):
    types = {kind for cell in executed for out in cell.outputs for kind in out.get("data", {})}
    assert {"image/png", "text/html"} <= types  # images, and the model in a viewer
    mesh = next(text(cell) for cell in executed if "is_watertight" in cell.source)
    assert "watertight: True" in mesh
    thresholds = next(text(cell) for cell in executed if "(0.1, 0.25" in cell.source)
    cells = [int(line.split()[1]) for line in thresholds.splitlines()]
    assert cells == sorted(cells, reverse=True) and len(set(cells)) == 4
    files = next(text(cell) for cell in executed if "FORMATS" in cell.source)
    assert len(files.splitlines()) == len(FORMATS)
