"""A scene: all pieces of one photo, each where it stands.

scene = make_scene(results, settings)
scene.pieces[1].name                     # "chair_2": its category, and its number in the photo
data = scene_glb(scene)                  # pipeline.scene.files
"""

from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import numpy as np

from core.errors import MeshError, PictureError
from geometry.grids import validate_grid
from pipeline.result import Result
from pipeline.scene.placement.camera import RoomCamera
from pipeline.scene.placement.fitting import fit_room
from pipeline.scene.placement.floor import SolidShape, separate, turned
from pipeline.scene.placement.pieces import piece_of

NO_PIECE = (
    "No piece of furniture was found in this photo; draw a box around one, or take another photo."
)


@dataclass(frozen=True)
class ScenePiece:
    """One piece and its place."""

    name: str
    result: Result
    meters: float  # longest side of the piece's grid
    place: tuple[float, float]  # x and z of the middle of its grid, metres
    yaw: float  # radians, turn about y from its own frame to the scene's

    @property
    def number(self) -> int:
        """Its number in the photo, from 1."""
        return int(self.name.rpartition("_")[2])

    def to_scene(self, vertices: np.ndarray, grid_center: np.ndarray) -> np.ndarray:
        """Return vertices (V, 3) of the piece's mesh in the scene's frame, metres.

        Parameters
        ----------
        vertices : (V, 3) float
            In the mesh's frame, feet at y = 0, longest side of the grid 1.
        grid_center : (3,) float
            The grid's middle in that frame.
        """
        middle = np.array([grid_center[0], 0, grid_center[2]])
        standing = turned((vertices - middle) * self.meters, self.yaw)
        return standing + np.array([self.place[0], 0, self.place[1]])


@dataclass(frozen=True)
class Scene:
    """All pieces of one photo on one floor; the frame is that of `pipeline.scene`."""

    name: str  # of the photo
    pieces: tuple[ScenePiece, ...]
    camera: RoomCamera

    def in_folder(self, folder: Path) -> "Scene":
        """Return the scene with another folder for its files, without cached arrays."""
        pieces = (replace(p, result=replace(p.result, folder=folder)) for p in self.pieces)
        return replace(self, pieces=tuple(pieces))

    def describe(self) -> list[dict]:
        """Return name, place (metres), turn (degrees) and scale of each piece as JSON values."""
        return [
            {
                "name": piece.name,
                "category": piece.result.prediction.category,
                "box": [round(value, 1) for value in piece.result.prediction.box],
                "place": [round(piece.place[0], 3), 0.0, round(piece.place[1], 3)],
                "turn": round(float(np.degrees(piece.yaw)), 1),
                "longest_side": round(piece.meters, 3),
            }
            for piece in self.pieces
        ]


def make_scene(results: list[Result], threshold: float, numbers: list[int] | None = None) -> Scene:
    """Place all pieces of a photo.

    Parameters
    ----------
    results : list of Result
        Pieces of one photo.
    threshold : float
        Probability above which a cell is solid.
    numbers : list of int, optional
        Numbers of the pieces in the photo, by default 1, 2, 3 ...

    Returns
    -------
    Scene
        Pieces without a solid cell are left out; the others keep their numbers.

    Raises
    ------
    PictureError
        If no piece is left.
    """
    views, kept, names = [], [], []
    for number, result in zip(numbers or count(1), results, strict=False):
        try:
            views.append(piece_of(result.prediction, threshold))
        except MeshError:
            continue
        kept.append(result)
        names.append(piece_name(result.prediction.category, number))
    if not kept:
        raise PictureError(NO_PIECE)
    first = kept[0].prediction
    focal = first.focal and first.focal * max(first.size)
    room = fit_room(views, first.size, focal)
    solids = [validate_grid(r.prediction.occupancy, None, threshold)[2] for r in kept]
    shapes = [SolidShape(*row) for row in zip(solids, room.meters, room.yaw, strict=True)]
    places = separate(shapes, room.places)
    rows = zip(names, kept, room.meters.tolist(), places.tolist(), room.yaw.tolist(), strict=True)
    pieces = tuple(ScenePiece(n, r, m, tuple(p), y) for n, r, m, p, y in rows)
    return Scene(kept[0].name, pieces, room.camera)


def piece_name(category: str, number: int) -> str:
    """Return the name of a piece, for example "chair_2"."""
    return f"{category or 'piece'}_{number}"


def centered(scene: Scene) -> Scene:
    """Return the scene with the middle of its pieces above the origin, for files."""
    places = np.array([piece.place for piece in scene.pieces])
    middle = (places.min(axis=0) + places.max(axis=0)) / 2
    moved = (places - middle).tolist()
    pieces = [replace(p, place=tuple(m)) for p, m in zip(scene.pieces, moved, strict=True)]
    return replace(scene, pieces=tuple(pieces))
