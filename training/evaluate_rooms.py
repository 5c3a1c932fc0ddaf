"""Measures scenes of whole rooms on generated pictures: where the pieces stand, size, turn.

    python -m training.evaluate_rooms --rooms runs/rooms --render 100 --assets ../shared/data
    python -m training.evaluate_rooms --rooms runs/held_out --render 100 --seed 1 --assets ...
    python -m training.evaluate_rooms --rooms runs/rooms --found --checkpoint runs/with_heads
    python -m training.evaluate_rooms --rooms runs/rooms --render 2 --dry-run

--render draws rooms of shapes that training does not see into the folder, with their true cameras.
The constants of `pipeline.scene` are tuned on the rooms of seeds 0 and 2; seed 1 is held out.
The pieces have their true boxes, and with --found also those that the model finds. The focal length
is not known, as for most pictures of the web, or is the true one, as a phone writes it into EXIF.
Rooms with one piece are left out: their layout is a point.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
from tqdm import tqdm

from core.errors import UserError
from core.prediction import Prediction
from images.preprocessing import DecodedImage
from pipeline.result import Result
from pipeline.scene.scene import make_scene
from training.console.command_line import argument_parser
from training.heads.command import held_out_studio
from training.rooms.scores import PieceError, match_pieces, piece_errors, summarise
from training.rooms.true_rooms import TrueRoom, load_rooms, render_rooms, save_rooms
from training.studio.config import StudioConfig
from voxel_model import VoxelModel, find_objects, load_model, predict_decoded

IMAGE_SIZE = 640  # pixels of a picture's longer side; at 224 a chair of a set has 40
NEVER = 10**6  # steps after which shapes are replaced: baking them takes longer than the rooms

Errors = list[PieceError]


def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Parses the command line."""
    parser = argument_parser("evaluate_rooms", __doc__)
    add = parser.add_argument
    add("--rooms", required=True, type=Path, help="folder of the rooms")
    add("--render", type=int, default=0, help="first render so many rooms into the folder")
    add("--seed", type=int, default=0, help="of --render: other rooms and other shapes")
    add("--assets", help="folder with textures/, backgrounds/, hdri/ for --render")
    add("--slots", type=int, default=64, help="number of shapes for --render")
    add("--checkpoint", help="folder, Hub repo id or .pth (default: the shipped weights)")
    add("--found", action="store_true", help="also with the boxes that the model finds")
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
    studio = held_out_studio(config, torch.device("cpu"), args.seed)
    rooms = tqdm(render_rooms(studio, args.render), total=args.render, disable=None)
    save_rooms(rooms, args.rooms)


def score_room(model: VoxelModel, room: TrueRoom, by_found: bool) -> dict[bool, Errors]:
    """Returns the errors of the pieces of one room, by whether the focal length is known."""
    decoded, true = DecodedImage(room.image, None), room.pixel_boxes()
    boxes = [piece.box for piece in find_objects(model, decoded)] if by_found else true
    if not boxes:
        return {False: [], True: []}
    predictions = predict_decoded(model, [decoded] * len(boxes), boxes)
    matched = match_pieces(boxes, true) if by_found else {k: k for k in range(len(true))}
    focal = room.focal / max(decoded.rgb.size)
    return {
        False: scene_errors(predictions, matched, room, model.config.threshold),
        True: scene_errors(
            [replace(p, focal=focal) for p in predictions], matched, room, model.config.threshold
        ),
    }


def scene_errors(
    predictions: list[Prediction], matched: dict[int, int], room: TrueRoom, threshold: float
) -> Errors:
    """Returns the errors of a scene of predictions, whose true pieces are `matched`."""
    results = [Result(prediction, "room", Path(), threshold) for prediction in predictions]
    scene = make_scene(results, threshold)
    numbers = [matched.get(piece.number - 1) for piece in scene.pieces]
    return piece_errors(scene, numbers, room)


def measure(model: VoxelModel, rooms: list[TrueRoom], by_found: bool) -> list[dict]:
    """Returns a row for each knowledge of the focal length: medians, and errors of all pieces."""
    scores = [score_room(model, room, by_found) for room in tqdm(rooms, disable=None)]
    rows = []
    for is_known in (False, True):
        errors = [score[is_known] for score in scores]
        if not any(errors):
            raise UserError("No piece of these rooms was found; use a checkpoint with the head.")
        row = {"boxes": "found" if by_found else "true", "focal_known": is_known}
        row["medians"] = summarise([error for room in errors for error in room])
        rows.append(row | {"rooms": [[vars(error) for error in room] for room in errors]})
    return rows


def table(rooms: int, pieces: int, rows: list[dict]) -> str:
    """Returns the medians as text."""
    lines = [
        f"{rooms} rooms, {pieces} pieces; medians",
        "position aligned: share of the depth that the pieces take up, after one rigid motion",
        "position in the camera's frame: share of the depth from the camera to the farthest piece",
        "",
        "boxes  focal length  placed  position aligned  in camera's frame  size    yaw",
    ]
    for row in rows:
        medians, focal = row["medians"], "known" if row["focal_known"] else "unknown"
        lines.append(
            f"{row['boxes']:<7}{focal:<14}{medians['pieces'] / pieces:<8.1%}"
            f"{medians['layout']:<6.1%}({medians['position']:.2f} m)    "
            f"{medians['from_camera']:<19.1%}{medians['size']:<8.1%}{medians['yaw']:.1f} degrees"
        )
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns the exit status."""
    args = parse_args(argv)
    try:
        if args.render:
            render(args)
        rooms = [room for room in load_rooms(args.rooms) if args.dry_run or len(room.boxes) > 1]
        model = load_model(args.checkpoint)
        rows = measure(model, rooms, by_found=False)
        if args.found:
            rows += measure(model, rooms, by_found=True)
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    print(table(len(rooms), sum(len(room.boxes) for room in rooms), rows))
    if args.out:
        args.out.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(rows, indent=1)
        args.out.write_text(text + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
