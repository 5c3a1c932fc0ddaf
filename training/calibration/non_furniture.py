"""Pictures that show no furniture, in groups: what the warning of training.calibrate is judged on.

    for stranger in strangers(Path("../shared/data"), Path("others")):
        stranger.group, stranger.source, stranger.image

Photographs of scikit-image, outdoor places, empty rooms, textures and panoramas of `shared/data`,
pages and patterns made here, and whatever lies in sub-folders of a folder of one's own.
"""

import io
import json
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import skimage.data
from PIL import Image, ImageDraw

MAX_PER_GROUP = 64  # pictures a group: no group should drown the others
PHOTOGRAPHS = (  # the ones that scikit-image brings along; the others it would download
    *("astronaut", "brick", "camera", "cat", "cell", "clock", "coffee", "coins", "grass", "gravel"),
    *("horse", "hubble_deep_field", "immunohistochemistry", "logo", "moon", "page", "retina"),
    *("rocket", "text"),
)
EMPTY_ROOMS = (  # indoor panoramas of shared/data without furniture, chosen by eye
    *("apartment", "autoshop_01_1k", "drachenfels_cellar_1k", "hall", "leadenhall_market_1k"),
    *("studio", "studio_small_05_1k", "warehouse"),
)
PATTERNS_PER_KIND = 16  # pictures of each kind of pattern
PATTERN_SIDE = 384  # pixels of a made picture
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")


@dataclass(frozen=True)
class NonFurniturePicture:
    group: str
    source: str  # pictures of one source (a panorama, a material) belong on one side of a split
    image: Image.Image

    @property
    def judges(self) -> bool:
        """Half of the sources choose the threshold, the other half judge it."""
        return bool(zlib.crc32(self.source.encode()) % 2)


def non_furniture_pictures(
    assets: Path | None = None, others: Path | None = None
) -> Iterator[NonFurniturePicture]:
    """All groups that are at hand; `assets` is shared/data, `others` holds a folder a group."""
    yield from sample_photographs()
    yield from synthetic_patterns()
    if assets is not None:
        yield from place_pictures(assets / "backgrounds")
        yield from texture_pictures(assets / "textures")
        yield from panorama_pictures(assets / "hdri")
    if others is not None:
        yield from folder_pictures(others)


def sample_photographs() -> Iterator[NonFurniturePicture]:
    for name in PHOTOGRAPHS:
        pixels = np.asarray(getattr(skimage.data, name)())
        pixels = pixels * np.uint8(255) if pixels.dtype == bool else pixels
        yield NonFurniturePicture("scikit-image", name, Image.fromarray(pixels).convert("RGB"))


def folder_pictures(root: Path) -> Iterator[NonFurniturePicture]:
    """Each sub-folder is a group; cut-outs are put on white, as shops do."""
    for folder in sorted(path for path in root.iterdir() if path.is_dir()):
        files = sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES)
        for path in evenly_spaced(files):
            with Image.open(path) as image:
                image.thumbnail((1024, 1024))
                yield NonFurniturePicture(folder.name, path.stem, on_white(image))


def on_white(image: Image.Image) -> Image.Image:
    cut_out = image.convert("RGBA")
    white = Image.new("RGBA", cut_out.size, "white")
    return Image.alpha_composite(white, cut_out).convert("RGB")


