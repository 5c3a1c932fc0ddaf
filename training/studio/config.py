"""Settings of the studio."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.categories import CATEGORIES
from core.errors import UserError

# how often each category is drawn: bed, bookcase, chair, desk, misc, sofa, table, tool, wardrobe;
# about the mixture of Pix3D, with larger shares for its rare categories
SHARES = (0.11, 0.08, 0.33, 0.08, 0.03, 0.14, 0.17, 0.02, 0.04)


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
    filled: int = 0  # slots that hold shapes; 0: all. Fewer make a small bank of the same layout
    cad_share: float = 0.4  # share of shapes that are CAD models, if `cad` names a pool
    # share of each category; a dict gives 0 to the categories that it does not name
    shares: tuple[float, ...] | dict[str, float] = SHARES
    assets: str | None = None  # folder with textures/, backgrounds/, hdri/ (shared/data)
    poses: str | None = None  # poses.json of real photographs
    cad: str | None = None  # file made by training.pack_cad
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
        if self.tracer not in ("auto", "triton", "torch"):
            raise StudioError(f'tracer is "{self.tracer}"; it must be auto, triton or torch.')
        self.shares = _category_shares(self.shares)

    @classmethod
    def small(cls) -> "StudioConfig":
        """Returns settings for a laptop: coarse grids, few shapes, no data files."""
        return cls(image_size=64, grid=32, slots=32, refresh_every=8)


def _category_shares(shares: Sequence[float] | dict[str, float]) -> tuple[float, ...]:
    """Returns one share for each of CATEGORIES."""
    if not isinstance(shares, dict):
        return tuple(shares)
    unknown = set(shares) - set(CATEGORIES)
    if unknown:
        raise StudioError(
            f"There is no category {', '.join(sorted(unknown))}; there are {', '.join(CATEGORIES)}."
        )
    return tuple(float(shares.get(name, 0)) for name in CATEGORIES)
