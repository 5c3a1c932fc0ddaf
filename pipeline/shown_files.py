"""Files of the model that the page shows: one for its viewer, one to download.

    files = export_shown(result, settings)
    files.display, files.glb, files.facts

Both come from one `ModelBuilder`, so that the surface is made once. `pipeline.export` writes each
of them alone.
"""

from pathlib import Path
from typing import NamedTuple

from core.files import write_atomic
from pipeline.display import first_azimuth
from pipeline.export import new_folder
from pipeline.files.builder import ModelBuilder
from pipeline.result import Result
from pipeline.settings import Settings


class ShownFiles(NamedTuple):
    """Files of one model with the same shape."""

    display: Path  # GLB whose colours hold the light
    glb: Path  # GLB with plain colours, for the download
    facts: dict  # those of `pipeline.export.export_glb`


def export_shown(result: Result, settings: Settings) -> ShownFiles:
    """Write the files of `pipeline.export.export_display` and of `export_file` as GLB.

    Parameters
    ----------
    result : Result
        The prediction.
    settings : Settings
        Threshold, style and colours.

    Returns
    -------
    ShownFiles

    Raises
    ------
    EmptyGridError
        If no cell is solid at the threshold.
    WriteError
        If a file cannot be written.
    """
    builder = ModelBuilder(result, settings)
    data = builder.display(first_azimuth(result.prediction.azimuth))
    folder = new_folder(result)
    display = write_atomic(folder / f"{result.name}.viewer.glb", data)
    glb = builder.write(folder / f"{result.name}.glb")
    return ShownFiles(display, glb, builder.facts)
