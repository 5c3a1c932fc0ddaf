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

MOST = 64  # pictures a group: no group should drown the others
PHOTOGRAPHS = (  # the ones that scikit-image brings along; the others it would download
    *("astronaut", "brick", "camera", "cat", "cell", "clock", "coffee", "coins", "grass", "gravel"),
    *("horse", "hubble_deep_field", "immunohistochemistry", "logo", "moon", "page", "retina"),
    *("rocket", "text"),
)
EMPTY_ROOMS = (  # indoor panoramas of shared/data without furniture, chosen by eye
    *("apartment", "autoshop_01_1k", "drachenfels_cellar_1k", "hall", "leadenhall_market_1k"),
    *("studio", "studio_small_05_1k", "warehouse"),
)
MADE = 16  # pictures of each kind of pattern
SIDE = 384  # pixels of a made picture
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")


@dataclass(frozen=True)
class Stranger:
    group: str
    source: str  # pictures of one source (a panorama, a material) belong on one side of a split
    image: Image.Image

    @property
    def judges(self) -> bool:
        """Half of the sources choose the threshold, the other half judge it."""
        return bool(zlib.crc32(self.source.encode()) % 2)


def strangers(assets: Path | None = None, others: Path | None = None) -> Iterator[Stranger]:
    """All groups that are at hand; `assets` is shared/data, `others` holds a folder a group."""
    yield from photographs()
    yield from made()
    if assets is not None:
        yield from places(assets / "backgrounds")
        yield from textures(assets / "textures")
        yield from panoramas(assets / "hdri")
    if others is not None:
        yield from folders(others)


def photographs() -> Iterator[Stranger]:
    for name in PHOTOGRAPHS:
        pixels = np.asarray(getattr(skimage.data, name)())
        pixels = pixels * np.uint8(255) if pixels.dtype == bool else pixels
        yield Stranger("scikit-image", name, Image.fromarray(pixels).convert("RGB"))


def folders(root: Path) -> Iterator[Stranger]:
    """Each sub-folder is a group; cut-outs are put on white, as shops do."""
    for folder in sorted(path for path in root.iterdir() if path.is_dir()):
        files = sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES)
        for path in spread(files):
            with Image.open(path) as image:
                image.thumbnail((1024, 1024))
                yield Stranger(folder.name, path.stem, on_white(image))


def on_white(image: Image.Image) -> Image.Image:
    cut_out = image.convert("RGBA")
    white = Image.new("RGBA", cut_out.size, "white")
    return Image.alpha_composite(white, cut_out).convert("RGB")


def spread(items: list) -> list:
    """At most MOST of them, evenly from the first to the last."""
    return items[:: -(-len(items) // MOST)] if items else []


# --- shared/data --------------------------------------------------------------------------------


def entries(folder: Path) -> tuple[zipfile.ZipFile, list[dict]]:
    index = json.loads((folder / "index.json").read_text())
    return zipfile.ZipFile(folder / f"{folder.name}.zip"), index["items"]


def places(folder: Path) -> Iterator[Stranger]:
    archive, items = entries(folder)
    outdoors = [item for item in items if not item["indoor"]]
    empty = [item for item in items if item["panorama"] in EMPTY_ROOMS]
    for group, chosen in (("outdoors", outdoors), ("empty rooms", empty)):
        for item in spread(chosen):
            image = Image.open(io.BytesIO(archive.read(item["name"])))
            yield Stranger(group, item["panorama"], image.convert("RGB"))


def textures(folder: Path) -> Iterator[Stranger]:
    archive, items = entries(folder)
    first = {item["material"]: item for item in items}  # one of each material
    for item in spread(list(first.values())):
        image = Image.open(io.BytesIO(archive.read(item["name"])))
        yield Stranger("textures", item["material"], image.convert("RGB"))


def panoramas(folder: Path) -> Iterator[Stranger]:
    archive, items = entries(folder)
    for item in spread([item for item in items if not item["indoor"]]):
        radiance = np.load(io.BytesIO(archive.read(item["name"]))).astype(np.float32)
        exposed = (radiance / (2 * np.median(radiance) + 1e-6)).clip(0, 1) ** (1 / 2.2)
        yield Stranger("panoramas", item["panorama"], picture(exposed))


# --- made here ----------------------------------------------------------------------------------


def made() -> Iterator[Stranger]:
    """Noise, gradients, pages of text and windows of a screen, the same every time."""
    for kind in (noise, gradient, page, screen):
        for i in range(MADE):
            yield Stranger("made", f"{kind.__name__}{i}", kind(np.random.default_rng(i)))


def picture(values: np.ndarray) -> Image.Image:
    return Image.fromarray((values * 255).round().astype(np.uint8))


def noise(rng: np.random.Generator) -> Image.Image:
    """From television snow to soft clouds."""
    side = int(2 ** rng.integers(2, 9))
    small = picture(rng.random((side, side, 3)))
    return small.resize((SIDE, SIDE), Image.Resampling.BICUBIC)


def gradient(rng: np.random.Generator) -> Image.Image:
    corners = picture(rng.random((2, 2, 3)))
    return corners.resize((SIDE, SIDE), Image.Resampling.BILINEAR)


def page(rng: np.random.Generator) -> Image.Image:
    image = Image.new("RGB", (SIDE, round(SIDE * 1.4)), "white")
    draw, size = ImageDraw.Draw(image), int(rng.integers(9, 22))
    for y in range(20, image.height - 30, round(size * 1.5)):
        letters = rng.choice(list("aeinorstlcd    "), SIDE // size * 2)
        draw.text((20, y), "".join(letters), fill="black", font_size=size)
    return image


def screen(rng: np.random.Generator) -> Image.Image:
    """Overlapping windows with a title bar and lines of text."""
    image = Image.new("RGB", (SIDE * 16 // 9, SIDE), tuple(rng.integers(0, 255, 3).tolist()))
    draw = ImageDraw.Draw(image)
    for _ in range(rng.integers(1, 5)):
        x, y = rng.integers(0, SIDE), rng.integers(0, SIDE // 2)
        w, h = rng.integers(120, 400), rng.integers(80, 300)
        draw.rectangle((x, y, x + w, y + h), fill=(245, 245, 245), outline=(90, 90, 90))
        draw.rectangle((x, y, x + w, y + 18), fill=tuple(rng.integers(0, 255, 3).tolist()))
        for line in range(y + 28, y + h - 14, 14):
            draw.text((x + 8, line), "lorem ipsum dolor sit"[: w // 9], fill=(40, 40, 40))
    return image
