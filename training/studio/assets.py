"""Textures, backdrops and light panoramas on the device, from `shared/data` or from noise.

Colours of materials are linear; a texture multiplies its material's colour and has mean 1.
"""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from core.errors import UserError
from furniture.primitives import MATERIALS
from training.data.archives import read_entries, read_index
from training.studio.fold_maps import fold_maps

Linear = TypeVar("Linear", np.ndarray, torch.Tensor, float)

CONSTANT_HARMONIC = 0.2821  # ambient light is the first coefficient times this harmonic
TILE = 128  # pixels a side of a texture
PLATE = 320  # pixels a side of a backdrop
SKY = (64, 128)  # rows, columns of a light panorama
FOLDERS = ("textures", "backgrounds", "hdri")
# ambientCG families of each material; floors and walls have families of their own
FAMILIES = {
    "wood": ("Wood", "WoodFloor", "Planks", "Chipboard", "Bamboo", "Cork", "Bark"),
    "fabric": ("Fabric", "Carpet", "Tatami", "Net"),
    "leather": ("Fabric", "Plastic", "Clay", "Rubber"),
    "metal": ("Metal", "Rust", "DiamondPlate", "CorrugatedSteel", "Foil"),
    "plastic": ("Plastic", "Rubber", "Porcelain"),
    "painted": ("Paint", "Plaster", "Plastic", "Wood"),
    "glass": ("Plastic",),
    "stone": ("Marble", "Granite", "Terrazzo", "Onyx", "Travertine", "Concrete", "Rock"),
    "paper": ("Paper", "Cardboard", "Wallpaper"),
    "floor": (
        *("WoodFloor", "Carpet", "Tiles", "Planks", "Concrete", "Marble", "Tatami", "Terrazzo"),
        *("PavingStones", "Fabric", "Grass", "Travertine"),
    ),
    "wall": (
        "Plaster",
        "Bricks",
        "Wallpaper",
        "Paint",
        "Tiles",
        "Concrete",
        "WoodSiding",
        "Planks",
    ),
}
GROUPS = (*MATERIALS, "floor", "wall")


class AssetError(UserError):
    """Assets that are missing."""


@dataclass
class Assets:
    """T textures, N backdrops and L light panoramas."""

    textures: torch.Tensor  # (T, TILE, TILE, 3) float16, linear, mean 1 per texture
    means: torch.Tensor  # (T, 3) float32, linear mean colour
    groups: torch.Tensor  # (len(GROUPS), G) int64: textures of each group, repeated to one length
    plates: torch.Tensor  # (N, 3, PLATE, PLATE) uint8 sRGB, backdrops
    skies: torch.Tensor  # (L, 3, *SKY) float16, linear radiance, mean 1
    harmonics: torch.Tensor  # (L, 9, 3) float32: irradiance / pi as second-order harmonics
    folds: torch.Tensor  # (KINDS, FOLD_SIDE, FOLD_SIDE, 3) float16, see fold_maps.py


def to_linear(srgb: Linear) -> Linear:
    """Converts sRGB in [0, 1] to linear; a power of 2.2 is exact enough for random pictures."""
    return srgb**2.2


def poses_path(assets: Path | None) -> str | None:
    """Returns the path of the cameras of real photographs in an assets folder, None without."""
    path = assets and assets / "shapes" / "poses.json"
    return str(path) if path and path.is_file() else None


def load_assets(root: Path | None, device: torch.device, seed: int = 0) -> Assets:
    """Loads the assets of a folder.

    Parameters
    ----------
    root : Path, optional
        Folder with textures/, backgrounds/ and hdri/; noise replaces each missing sub-folder, and
        all of them if `root` is None.
    device : torch.device
        Device of the tensors.
    seed : int
        Seed of the noise.

    Raises
    ------
    AssetError
        If `root` is not a folder.
    """
    if root is not None and not root.is_dir():
        raise AssetError(f"There is no folder {root}; leave assets out to draw noise instead.")
    generator = torch.Generator().manual_seed(seed)
    has = {name: root is not None and (root / name / "index.json").is_file() for name in FOLDERS}
    tiles, families = (
        _load_textures(root / "textures") if has["textures"] else _noise_textures(generator)
    )
    plates = _load_plates(root / "backgrounds") if has["backgrounds"] else _noise_plates(generator)
    skies = _load_skies(root / "hdri") if has["hdri"] else _plain_skies()
    linear = to_linear(tiles.float() / 255)
    means = linear.mean(dim=(1, 2))
    return Assets(
        (linear / means[:, None, None].clamp_min(1e-3)).clamp(0, 4).half().to(device),
        means.to(device),
        _group_table(families).to(device),
        plates.to(device),
        skies.half().to(device),
        _project(skies).to(device),
        fold_maps().to(device),
    )


# --- files --------------------------------------------------------------------------------------


def _picture(data: bytes, side: int) -> np.ndarray:
    """Decodes and resizes a picture: (side, side, 3) uint8."""
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB").resize((side, side), Image.Resampling.BILINEAR))


