"""A photo of several pieces to one scene on two cores, in units of one ResNet18 forward.

`benchmarks/room.jpg` is a generated room. The boxes of its pieces are given to the network, so that
the work does not depend on what a checkpoint finds; the pass that finds pieces is part of it.
"""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageOps

from benchmarks.app_server import ROOT
from benchmarks.report import Table
from benchmarks.timing import ROUNDS, THREADS, UNIT, interleave, ratio, resnet_forward
from core.boxes import Box
from images.preprocessing import DecodedImage, decode_image
from images.untrusted import open_image
from pipeline.parts.bank import PieceBank, embedded_bank
from pipeline.parts.model import add_parts
from pipeline.result import Result
from pipeline.scene.files import export_scene
from pipeline.scene.parts import add_scene_parts
from pipeline.scene.predicting import piece_results, predict_pieces
from pipeline.scene.scene import Scene, make_scene
from pipeline.settings import PARTS, Settings
from voxel_model import VoxelModel, find_objects, load_model

IMAGE = ROOT / "benchmarks" / "room.jpg"
BOXES: tuple[Box, ...] = (  # pixels: a table, three chairs, a bench and a bookcase
    (131, 171, 348, 462),
    (286, 265, 434, 484),
    (93, 270, 232, 488),
    (245, 238, 354, 418),
    (521, 405, 621, 578),
    (433, 103, 539, 436),
)


@dataclass(frozen=True)
class RoomSteps:
    """The steps from a photo to the file of its scene."""

    model: VoxelModel
    folder: Path
    bank: PieceBank | None = None

    def decode(self, is_doubled: bool) -> tuple[DecodedImage, list[Box]]:
        """Return the photo and its boxes; doubled, it stands beside its mirror image."""
        image = open_image(IMAGE)
        if not is_doubled:
            return decode_image(image), list(BOXES)
        width, height = image.size
        double = Image.new("RGB", (2 * width, height))
        double.paste(image, (0, 0))
        double.paste(ImageOps.mirror(image), (width, 0))
        mirrored = [(2 * width - x1, y0, 2 * width - x0, y1) for x0, y0, x1, y1 in BOXES]
        return decode_image(double), [*BOXES, *mirrored]

    def predict(self, decoded: DecodedImage, boxes: list[Box]) -> list[Result]:
        """Return the results of the pieces."""
        predictions = predict_pieces(self.model, decoded, boxes)
        return piece_results(predictions, "room", self.folder, self.model.config.threshold)

    def place(self, results: list[Result]) -> Scene:
        """Return the scene."""
        return make_scene(results, self.model.config.threshold)

    def write(self, scene: Scene) -> Path:
        """Mesh the pieces with smooth surfaces and write the GLB."""
        return export_scene(scene, Settings(self.model.config.threshold, "smooth"))

    def make_parts(self, scene: Scene) -> Path:
        """Look for parts in all pieces and write the GLB with them."""
        threshold = self.model.config.threshold
        scene = add_scene_parts(scene, threshold, lambda result: add_parts(result, self.bank))
        return export_scene(scene, Settings(threshold, PARTS))

    def whole(self, is_doubled: bool) -> Path:
        """Do all steps."""
        decoded, boxes = self.decode(is_doubled)
        find_objects(self.model, decoded)
        return self.write(self.place(self.predict(decoded, boxes)))


def measure(rounds: int = ROUNDS) -> Table:
    """Measure every row of the table, with its aim."""
    torch.set_num_threads(THREADS)
    with tempfile.TemporaryDirectory() as folder:
        times = interleave(make_cases(load_model(device="cpu"), Path(folder)), rounds)
    count = len(BOXES)
    rows = [
        ("finding the pieces", ratio(times, "find"), ""),
        (f"network, {count} pieces in one batch", ratio(times, "predict"), ""),
        (f"camera and places of {count} pieces", ratio(times, "place"), ""),
        (f"{count} smooth meshes + GLB", ratio(times, "write"), ""),
        (f"parts of {count} pieces, beside the smooth surfaces", ratio(times, "parts"), ""),
        (f"photo of {count} pieces to scene GLB, whole", ratio(times, "whole"), "≤ 12, aim 8"),
        (f"photo of {2 * count} pieces to scene GLB, whole", ratio(times, "doubled"), ""),
    ]
    cells = [[what, f"{value:.2f}", aim] for what, value, aim in rows]
    seconds = np.median(times["doubled"])
    cells.append([f"photo of {2 * count} pieces, whole, s", f"{seconds:.2f}", "≤ 1.5"])
    cells.append([f"{UNIT}, ms", f"{1e3 * np.median(times[UNIT]):.1f}", ""])
    figures = {"room": ratio(times, "whole")}
    return Table("room", ["step", "ResNet18 forwards", "aim"], cells, figures)


def make_cases(model: VoxelModel, folder: Path) -> dict[str, Callable]:
    """Return what is timed, by name.

    Parameters
    ----------
    model : VoxelModel
        The network on the CPU.
    folder : Path
        Folder for the files that the cases write.
    """
    steps = RoomSteps(model, folder, embedded_bank())
    decoded, boxes = steps.decode(is_doubled=False)
    results = steps.predict(decoded, boxes)
    scene = steps.place(results)

    def write() -> Path:
        """Write the scene from results that hold no colours of an earlier round."""
        pieces = tuple(replace(piece, result=replace(piece.result)) for piece in scene.pieces)
        return steps.write(replace(scene, pieces=pieces))

    return {
        UNIT: resnet_forward(),
        "find": lambda: find_objects(model, decoded),
        "predict": lambda: steps.predict(decoded, boxes),
        "place": lambda: steps.place(results),
        "write": write,
        "parts": lambda: steps.make_parts(scene),
        "whole": lambda: steps.whole(is_doubled=False),
        "doubled": lambda: steps.whole(is_doubled=True),
    }
