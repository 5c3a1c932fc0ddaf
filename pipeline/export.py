"""Model files from a result: GLB for the page, any format for a download.

    result = Result(prediction, "chair", Path("out"), model.config.threshold)
    path, facts = export_glb(result, Settings(threshold=0.5))
    path = export_file(result, Settings(0.5, "blocks"), "stl", ExportOptions(stl_height=80))

Files go into a new folder below `result.folder`. An empty grid raises MeshError, a file that cannot
be written WriteError; both are a UserError.
"""

import json
import re
import tempfile
import zipfile
from pathlib import Path
from reprlib import repr as short_repr  # a value from a request may be megabytes long
from typing import TYPE_CHECKING

import trimesh

from core.errors import MeshError
from core.files import os_error_as_write_error, write_atomic
from core.prediction import Prediction
from meshing import export_mesh
from pipeline.display import first_azimuth
from pipeline.files.builder import ModelBuilder
from pipeline.formats import FORMATS, MODEL_FORMATS, ZIP_FORMAT
from pipeline.result import Result
from pipeline.settings import DEFAULT_EXPORT, PAGE_STYLE, PARTS, ExportOptions, Settings

if TYPE_CHECKING:
    from pipeline.parts.bank import PieceBank

EMBEDDED_CHECKPOINT = Path(__file__).parent.parent / "checkpoint"  # voxel_model's own
MAX_NAME_LENGTH = 80  # characters; file systems allow 255 bytes
DISPLAY_FILE = "display.glb"
ZIP_LEVEL = 1  # fastest; higher levels are slower and gain little


def safe_name(path: str | Path) -> str:
    """Return a name for downloads that every operating system accepts.

    Parameters
    ----------
    path : str or Path
        Path of the photo, as the user named it.

    Returns
    -------
    str
        The file name without its suffix. Other characters than letters, digits, spaces and
        ``.()+-_`` become an underscore. The name is "model" if nothing is left.
    """
    name = re.sub(r"[^\w .()+-]+", "_", Path(path).stem)[:MAX_NAME_LENGTH].strip(" .")
    return name if name.strip("_") else "model"


def export_glb(result: Result, settings: Settings) -> tuple[Path, dict]:
    """Write the mesh that the page shows.

    Parameters
    ----------
    result : Result
        The prediction.
    settings : Settings
        Threshold, style and colours.

    Returns
    -------
    path : Path
        The GLB file.
    facts : dict
        Those of `pipeline.files.facts.model_facts`; for parts also `parts` and `design`.

    Raises
    ------
    MeshError
        If no cell is solid at the threshold.
    WriteError
        If the file cannot be written.
    """
    builder = ModelBuilder(result, settings)
    facts = builder.facts  # an empty grid fails here, before there is a folder
    path = new_folder(result) / f"{result.name}.glb"
    if builder.part_model:
        return builder.write(path), facts
    return export_mesh(builder.textured, path), facts


def export_display(result: Result, settings: Settings) -> tuple[Path, dict]:
    """Write the file that the page's viewer shows, see `pipeline.display`.

    Parameters
    ----------
    result : Result
        The prediction.
    settings : Settings
        Threshold, style and colours.

    Returns
    -------
    path : Path
        A GLB file whose colours hold the light; it is not offered for download.
    facts : dict
        Those of `export_glb`.

    Raises
    ------
    MeshError
        If no cell is solid at the threshold.
    WriteError
        If the file cannot be written.
    """
    builder = ModelBuilder(result, settings)
    data = builder.display(first_azimuth(result.prediction.azimuth))
    return write_atomic(new_folder(result) / DISPLAY_FILE, data), builder.facts


def shown_mesh(result: Result, settings: Settings) -> trimesh.Trimesh:
    """Return the mesh of `export_display` with its plain colours, for a picture of it.

    Parameters
    ----------
    result : Result
        The prediction.
    settings : Settings
        Threshold, style and colours.
    """
    builder = ModelBuilder(result, settings)
    if builder.part_model:
        from pipeline.parts.files import to_arrays

        return to_arrays(builder.part_model).to_trimesh()
    return builder.mesh


