"""The files in a session's folder: pictures of its models, turned photos, results of the exports.

picture = save_picture(result, settings, folder, name)
delete_old_results(folder)               # after each export
"""

import shutil
import tempfile
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import trimesh

from pipeline.display import first_azimuth, first_elevation
from pipeline.export import shown_mesh
from pipeline.result import Result
from pipeline.scene.meshes import PieceMesh
from pipeline.scene.pictures import first_scene_view, scene_mesh
from pipeline.scene.scene import Scene
from pipeline.settings import Settings

MAX_RESULTS = 12  # newest folders of files that a session keeps; a change makes up to three
PHOTO_PREFIX = "photo-"  # of folders that hold a photo, which the page goes on showing
THUMBNAIL_QUALITY = 85  # of WebP, 0 to 100
PICTURE_SIZE = 200  # pixels, of pictures of models
PICTURE_GRAY = 236  # of their background: that of the viewer in the light theme


@dataclass(frozen=True)
class MadeModel:
    """Photo, picture and caption of one model in the grid."""

    photo: str  # path
    picture: str  # name of a file in the session's folder
    caption: str
    is_doubtful: bool


def new_photo_folder(folder: Path) -> Path:
    """Create a folder in that of a session, which `delete_old_results` leaves alone."""
    folder.mkdir(parents=True, exist_ok=True)  # old files may have been removed
    return Path(tempfile.mkdtemp(prefix=PHOTO_PREFIX, dir=folder))


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
    """Render a scene as `save_picture` does; `meshes` is called if the file does not exist."""
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


def delete_old_results(folder: Path) -> None:
    """Remove all but the newest results of a session; the page offers none of the others."""
    with suppress(OSError):  # another event of the session may do the same at this moment
        results = [
            entry
            for entry in folder.iterdir()
            if entry.is_dir() and not entry.name.startswith(PHOTO_PREFIX)
        ]
        for old in sorted(results, key=lambda entry: entry.lstat().st_ctime)[:-MAX_RESULTS]:
            shutil.rmtree(old)
