"""Pictures of models and of the network's input, as WebP files in the folder of a session.

    path = save_picture(result, settings, folder, name)
    path = save_scene_picture(scene, meshes, folder, name)

A file that exists is not written again.
"""

import uuid
from collections.abc import Callable
from pathlib import Path

import trimesh

from pipeline.display import first_azimuth, first_elevation
from pipeline.export import shown_mesh
from pipeline.result import Result
from pipeline.scene.meshes import PieceMesh
from pipeline.scene.pictures import first_scene_view, scene_mesh
from pipeline.scene.scene import Scene
from pipeline.settings import Settings

THUMBNAIL_QUALITY = 85  # of WebP, 0 to 100
PICTURE_SIZE = 200  # pixels, of pictures of models
PICTURE_GRAY = 236  # of their background: that of the viewer in the light theme


def save_thumbnail(result: Result, folder: Path, name: str | None = None) -> str:
    """Write the image of the network's input as WebP, unless the file exists; return its path."""
    path = folder / f"thumbnail-{name or uuid.uuid4().hex}.webp"
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        result.dimmed_crop.save(path, "webp", quality=THUMBNAIL_QUALITY)
    return str(path)


def save_picture(result: Result, settings: Settings, folder: Path, name: str | None = None) -> str:
    """Render a model as WebP as the viewer first shows it, unless the file exists."""
    prediction = result.prediction
    angles = first_azimuth(prediction.azimuth), first_elevation(prediction.elevation)
    return _save(lambda: shown_mesh(result, settings), angles, folder, name)


def save_scene_picture(
    scene: Scene, meshes: Callable[[], list[PieceMesh]], folder: Path, name: str
) -> str:
    """Render a scene as `save_picture`; `meshes` is called if the file does not exist."""
    return _save(lambda: scene_mesh(meshes()), first_scene_view(scene), folder, name)


def _save(
    mesh: Callable[[], trimesh.Trimesh], angles: tuple, folder: Path, name: str | None
) -> str:
    path = folder / f"picture-{name or uuid.uuid4().hex}.webp"
    if not path.is_file():
        from pipeline.turntable import render_frame  # loads FFmpeg

        folder.mkdir(parents=True, exist_ok=True)
        frame = render_frame(mesh(), *angles, size=PICTURE_SIZE, background=PICTURE_GRAY)
        frame.save(path, "webp", quality=THUMBNAIL_QUALITY)
    return str(path)
