"""Runs examples/quickstart.ipynb and stores it with its outputs, which GitHub shows.

    python -m tests.execute_notebook         # `make notebook`

Pictures are stored as JPEG, which takes a fifth of PNG.
"""

import base64
from io import BytesIO
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from PIL import Image

NOTEBOOK = Path(__file__).parent.parent / "examples" / "quickstart.ipynb"
CELL_TIMEOUT_S = 120  # importing torch on a cold, busy machine
JPEG_QUALITY = 82
LINE = 76  # characters of base64 a line, as Jupyter writes them


def execute(path: Path = NOTEBOOK) -> nbformat.NotebookNode:
    """Return the notebook with the outputs of its cells, run in its folder.

    Parameters
    ----------
    path : Path
        The notebook.

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        If a cell fails.
    """
    notebook = nbformat.read(path, as_version=4)
    where = {"metadata": {"path": str(path.parent)}}
    NotebookClient(notebook, timeout=CELL_TIMEOUT_S, resources=where, record_timing=False).execute()
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = tidy(cell.outputs)
    notebook.metadata.language_info = {"name": "python"}  # not the version of this machine
    return notebook


def tidy(outputs: list) -> list:
    """Return the outputs of a cell: its text in one piece, without warnings, and small pictures."""
    printed = "".join(output.text for output in outputs if output.get("name") == "stdout")
    results = [output for output in outputs if output.output_type != "stream"]
    for output in results:
        if "image/png" in output.get("data", ()):
            output.data["image/jpeg"] = to_jpeg(output.data.pop("image/png"))
    streams = [nbformat.v4.new_output("stream", name="stdout", text=printed)] if printed else []
    return streams + results


def to_jpeg(png: str) -> str:
    """Return a picture in base64 as JPEG."""
    with Image.open(BytesIO(base64.b64decode(png))) as image:
        file = BytesIO()
        image.convert("RGB").save(file, "jpeg", quality=JPEG_QUALITY, optimize=True)
    text = base64.b64encode(file.getvalue()).decode()
    return "\n".join(text[i : i + LINE] for i in range(0, len(text), LINE)) + "\n"


if __name__ == "__main__":
    nbformat.write(execute(), NOTEBOOK)
