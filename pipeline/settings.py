"""Settings of a mesh and options of a file, checked when they are made.

    settings = Settings(threshold=0.5, style="blocks")
    options = ExportOptions(stl_height=80, printable=True)

A value that is not allowed raises a MeshError that names it. The text of a wrong value is shortened
in the message, because a value from a request may be megabytes long.
"""

from dataclasses import dataclass
from reprlib import repr as short_repr

from core.errors import MeshError
from geometry.decimation import MAX_COLORS, MIN_FACES
from meshing import STYLES as SURFACE_STYLES

PARTS = "parts"  # furniture made of parts; the smooth surface where there is no model of parts
STYLES = (*SURFACE_STYLES, PARTS)
DEFAULT_STYLE = "smooth"  # of the API and the command line
PAGE_STYLE = PARTS
COLOR_SOURCES = ("photo", "predicted")
MIN_COLORS = 1
MAX_FACES = 1_000_000  # above any mesh of the grids used here
# mm; no printer builds outside this range, and float32 coordinates lose precision far above it
MIN_STL_HEIGHT, MAX_STL_HEIGHT = 1.0, 10_000.0


def _or(names: tuple[str, ...]) -> str:
    """The names as a person lists them: a, b or c."""
    return f"{', '.join(names[:-1])} or {names[-1]}"


def _is_number(value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


@dataclass(frozen=True)
class Settings:
    """How a prediction becomes a mesh; raises MeshError for a value that is not allowed."""

    threshold: float  # probability above which a cell is solid, between 0 and 1
    style: str = DEFAULT_STYLE  # one of STYLES
    drop_crumbs: bool = True  # join loose parts or leave them out, see geometry.solids.joining
    colors: str = "photo"  # one of COLOR_SOURCES: from the photo, or as predicted

    def __post_init__(self):
        """Check the values."""
        if not (_is_number(self.threshold) and 0 < self.threshold < 1):  # also true for NaN
            raise MeshError(
                f"The threshold is {short_repr(self.threshold)}; give a number between 0 and 1."
            )
        if self.style not in STYLES:
            raise MeshError(f"The style is {short_repr(self.style)}; choose {_or(STYLES)}.")
        if not isinstance(self.drop_crumbs, bool):
            raise MeshError(
                f"Leaving out crumbs is {short_repr(self.drop_crumbs)}; say true or false."
            )
        if self.colors not in COLOR_SOURCES:
            raise MeshError(
                f"The colours are {short_repr(self.colors)}; choose {' or '.join(COLOR_SOURCES)}."
            )


@dataclass(frozen=True)
class ExportOptions:
    """Options of a file that do not change the mesh on the page; raises MeshError as Settings."""

    stl_height: float | None = None  # mm, height of an STL; None: stl_size sets the scale
    printable: bool = True  # write an STL as one solid body with flat feet
    palette: int = 0  # maximum number of colours; 0 is no limit
    faces: int = 0  # maximum number of triangles of a smooth mesh; 0 is no limit
    stl_size: float = 120.0  # mm, longest side of an STL: it fits on a bed of 150 x 150 mm

    def __post_init__(self):
        """Check the values."""
        if self.stl_height is not None:
            _check_millimeters("height", self.stl_height)
        _check_millimeters("size", self.stl_size)
        if not isinstance(self.printable, bool):
            raise MeshError(
                f"Making it printable is {short_repr(self.printable)}; say true or false."
            )
        _check_limit("palette", self.palette, MIN_COLORS, MAX_COLORS)
        _check_limit("faces", self.faces, MIN_FACES, MAX_FACES)


def _check_millimeters(name: str, value) -> None:
    """Raise MeshError unless the value is a size that printers build."""
    if not (_is_number(value) and MIN_STL_HEIGHT <= value <= MAX_STL_HEIGHT):
        raise MeshError(
            f"The {name} is {short_repr(value)}; give a number of millimetres "
            f"from {MIN_STL_HEIGHT:g} to {MAX_STL_HEIGHT:,g}."
        )


def _check_limit(name: str, value, low: int, high: int) -> None:
    """Raise MeshError unless the value is 0 or in the range."""
    if not (_is_number(value) and (value == 0 or low <= value <= high)):
        raise MeshError(f"The {name} is {short_repr(value)}; give 0 for all, or {low} to {high}.")


DEFAULT_EXPORT = ExportOptions()
