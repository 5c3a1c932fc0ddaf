"""The example pictures of the page, from shapes that no training run sees, and their true grids.

    python -m training.synthetic.examples --assets ../shared/data --out examples \\
        --truth tests/examples.npz
    python -m training.synthetic.examples --assets ../shared/data --preview sheet.png

Training numbers its shapes from its own --seed; these have seeds of their own, one for each
picture, chosen by eye from the preview.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from training.synthetic import photo
from training.synthetic.bank import ShapeBank
from training.synthetic.scene import Draw, draw_scene
from training.synthetic.studio import Studio, StudioConfig
from voxel_model import CATEGORIES

SIDE = 768  # pixels
FIRST_SEED = 770_000  # far from any seed that a training run is likely to have
# file name, category, seed: drawn with --preview and picked
PICKED = (
    ("bed", "bed", 770_000),
    ("day_bed", "bed", 770_003),
    ("bookcase", "bookcase", 770_001),
    ("armchair", "chair", 770_000),
    ("swivel_chair", "chair", 770_001),
    ("lounge_chair", "chair", 770_002),
    ("desk", "desk", 770_001),
    ("sofa", "sofa", 770_000),
    ("corner_sofa", "sofa", 770_003),
    ("table", "table", 770_000),
    ("side_table", "table", 770_001),
    ("wardrobe", "wardrobe", 770_002),
)
CANDIDATES = 4  # for each category in a preview
VIEW = 0.55, 0.3  # radians: azimuth to either side, elevation
ROOM = 0.22  # of the object's size left free around it


def example(studio: Studio, category: str, seed: int) -> tuple[Image.Image, np.ndarray]:
    """One picture, and its grid (R, R, R) bool."""
    shares = tuple(float(name == category) for name in CATEGORIES)
    config = studio.config
    studio.bank = ShapeBank(2, config.grid, config.resolution, shares, studio.device, seed)
    studio.bank.advance(0)
    draw = Draw(1, studio.device, seed)
    studio.poses.table[:, :, 0] = VIEW[0] * (1 if seed % 2 else -1)
    studio.poses.table[:, :, 1] = VIEW[1]
    scene, *_ = draw_scene(draw, studio.bank, studio.assets, studio.poses, torch.tensor([0]))
    _arrange(scene, draw)
    linear, _ = studio.render(scene)
    image = linear.clamp(1e-5, 1) ** (1 / 2.2)
    image, _ = photo.frame(image, image[:, :1], scene)
    pixels = (image[0].permute(1, 2, 0).clamp(0, 1) * 255).round().byte().numpy()
    return Image.fromarray(pixels), studio.bank.occupancy[0].numpy()


def _arrange(scene, draw: Draw) -> None:
    """A tidy room with nothing else in it, the object whole and in the middle."""
    scene.place[:] = scene.eye - 30 * scene.frame[:, 2]
    scene.window[:, 2] *= 1 + ROOM
    reach = scene.window[:, 2:3]
    center = scene.window[:, :2]
    scene.photo[:] = torch.cat([center - reach, center + reach], dim=1)
    scene.plate[:] = -1 if draw.uniform().item() < 0.7 else 10**6
    scene.plate_color[:] = 0.92
    scene.plate_shadow[:] = 0.8


def preview(studio: Studio) -> Image.Image:
    """Candidates of every category, one row each."""
    side = studio.config.image_size
    sheet = Image.new("RGB", (CANDIDATES * side, len(CATEGORIES) * side))
    for row, category in enumerate(CATEGORIES):
        for column in range(CANDIDATES):
            image, _ = example(studio, category, FIRST_SEED + column)
            sheet.paste(image, (column * side, row * side))
    return sheet


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--assets", help="folder with textures/, backgrounds/, hdri/")
    parser.add_argument("--out", type=Path, default=Path("examples"))
    parser.add_argument("--truth", type=Path, help="npz for the true grids, packed bits")
    parser.add_argument("--preview", help="draw candidates into this file instead")
    arguments = parser.parse_args()
    side = 160 if arguments.preview else SIDE
    config = StudioConfig(image_size=side, slots=2, assets=arguments.assets)
    if arguments.preview:
        config.grid = 64
    studio = Studio(config, torch.device("cpu"))
    if arguments.preview:
        preview(studio).save(arguments.preview)
        return
    arguments.out.mkdir(parents=True, exist_ok=True)
    truth = {}
    for name, category, seed in PICKED:
        image, grid = example(studio, category, seed)
        image.save(arguments.out / f"{name}.jpg", quality=92)
        truth[name] = np.packbits(grid)
        print(name)
    if arguments.truth:
        np.savez_compressed(arguments.truth, **truth)


if __name__ == "__main__":
    main()
