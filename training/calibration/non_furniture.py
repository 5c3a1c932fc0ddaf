"""Pictures without furniture, in groups: they fit and test the warning of training.calibrate.

    for picture in non_furniture_pictures(Path("../shared/data"), Path("others")):
        picture.group, picture.source, picture.image

The groups are photographs of scikit-image, synthetic patterns, outdoor places, empty rooms,
textures and panoramas of `shared/data`, and the sub-folders of a folder of the user's own.
"""

import io
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import skimage.data
from PIL import Image, ImageDraw

from training.data.archives import ArchiveError, read_entries, read_index

MAX_PER_GROUP = 64  # pictures: bounds memory and time (the fit weights all groups equally)
PHOTOGRAPHS = (  # shipped with scikit-image; its other pictures would be downloaded
    *("astronaut", "brick", "camera", "cat", "cell", "clock", "coffee", "coins", "grass", "gravel"),
    *("horse", "hubble_deep_field", "immunohistochemistry", "logo", "moon", "page", "retina"),
    *("rocket", "text"),
)
EMPTY_ROOMS = (  # indoor panoramas of shared/data without furniture, selected by eye
    *("apartment", "autoshop_01_1k", "drachenfels_cellar_1k", "hall", "leadenhall_market_1k"),
    *("studio", "studio_small_05_1k", "warehouse"),
)
PATTERNS_PER_KIND = 16  # pictures of each kind of synthetic pattern
PATTERN_SIDE = 384  # pixels
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")
MAX_SIDE = 1024  # pixels, of pictures from the user's folder


@dataclass(frozen=True)
class NonFurniturePicture:
    """One picture, its group and its source."""

    group: str
    source: str  # pictures of one source (a panorama, a material) are on one side of the split
    image: Image.Image | None

    @property
    def held_out(self) -> bool:
        """True for pictures that test the warning; the other half of the sources fits it."""
        return bool(zlib.crc32(self.source.encode()) % 2)


def non_furniture_pictures(
    assets: Path | None = None, others: Path | None = None
) -> Iterator[NonFurniturePicture]:
    """Yields the pictures of all available groups.

    Parameters
    ----------
    assets : Path, optional
        Folder with textures/, backgrounds/ and hdri/ (shared/data).
    others : Path, optional
        Folder with one sub-folder for each further group.

    Raises
    ------
    ArchiveError
        If a folder is missing or broken.
    """
    yield from sample_photographs()
    yield from synthetic_patterns()
    if assets is not None:
        yield from place_pictures(assets / "backgrounds")
        yield from texture_pictures(assets / "textures")
        yield from panorama_pictures(assets / "hdri")
    if others is not None:
        yield from folder_pictures(others)


def sample_photographs() -> Iterator[NonFurniturePicture]:
    """Yields the photographs that scikit-image ships."""
    for name in PHOTOGRAPHS:
        pixels = np.asarray(getattr(skimage.data, name)())
        pixels = pixels * np.uint8(255) if pixels.dtype == bool else pixels
        yield NonFurniturePicture("scikit-image", name, Image.fromarray(pixels).convert("RGB"))


def folder_pictures(root: Path) -> Iterator[NonFurniturePicture]:
    """Yields pictures of each sub-folder of `root`, a group each, composited on white."""
    if not root.is_dir():
        raise ArchiveError(f"There is no folder {root}; name one that holds a folder a group.")
    for folder in sorted(path for path in root.iterdir() if path.is_dir()):
        files = sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES)
        for path in evenly_spaced(files):
            with Image.open(path) as image:
                image.thumbnail((MAX_SIDE, MAX_SIDE))
                yield NonFurniturePicture(folder.name, path.stem, on_white(image))


def on_white(image: Image.Image) -> Image.Image:
    """Returns the picture as RGB, composited on white."""
    foreground = image.convert("RGBA")
    white = Image.new("RGBA", foreground.size, "white")
    return Image.alpha_composite(white, foreground).convert("RGB")