def _load_textures(folder: Path) -> tuple[torch.Tensor, list[str]]:
    """Reads all textures (T, TILE, TILE, 3) uint8 and the family of each."""
    tiles, families = [], []
    for item, data in read_entries(folder, read_index(folder)):
        tiles.append(_picture(data, TILE))
        families.append(item["material"])
    return torch.from_numpy(np.stack(tiles)), families


def _load_plates(folder: Path) -> torch.Tensor:
    """Reads all backdrops: (N, 3, PLATE, PLATE) uint8."""
    entries = read_entries(folder, read_index(folder))
    plates = np.stack([_picture(data, PLATE) for _, data in entries])
    return torch.from_numpy(plates).permute(0, 3, 1, 2).contiguous()


def _load_skies(folder: Path) -> torch.Tensor:
    """Reads all light panoramas: (L, 3, *SKY) float32, mean 1 each."""
    skies = []
    for _, data in read_entries(folder, read_index(folder)):
        sky = torch.from_numpy(np.load(io.BytesIO(data)).astype(np.float32)).permute(2, 0, 1)
        sky = F.adaptive_avg_pool2d(sky, SKY)
        skies.append(sky / sky.mean())
    return torch.stack(skies)


# --- noise --------------------------------------------------------------------------------------


def _noise(shape: tuple[int, ...], side: int, generator: torch.Generator) -> torch.Tensor:
    """Draws smooth noise in [0, 1] of several octaves: (*shape, side, side)."""
    total = torch.zeros(*shape, side, side)
    for octave in (4, 8, 16, 32, 64):
        coarse = torch.rand(*shape, octave, octave, generator=generator)
        flat = coarse.view(-1, 1, octave, octave)
        fine = F.interpolate(flat, size=(side, side), mode="bicubic").view(*shape, side, side)
        total += fine * (4 / octave) ** 0.5
    return ((total - total.mean()) / (4 * total.std()) + 0.5).clamp(0.05, 0.95)


def _noise_textures(generator: torch.Generator) -> tuple[torch.Tensor, list[str]]:
    """Draws one texture of each family."""
    families = sorted({name for names in FAMILIES.values() for name in names})
    tone = torch.rand(len(families), 3, generator=generator)[:, None, None]
    grain = _noise((len(families),), TILE, generator)[..., None]
    return ((0.7 * tone + 0.3 * grain) * 255).byte(), families


def _noise_plates(generator: torch.Generator, count: int = 16) -> torch.Tensor:
    """Draws backdrops (count, 3, PLATE, PLATE) uint8."""
    return (_noise((count, 3), PLATE, generator) * 255).byte()


def _plain_skies() -> torch.Tensor:
    """Returns two panoramas: even white light, and an overcast sky that is brighter above."""
    height = torch.linspace(1.7, 0.3, SKY[0])[:, None].expand(*SKY)
    return torch.stack([torch.ones(3, *SKY), height.expand(3, *SKY)])


# --- tables -------------------------------------------------------------------------------------


def _group_table(families: list[str]) -> torch.Tensor:
    """Textures of each group, repeated to the length of the longest group."""
    members = [
        [i for i, family in enumerate(families) if family in FAMILIES[group]] or [0]
        for group in GROUPS
    ]
    longest = max(map(len, members))
    return torch.tensor([(m * longest)[:longest] for m in members])


def basis(x: torch.Tensor, y: torch.Tensor, z: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """Returns the nine real spherical harmonics up to order 2 of unit vectors, y up.

    The harmonics are not stacked: stacking would make the GPU write all nine to memory in the
    middle of a single fused kernel.

    Parameters
    ----------
    x, y, z : torch.Tensor
        Components of the vectors, of one shape.

    Returns
    -------
    tuple of torch.Tensor
        Nine tensors of the same shape.
    """
    linear = (0.4886 * y, 0.4886 * z, 0.4886 * x)
    square = (1.0925 * x * y, 1.0925 * y * z, 0.3154 * (3 * z * z - 1), 1.0925 * x * z)
    return (CONSTANT_HARMONIC * torch.ones_like(x), *linear, *square, 0.5463 * (x * x - y * y))


def _project(skies: torch.Tensor) -> torch.Tensor:
    """Projects panoramas (L, 3, H, W) to irradiance / pi (L, 9, 3).

    Ramamoorthi and Hanrahan, "An Efficient Representation for Irradiance Environment Maps", 2001.
    """
    rows, columns = SKY
    polar = (torch.arange(rows) + 0.5) / rows * torch.pi
    azimuth = (torch.arange(columns) + 0.5) / columns * 2 * torch.pi
    polar, azimuth = torch.meshgrid(polar, azimuth, indexing="ij")
    radius = polar.sin()
    harmonics = basis(radius * azimuth.sin(), polar.cos(), radius * azimuth.cos())
    area = radius * (torch.pi / rows) * (2 * torch.pi / columns)
    weights = torch.stack(harmonics, dim=-1) * area[..., None]
    cosine_lobe = torch.tensor([1.0, 2 / 3, 2 / 3, 2 / 3, 0.25, 0.25, 0.25, 0.25, 0.25])
    return torch.einsum("lchw,hwk->lkc", skies, weights) * cosine_lobe[:, None]
