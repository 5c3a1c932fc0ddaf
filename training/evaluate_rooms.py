"""Measures scenes of whole rooms on generated pictures: where the pieces stand, size, turn.

    python -m training.evaluate_rooms --rooms runs/rooms --render 100 --assets ../shared/data
    python -m training.evaluate_rooms --rooms runs/rooms --found --checkpoint runs/with_heads
    python -m training.evaluate_rooms --rooms runs/rooms --render 2 --dry-run

--render draws rooms of shapes that training does not see into the folder, with their true cameras.
Without --found the pieces have their true boxes; shapes and cameras are predicted in both cases.
Rooms with one piece are left out: their layout is a point.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import torch
from tqdm import tqdm

from core.errors import UserError
from images.preprocessing import DecodedImage
from pipeline.result import Result
from pipeline.scene.scene import make_scene
from training.command_line import argument_parser
from training.heads.command import held_out_studio
from training.rooms.scores import PieceError, match_pieces, piece_errors, summarise
from training.rooms.true_rooms import TrueRoom, load_rooms, render_rooms, save_rooms
from training.studio.config import StudioConfig
from voxel_model import VoxelModel, find_objects, load_model, predict_decoded

IMAGE_SIZE = 640  # pixels of a picture's longer side; at 224 a chair of a set has 40
NEVER = 10**6  # steps after which shapes are replaced: baking them takes longer than the rooms


def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Parses the command line."""
    parser = argument_parser("evaluate_rooms", __doc__)
    add = parser.add_argument
    add("--rooms", required=True, type=Path, help="folder of the rooms")
    add("--render", type=int, default=0, help="first render so many rooms into the folder")
    add("--assets", help="folder with textures/, backgrounds/, hdri/ for --render")
    add("--slots", type=int, default=64, help="number of shapes for --render")
    add("--checkpoint", help="folder, Hub repo id or .pth (default: the shipped weights)")
    add("--found", action="store_true", help="the boxes that the model finds, not the true ones")
    add("--out", type=Path, help="JSON file for the medians and the errors of all pieces")
    add("--dry-run", action="store_true", help="small pictures of few shapes")
    return parser.parse_args(argv)


def render(args: argparse.Namespace) -> None:
    """Renders rooms into the folder."""
    config = StudioConfig(
        image_size=IMAGE_SIZE, slots=args.slots, assets=args.assets, refresh_every=NEVER
    )
    if args.dry_run:
        config = config.changed({"image_size": 96, "slots": 16, "grid": 32})
    studio = held_out_studio(config, torch.device("cpu"))
    rooms = tqdm(render_rooms(studio, args.render), total=args.render, disable=None)
    save_rooms(rooms, args.rooms)


def score_room(model: VoxelModel, room: TrueRoom, by_found: bool) -> list[PieceError]:
    """Returns the errors of the pieces of one room."""
    decoded, true = DecodedImage(room.image, None), room.pixel_boxes()
    boxes = [piece.box for piece in find_objects(model, decoded)] if by_found else true
    if not boxes:
        return []
    predictions = predict_decoded(model, [decoded] * len(boxes), boxes)
    threshold = model.config.threshold
    results = [Result(prediction, "room", Path(), threshold) for prediction in predictions]
    scene = make_scene(results, threshold)
    matched = match_pieces(boxes, true) if by_found else {k: k for k in range(len(true))}
    numbers = [matched.get(piece.number - 1) for piece in scene.pieces]
    return piece_errors(scene, numbers, room)


def table(rooms: int, pieces: int, figures: dict[str, float]) -> str:
    """Returns the medians as text."""
    return "\n".join(
        [
            f"{rooms} rooms, {pieces} pieces, placed {figures['pieces'] / pieces:.1%}; medians:",
            f"position     {figures['layout']:.1%} of the depth that the pieces take up, aligned"
            f" ({figures['position']:.2f} m)",
            f"from camera  {figures['from_camera']:.1%} of the room's depth, not aligned",
            f"size         {figures['size']:.1%} of the longest side",
            f"yaw          {figures['yaw']:.1f} degrees",
        ]
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns the exit status."""
    args = parse_args(argv)
    try:
        if args.render:
            render(args)
        rooms = [room for room in load_rooms(args.rooms) if args.dry_run or len(room.boxes) > 1]
        model = load_model(args.checkpoint)
        rows = [score_room(model, room, args.found) for room in tqdm(rooms, disable=None)]
        errors = [error for row in rows for error in row]
        if not errors:
            raise UserError("No piece of these rooms was found; use a checkpoint with the head.")
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    figures = summarise(errors)
    print(table(len(rooms), sum(len(room.boxes) for room in rooms), figures))
    if args.out:
        pieces = [[vars(error) for error in row] for row in rows]
        args.out.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"medians": figures, "found": args.found, "rooms": pieces}, indent=1)
        args.out.write_text(text + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
