"""Settings of the studio."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from core.categories import CATEGORIES, default_shares
from core.errors import UserError

SHARES = default_shares(CATEGORIES)  # how often each category of the published model is drawn


class StudioError(UserError):
    """A setting of the studio is invalid; the message says which."""


@dataclass
class StudioConfig:
    """Settings of a `Studio`; StudioError names a wrong one."""

    image_size: int = 224
    resolution: int = 32  # cells a side of the targets
    grid: int = 128  # cells a side of the grids that are rendered
    slots: int = 2048  # shapes on the device at once; 7.5 MB each at grid 128
    refresh_every: int = 8  # steps after which 32 procedural shapes are replaced
    cad_every: int = 8  # steps after which 4 CAD shapes are replaced: 10 to 18 ms each on a GPU
    stretch: float = 0.0  # of the named object's axes when its picture is drawn, see draw_stretch
    # share of photographs that nobody cropped: their centre is the optical axis, see center_photos
    centered_frames: float = 0.0
    filled: int = 0  # slots that hold shapes; 0: all. Fewer make a small bank of the same layout
    cad_share: float = 0.4  # share of shapes that are CAD models, if `cad` names a pool
    crossings: float = 0.0  # share of these CAD models that are made of two, see shapes/crossings
    categories: tuple[str, ...] = CATEGORIES  # names, in the order of the network's outputs
    # share of each category; a dict gives 0 to the categories that it does not name; () gives
    # each its usual share
    shares: tuple[float, ...] | dict[str, float] = ()
    assets: str | None = None  # folder with textures/, backgrounds/, hdri/ (shared/data)
    poses: str | None = None  # poses.json of real photographs
    cad: str | None = None  # file of training.data import or training.pack_cad
    tracer: str = "auto"  # "triton", "torch", or "auto": triton on a GPU, else torch
    workers: int = 0  # processes that make procedural pieces ahead; 0 makes them in place

    def __post_init__(self) -> None:
        """Checks the settings and turns `shares` into a tuple."""
        if self.grid % self.resolution:
            raise StudioError(
                f"grid is {self.grid}; it must be a multiple of resolution, {self.resolution}."
            )
        if self.image_size % 8:  # JPEG and the Triton kernels work on tiles of 8 x 8 pixels
            raise StudioError(f"image_size is {self.image_size}; it must be a multiple of 8.")
        if self.slots < 1:
            raise StudioError(f"slots is {self.slots}; it must be 1 or more.")
        if not 0 <= self.crossings <= 1:
            raise StudioError(f"crossings is {self.crossings}; it must be between 0 and 1.")
        if not 0 <= self.centered_frames <= 1:
            raise StudioError(
                f"centered_frames is {self.centered_frames}; it must be between 0 and 1."
            )
        if self.tracer not in ("auto", "triton", "torch"):
            raise StudioError(f'tracer is "{self.tracer}"; it must be auto, triton or torch.')
        self.categories = tuple(self.categories)
        self.shares = _category_shares(self.shares, self.categories)

    @classmethod
    def small(cls) -> "StudioConfig":
        """Returns settings for a laptop: coarse grids, few shapes, no data files."""
        return cls(image_size=64, grid=32, slots=32, refresh_every=8)

    def changed(self, values: Mapping[str, Any]) -> "StudioConfig":
        """Returns the settings with some values changed, as `--studio name=value` gives them.

        Parameters
        ----------
        values : mapping
            Values by the name of their field. `categories` without `shares` gives the new
            categories their usual shares.

        Raises
        ------
        StudioError
            If there is no such field, or a value has the wrong type or is out of range.
        """
        known = {field.name: field.default for field in fields(self)}
        for name, value in values.items():
            if name not in known:
                raise StudioError(_unknown_name(name, list(known)))
            _check_type(name, value, known[name])
        if "categories" in values and tuple(values["categories"]) != self.categories:
            values = {"shares": (), **values}
        return replace(self, **values)


def _unknown_name(name: str, known: Sequence[str]) -> str:
    """Returns a sentence about a setting that does not exist, with the nearest name."""
    near = difflib.get_close_matches(name, known, n=1)
    hint = f'did you mean "{near[0]}"?' if near else f"there are {', '.join(known)}."
    return f'The studio has no setting "{name}"; {hint}'


def _check_type(name: str, value: Any, default: Any) -> None:
    """Raises StudioError if a number or a text is expected and the value is of another type."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if isinstance(default, int) and not (number and value == int(value)):
        raise StudioError(f"{name} is {value!r}; it must be a whole number.")
    if isinstance(default, float) and not number:
        raise StudioError(f"{name} is {value!r}; it must be a number.")
    if default is None and not (value is None or isinstance(value, str)):
        raise StudioError(f"{name} is {value!r}; it must be a path.")


def _category_shares(
    shares: Sequence[float] | dict[str, float], categories: Sequence[str]
) -> tuple[float, ...]:
    """Returns one share for each category; StudioError if they do not fit."""
    if isinstance(shares, dict):
        unknown = set(shares) - set(categories)
        if unknown:
            names = ", ".join(sorted(unknown))
            raise StudioError(f"There is no category {names}; there are {', '.join(categories)}.")
        shares = [float(shares.get(name, 0)) for name in categories]
    shares = tuple(shares) or default_shares(categories)
    if len(shares) != len(categories):
        raise StudioError(
            f"shares has {len(shares)} numbers for {len(categories)} categories; give one for each."
        )
    if min(shares) < 0 or not sum(shares) > 0:
        raise StudioError("shares must be zero or more, and at least one of them above zero.")
    return shares