def default_mesh(
    prediction: Prediction,
    style: str | None = None,
    threshold: float | None = None,
    bank: "PieceBank | None" = None,
) -> trimesh.Trimesh:
    """Return the mesh that the page shows for a prediction.

    Parameters
    ----------
    prediction : Prediction
        The prediction.
    style : str, optional
        One of pipeline.settings.STYLES, by default the page's.
    threshold : float, optional
        Probability above which a cell is solid, by default that of the embedded checkpoint.
    bank : PieceBank, optional
        Pieces for the style "parts", by default those beside the embedded checkpoint. Without any
        the mesh is smooth. The bank belongs to the embedded checkpoint; give "smooth" as the style
        of another model's prediction.

    Returns
    -------
    trimesh.Trimesh
        With sRGB colours, on the floor, longest side 1. Parts are one closed body.

    Raises
    ------
    MeshError
        If no cell is solid at the threshold, or the style is unknown.
    """
    if threshold is None:
        threshold = _embedded_threshold()
    settings = Settings(threshold, style or PAGE_STYLE)
    result = Result(prediction, "model", Path(), threshold)
    if settings.style == PARTS:
        from pipeline.parts.bank import embedded_bank
        from pipeline.parts.export import to_body
        from pipeline.parts.model import add_parts

        result = add_parts(result, bank or embedded_bank())
        if result.part_model:
            return to_body(result.part_model)
    return ModelBuilder(result, settings).mesh


def _embedded_threshold() -> float:
    text = (EMBEDDED_CHECKPOINT / "config.json").read_text(encoding="utf-8")
    return json.loads(text)["threshold"]


def export_file(
    result: Result,
    settings: Settings,
    file_format: str,
    options: ExportOptions = DEFAULT_EXPORT,
) -> Path:
    """Write the model in one format; `export_with_notes` without the notes."""
    return export_with_notes(result, settings, file_format, options)[0]


def export_with_notes(
    result: Result,
    settings: Settings,
    file_format: str,
    options: ExportOptions = DEFAULT_EXPORT,
) -> tuple[Path, list[str]]:
    """Write the model in one format.

    Parameters
    ----------
    result : Result
        The prediction.
    settings : Settings
        Threshold, style and colours.
    file_format : str
        One of pipeline.formats.FORMATS, or "zip" for all formats but the turntables.
    options : ExportOptions
        Options of the file.

    Returns
    -------
    path : Path
        The file, named after the photo.
    notes : list of str
        Sentences to read before printing an STL; the last one names its size.

    Raises
    ------
    MeshError
        If the format does not exist, or no cell is solid at the threshold.
    WriteError
        If the file cannot be written.
    """
    if file_format not in (*FORMATS, ZIP_FORMAT):
        raise MeshError(
            f"The format is {short_repr(file_format)}; choose {', '.join(FORMATS)} or {ZIP_FORMAT}."
        )
    builder = ModelBuilder(result, settings, options)
    path = new_folder(result) / f"{result.name}.{file_format}"
    if file_format != ZIP_FORMAT:
        return builder.write(path), builder.notes
    with (
        os_error_as_write_error(path),
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=ZIP_LEVEL) as bundle,
    ):
        for name in MODEL_FORMATS:
            member = builder.write(path.with_name(f"{result.name}.{name}"))
            bundle.write(member, member.name)
            member.unlink()
    return path, builder.notes


def export_room(result: Result, settings: Settings) -> Path:
    """Write the GLB for a viewer that places the model in a room: one unit is a metre.

    For Android's Scene Viewer. Apple's viewer takes the format "usdz" of `export_file`, which is in
    real size too.

    Parameters
    ----------
    result : Result
        The prediction.
    settings : Settings
        Threshold, style and colours.

    Returns
    -------
    Path
        The GLB file, in the estimated real size.

    Raises
    ------
    MeshError
        If no cell is solid at the threshold.
    WriteError
        If the file cannot be written.
    """
    data = ModelBuilder(result, settings).room_glb()
    return write_atomic(new_folder(result) / f"{result.name}.glb", data)


def new_folder(result: Result) -> Path:
    """Make a new folder for each file: browsers cache a file by its URL."""
    with os_error_as_write_error(result.folder):
        result.folder.mkdir(parents=True, exist_ok=True)  # the clean-up may have removed it
        return Path(tempfile.mkdtemp(dir=result.folder))