def evenly_spaced(items: list) -> list:
    """At most MOST of them, evenly from the first to the last."""
    return items[:: -(-len(items) // MAX_PER_GROUP)] if items else []


# --- shared/data --------------------------------------------------------------------------------


def read_index(folder: Path) -> tuple[zipfile.ZipFile, list[dict]]:
    index = json.loads((folder / "index.json").read_text())
    return zipfile.ZipFile(folder / f"{folder.name}.zip"), index["items"]


def place_pictures(folder: Path) -> Iterator[NonFurniturePicture]:
    archive, items = read_index(folder)
    outdoors = [item for item in items if not item["indoor"]]
    empty = [item for item in items if item["panorama"] in EMPTY_ROOMS]
    for group, chosen in (("outdoors", outdoors), ("empty rooms", empty)):
        for item in evenly_spaced(chosen):
            image = Image.open(io.BytesIO(archive.read(item["name"])))
            yield NonFurniturePicture(group, item["panorama"], image.convert("RGB"))


def texture_pictures(folder: Path) -> Iterator[NonFurniturePicture]:
    archive, items = read_index(folder)
    first = {item["material"]: item for item in items}  # one of each material
    for item in evenly_spaced(list(first.values())):
        image = Image.open(io.BytesIO(archive.read(item["name"])))
        yield NonFurniturePicture("textures", item["material"], image.convert("RGB"))


def panorama_pictures(folder: Path) -> Iterator[NonFurniturePicture]:
    archive, items = read_index(folder)
    for item in evenly_spaced([item for item in items if not item["indoor"]]):
        radiance = np.load(io.BytesIO(archive.read(item["name"]))).astype(np.float32)
        exposed = (radiance / (2 * np.median(radiance) + 1e-6)).clip(0, 1) ** (1 / 2.2)
        yield NonFurniturePicture("panoramas", item["panorama"], to_image(exposed))


# --- made here ----------------------------------------------------------------------------------


def synthetic_patterns() -> Iterator[NonFurniturePicture]:
    """Noise, gradients, pages of text and windows of a screen, the same every time."""
    for kind in (noise_picture, gradient_picture, text_page, windowed_screen):
        for i in range(PATTERNS_PER_KIND):
            yield NonFurniturePicture("made", f"{kind.__name__}{i}", kind(np.random.default_rng(i)))


def to_image(values: np.ndarray) -> Image.Image:
    return Image.fromarray((values * 255).round().astype(np.uint8))


def noise_picture(rng: np.random.Generator) -> Image.Image:
    """From television snow to soft clouds."""
    side = int(2 ** rng.integers(2, 9))
    small = to_image(rng.random((side, side, 3)))
    return small.resize((PATTERN_SIDE, PATTERN_SIDE), Image.Resampling.BICUBIC)


def gradient_picture(rng: np.random.Generator) -> Image.Image:
    corners = to_image(rng.random((2, 2, 3)))
    return corners.resize((PATTERN_SIDE, PATTERN_SIDE), Image.Resampling.BILINEAR)


def text_page(rng: np.random.Generator) -> Image.Image:
    image = Image.new("RGB", (PATTERN_SIDE, round(PATTERN_SIDE * 1.4)), "white")
    draw, size = ImageDraw.Draw(image), int(rng.integers(9, 22))
    for y in range(20, image.height - 30, round(size * 1.5)):
        letters = rng.choice(list("aeinorstlcd    "), PATTERN_SIDE // size * 2)
        draw.text((20, y), "".join(letters), fill="black", font_size=size)
    return image


def windowed_screen(rng: np.random.Generator) -> Image.Image:
    """Overlapping windows with a title bar and lines of text."""
    image = Image.new(
        "RGB", (PATTERN_SIDE * 16 // 9, PATTERN_SIDE), tuple(rng.integers(0, 255, 3).tolist())
    )
    draw = ImageDraw.Draw(image)
    for _ in range(rng.integers(1, 5)):
        x, y = rng.integers(0, PATTERN_SIDE), rng.integers(0, PATTERN_SIDE // 2)
        w, h = rng.integers(120, 400), rng.integers(80, 300)
        draw.rectangle((x, y, x + w, y + h), fill=(245, 245, 245), outline=(90, 90, 90))
        draw.rectangle((x, y, x + w, y + 18), fill=tuple(rng.integers(0, 255, 3).tolist()))
        for line in range(y + 28, y + h - 14, 14):
            draw.text((x + 8, line), "lorem ipsum dolor sit"[: w // 9], fill=(40, 40, 40))
    return image
