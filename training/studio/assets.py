"""Textures, backdrops and lights on the device: from `shared/data`, or made from noise without it.

Colours of materials are linear; a texture multiplies its material's colour and has mean 1.
"""

import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from furniture.primitives import MATERIALS

TILE = 128  # pixels a side of a texture
PLATE = 320  # pixels a side of a backdrop
SKY = (64, 128)  # rows, columns of a light panorama
# which ambientCG families show which material; floors and walls have families of their own
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


@dataclass
class Assets:
    textures: torch.Tensor  # (T, TILE, TILE, 3) float16, linear, mean 1 per texture
    means: torch.Tensor  # (T, 3) float32 linear mean colour
    groups: torch.Tensor  # (len(GROUPS), G) int64: textures of each group, repeated to one length
    plates: torch.Tensor  # (N, 3, PLATE, PLATE) uint8 sRGB
    skies: torch.Tensor  # (L, 3, *SKY) float16 linear radiance, mean 1
    harmonics: torch.Tensor  # (L, 9, 3) float32: irradiance / pi as second-order harmonics


def to_linear(srgb):
    """sRGB in [0, 1] to linear, for arrays and tensors (a 2.2 power, which cameras vary anyway)."""
    return srgb**2.2


def load_assets(root: Path | None, device: torch.device, seed: int = 0) -> Assets:
    """Assets from a folder with textures/, backgrounds/ and hdri/; each falls back to noise."""
    if root is not None and not root.is_dir():
        raise ValueError(f"There is no folder {root}; without assets, noise takes their place.")
    generator = torch.Generator().manual_seed(seed)
    has = {name: root is not None and (root / name / "index.json").is_file() for name in NAMES}
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
    )


NAMES = ("textures", "backgrounds", "hdri")


def _entries(folder: Path):
    """(item of the index, bytes) for every entry of a folder's zip."""
    index = json.loads((folder / "index.json").read_text())
    with zipfile.ZipFile(folder / f"{folder.name}.zip") as archive:
        for item in index["items"]:
            yield item, archive.read(item["name"])


def _picture(data: bytes, side: int) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB").resize((side, side), Image.Resampling.BILINEAR))


def _load_textures(folder: Path) -> tuple[torch.Tensor, list[str]]:
    tiles, families = [], []
    for item, data in _entries(folder):
        tiles.append(_picture(data, TILE))
        families.append(item["material"])
    return torch.from_numpy(np.stack(tiles)), families


def _load_plates(folder: Path) -> torch.Tensor:
    plates = np.stack([_picture(data, PLATE) for _, data in _entries(folder)])
    return torch.from_numpy(plates).permute(0, 3, 1, 2).contiguous()


def _load_skies(folder: Path) -> torch.Tensor:
    skies = []
    for _, data in _entries(folder):
        sky = torch.from_numpy(np.load(io.BytesIO(data)).astype(np.float32)).permute(2, 0, 1)
        sky = F.adaptive_avg_pool2d(sky, SKY)
        skies.append(sky / sky.mean())
    return torch.stack(skies)


def _noise(shape: tuple[int, ...], side: int, generator) -> torch.Tensor:
    """Smooth noise in [0, 1] of several octaves, (*shape, side, side)."""
    total = torch.zeros(*shape, side, side)
    for octave in (4, 8, 16, 32, 64):
        coarse = torch.rand(*shape, octave, octave, generator=generator)
        flat = coarse.view(-1, 1, octave, octave)
        fine = F.interpolate(flat, size=(side, side), mode="bicubic").view(*shape, side, side)
        total += fine * (4 / octave) ** 0.5
    return ((total - total.mean()) / (4 * total.std()) + 0.5).clamp(0.05, 0.95)


def _noise_textures(generator) -> tuple[torch.Tensor, list[str]]:
    families = sorted({name for names in FAMILIES.values() for name in names})
    tone = torch.rand(len(families), 3, generator=generator)[:, None, None]
    grain = _noise((len(families),), TILE, generator)[..., None]
    return ((0.7 * tone + 0.3 * grain) * 255).byte(), families


def _noise_plates(generator, count: int = 16) -> torch.Tensor:
    return (_noise((count, 3), PLATE, generator) * 255).byte()


def _plain_skies() -> torch.Tensor:
    """One even white light and one overcast sky that is brighter above."""
    height = torch.linspace(1.7, 0.3, SKY[0])[:, None].expand(*SKY)
    return torch.stack([torch.ones(3, *SKY), height.expand(3, *SKY)])


def _group_table(families: list[str]) -> torch.Tensor:
    members = [
        [i for i, family in enumerate(families) if family in FAMILIES[group]] or [0]
        for group in GROUPS
    ]
    longest = max(map(len, members))
    return torch.tensor([(m * longest)[:longest] for m in members])


def basis(x, y, z) -> tuple[torch.Tensor, ...]:
    """The nine real spherical harmonics up to order 2 of unit vectors, y up; each of x's shape.

    Not stacked: a GPU would write all nine to memory in the middle of what is else one kernel.
    """
    linear = (0.4886 * y, 0.4886 * z, 0.4886 * x)
    square = (1.0925 * x * y, 1.0925 * y * z, 0.3154 * (3 * z * z - 1), 1.0925 * x * z)
    return (0.2821 * torch.ones_like(x), *linear, *square, 0.5463 * (x * x - y * y))


def _project(skies: torch.Tensor) -> torch.Tensor:
    """Panoramas (L, 3, H, W) to irradiance / pi (L, 9, 3) (Ramamoorthi and Hanrahan 2001)."""
    rows, columns = SKY
    polar = (torch.arange(rows) + 0.5) / rows * torch.pi
    around = (torch.arange(columns) + 0.5) / columns * 2 * torch.pi
    polar, around = torch.meshgrid(polar, around, indexing="ij")
    ring = polar.sin()
    waves = basis(ring * around.sin(), polar.cos(), ring * around.cos())
    area = ring * (torch.pi / rows) * (2 * torch.pi / columns)
    weights = torch.stack(waves, dim=-1) * area[..., None]
    spread = torch.tensor([1.0, 2 / 3, 2 / 3, 2 / 3, 0.25, 0.25, 0.25, 0.25, 0.25])
    return torch.einsum("lchw,hwk->lkc", skies, weights) * spread[:, None]