def evenly_spaced(items: Sequence) -> Sequence:
    """Returns at most MAX_PER_GROUP items at regular steps."""
    return items[:: -(-len(items) // MAX_PER_GROUP)] if items else items


# --- shared/data --------------------------------------------------------------------------------


def place_pictures(folder: Path) -> Iterator[NonFurniturePicture]:
    """Yields outdoor places and empty rooms of the backgrounds/ folder."""
    items = read_index(folder)
    outdoors = [item for item in items if not item["indoor"]]
    empty = [item for item in items if item["panorama"] in EMPTY_ROOMS]
    for group, members in (("outdoors", outdoors), ("empty rooms", empty)):
        for item, data in read_entries(folder, evenly_spaced(members)):
            image = Image.open(io.BytesIO(data)).convert("RGB")
            yield NonFurniturePicture(group, item["panorama"], image)


def texture_pictures(folder: Path) -> Iterator[NonFurniturePicture]:
    """Yields one texture of each material of the textures/ folder."""
    by_material = {item["material"]: item for item in read_index(folder)}
    for item, data in read_entries(folder, evenly_spaced(list(by_material.values()))):
        image = Image.open(io.BytesIO(data)).convert("RGB")
        yield NonFurniturePicture("textures", item["material"], image)


def panorama_pictures(folder: Path) -> Iterator[NonFurniturePicture]:
    """Yields outdoor panoramas of the hdri/ folder, exposed to twice their median radiance."""
    outdoors = [item for item in read_index(folder) if not item["indoor"]]
    for item, data in read_entries(folder, evenly_spaced(outdoors)):
        radiance = np.load(io.BytesIO(data)).astype(np.float32)
        exposed = (radiance / (2 * np.median(radiance) + 1e-6)).clip(0, 1) ** (1 / 2.2)
        yield NonFurniturePicture("panoramas", item["panorama"], to_image(exposed))


# --- synthetic patterns -------------------------------------------------------------------------


def synthetic_patterns() -> Iterator[NonFurniturePicture]:
    """Yields noise, gradients, pages of text and screens with windows; always the same ones."""
    for name, draw in PATTERNS.items():
        for i in range(PATTERNS_PER_KIND):
            yield NonFurniturePicture("made", f"{name}{i}", draw(np.random.default_rng(i)))


def to_image(values: np.ndarray) -> Image.Image:
    """Converts (H, W, 3) in [0, 1] to an RGB picture."""
    return Image.fromarray((values * 255).round().astype(np.uint8))


def noise_picture(rng: np.random.Generator) -> Image.Image:
    """Draws noise of a random scale, from single pixels to soft clouds."""
    side = int(2 ** rng.integers(2, 9))
    small = to_image(rng.random((side, side, 3)))
    return small.resize((PATTERN_SIDE, PATTERN_SIDE), Image.Resampling.BICUBIC)


def gradient_picture(rng: np.random.Generator) -> Image.Image:
    """Draws a gradient between four random corner colours."""
    corners = to_image(rng.random((2, 2, 3)))
    return corners.resize((PATTERN_SIDE, PATTERN_SIDE), Image.Resampling.BILINEAR)


def text_page(rng: np.random.Generator) -> Image.Image:
    """Draws a white page with lines of random letters."""
    image = Image.new("RGB", (PATTERN_SIDE, round(PATTERN_SIDE * 1.4)), "white")
    draw, size = ImageDraw.Draw(image), int(rng.integers(9, 22))
    for y in range(20, image.height - 30, round(size * 1.5)):
        letters = rng.choice(list("aeinorstlcd    "), PATTERN_SIDE // size * 2)
        draw.text((20, y), "".join(letters), fill="black", font_size=size)
    return image


def windowed_screen(rng: np.random.Generator) -> Image.Image:
    """Draws overlapping windows with a title bar and lines of text."""
    size = (PATTERN_SIDE * 16 // 9, PATTERN_SIDE)
    image = Image.new("RGB", size, tuple(rng.integers(0, 255, 3).tolist()))
    draw = ImageDraw.Draw(image)
    for _ in range(rng.integers(1, 5)):
        x, y = rng.integers(0, PATTERN_SIDE), rng.integers(0, PATTERN_SIDE // 2)
        w, h = rng.integers(120, 400), rng.integers(80, 300)
        draw.rectangle((x, y, x + w, y + h), fill=(245, 245, 245), outline=(90, 90, 90))
        draw.rectangle((x, y, x + w, y + 18), fill=tuple(rng.integers(0, 255, 3).tolist()))
        for line in range(y + 28, y + h - 14, 14):
            draw.text((x + 8, line), "lorem ipsum dolor sit"[: w // 9], fill=(40, 40, 40))
    return image


# by name: `held_out` hashes the names, so another name would move pictures to the other side
PATTERNS = {
    "noise": noise_picture,
    "gradient": gradient_picture,
    "page": text_page,
    "screen": windowed_screen,
}
