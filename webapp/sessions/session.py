"""Sessions: the models and the files of one visitor, held in a `gr.State`.

A session ends `Limits.keep_seconds` after an event last set it. When its page was closed, Gradio
counts 3600 s from that moment in place of `keep_seconds`.
`webapp.server.access.clients.SessionTable` holds at most `Limits.most_visitors` sessions, each with
MAX_HISTORY models of about 0.28 MB, and refuses newcomers beyond. Private in Gradio:
`App.state_holder`, which says what a session holds.
"""

import hashlib
import secrets
import shutil
import tempfile
import uuid
from dataclasses import dataclass, field, replace
from functools import partial
from hmac import compare_digest
from pathlib import Path

import gradio as gr

from pipeline.parts.model import PartModel, with_meshes, without_meshes
from pipeline.result import Result
from pipeline.scene.meshes import piece_meshes
from pipeline.scene.parts import without_scene_meshes
from pipeline.scene.scene import Scene, centered
from pipeline.settings import Settings
from pipeline.warnings import ROTATED
from webapp.server.limits import Limits
from webapp.sessions.session_files import (
    MadeModel,
    save_picture,
    save_scene_picture,
    save_thumbnail,
)

MAX_HISTORY = 6  # models of one session


@dataclass
class Download:
    """Files that the page offers to download.

    All copies of a session share it, so that a long job learns that the model has changed.
    """

    version: int = 0  # of the displayed model
    is_plain_glb: bool = True  # the page asks for GLB with all colours and faces
    settings: Settings | None = None  # of `glb`
    glb: Path | None = None  # of this version, if it was written with the file of the viewer

    def follow(self, version: int, settings: Settings | None, glb: Path | None) -> None:
        """Note the files of a new version."""
        self.version, self.settings, self.glb = version, settings, glb

    def ready(self, settings: Settings) -> Path | None:
        """Return the file if it is what the page asks for."""
        is_wanted = self.is_plain_glb and self.settings == settings
        return self.glb if is_wanted and self.glb and self.glb.is_file() else None


@dataclass(frozen=True)
class SavedModel:
    """One model of a session, with what the page shows beside it."""

    result: Result  # compact; its parts have no meshes unless it is the displayed model
    photo: str = ""  # path of its first photo
    selection: dict | None = None  # the object in the photo, as chooser.js draws it
    nudges: tuple[str, ...] = ()  # keys of webapp.components.nudges.SENTENCES
    quarters: int = 0  # turns anticlockwise that would set the photo upright
    fitted: PartModel | None = None  # the parts before the visitor changed parameters
    is_fitted: bool = False  # whether parts were looked for
    scene: Scene | None = None  # of all pieces of the photo; `result` is then that of the best one
    name: str = field(default_factory=lambda: uuid.uuid4().hex)  # of the thumbnail's file

    @property
    def object(self) -> tuple:
        """The photo and the box of the object in it, None for all of them."""
        if self.scene:
            return self.photo, None
        return self.photo, tuple((self.selection or {}).get("box", ()))

    @property
    def caption(self) -> str:
        """The name of the photo, for the list of earlier models."""
        return f"{self.result.name}, all pieces" if self.scene else self.result.name

    def thumbnail(self, folder: Path) -> str:
        """Return the path of the thumbnail in the session's folder, encoded when first asked for.

        Gradio removes the file after an hour, as all others; then it is encoded again.
        """
        return save_thumbnail(self.result, folder, self.name)

    def picture(self, folder: Path, settings: Settings) -> str:
        """Return the path of a picture of the model in the session's folder, rendered once."""
        if self.scene:
            meshes = partial(piece_meshes, centered(self.scene), settings)
            return save_scene_picture(self.scene, meshes, folder, self.name)
        return save_picture(with_meshes(self.result), settings, folder, self.name)


@dataclass(frozen=True)
class Session:
    """Models and files of one visitor. Immutable: Gradio may still hold the value before it."""

    folder: Path  # in Gradio's cache; deleted with the session
    models: tuple[SavedModel, ...] = ()  # newest first
    selected: int = 0  # index of the displayed model
    made: tuple[MadeModel, ...] = ()  # of a run of many photos, in the order of their pictures
    report: str = ""  # of that run
    token: str = field(default_factory=lambda: new_token())  # leads back after a reload
    version: int = 0  # of the displayed model; a change of the page makes a new one
    download: Download = field(default_factory=Download, compare=False)

    @property
    def model(self) -> SavedModel:
        """The displayed model."""
        return self.models[self.selected]

    @property
    def preview_key(self) -> str:
        """The name under which the page asks for previews; it leads to nothing else."""
        return hashlib.sha256(f"preview {self.token}".encode()).hexdigest()

    @property
    def holds_models(self) -> bool:
        """Whether a visitor would miss it."""
        return bool(self.models or self.made)

    @property
    def result(self) -> Result:
        """A copy of the displayed model, so that arrays cached in it are freed with the request."""
        return replace(self.model.result, folder=self.folder)

    @property
    def scene(self) -> Scene | None:
        """A copy of the displayed room, None if one piece is displayed."""
        return self.model.scene and self.model.scene.in_folder(self.folder)

    def add(self, result: Result, **shown) -> "Session":
        """Return the session with a new model, which is displayed; `shown` as in SavedModel.

        It takes the place of an earlier model of the same object in the same photo. A room takes
        the place of the room before, as it holds up to a dozen models.
        """
        model = SavedModel(result.compact(), **shown)
        others = [m for m in self.models if not (model.photo and m.object == model.object)]
        if model.scene:
            others = [m for m in others if not m.scene]
        models = (model, *map(_without_meshes, others))[:MAX_HISTORY]
        return replace(self, models=models, selected=0)

    def select(self, index: int) -> "Session":
        """Return the session with another of its models displayed."""
        selected = min(max(index, 0), len(self.models) - 1)
        models = [
            _with_meshes(model) if i == selected else _without_meshes(model)
            for i, model in enumerate(self.models)
        ]
        return replace(self, models=tuple(models), selected=selected)

    def with_parts(self, parts: PartModel | None, is_first: bool = False) -> "Session":
        """Return the session with parts of the displayed model; the first are those fitted."""
        model = replace(self.model, result=replace(self.model.result, part_model=parts))
        if is_first:
            fitted = replace(parts, parts=()) if parts else None
            model = replace(model, fitted=fitted, is_fitted=True)
        return self._with_model(model)

    def with_scene_parts(self, scene: Scene) -> "Session":
        """Return the session with the displayed room after the search for parts."""
        return self._with_model(replace(self.model, scene=scene, is_fitted=True))

    def without_scene_meshes(self) -> "Session":
        """Return the session without the meshes of a displayed room: up to 5 MB in memory."""
        scene = without_scene_meshes(self.model.scene)
        return self._with_model(replace(self.model, scene=scene))

    def with_rotation(self, quarters: int) -> "Session":
        """Return the session with the advice to turn the displayed model's photo."""
        nudges = (*self.model.nudges, ROTATED)
        return self._with_model(replace(self.model, quarters=quarters, nudges=nudges))

    def _with_model(self, model: SavedModel) -> "Session":
        """Return the session with another value of the displayed model."""
        models = (*self.models[: self.selected], model, *self.models[self.selected + 1 :])
        return replace(self, models=models)

    def copy(self, folder: Path) -> "Session":
        """Return a session of another visitor or page with the same models.

        `folder` is its own. The files of a run of many photos are copied there.
        """
        if self.made:
            shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        return replace(self, folder=folder, token=new_token(), version=0, download=Download())


def _without_meshes(model: SavedModel) -> SavedModel:
    return replace(model, result=without_meshes(model.result))


def _with_meshes(model: SavedModel) -> SavedModel:
    return replace(model, result=with_meshes(model.result))


def new_token() -> str:
    """Return a token that nobody can guess."""
    return secrets.token_urlsafe(32)


def new_session_state(limits: Limits) -> gr.State:
    """Return the component that holds a session, and deletes its files when the session ends."""
    return gr.State(None, time_to_live=limits.keep_seconds, delete_callback=delete_session_files)


def holds_model(app, name: str) -> bool:
    """Return whether the named session holds a model; `app` is Gradio's."""
    state = app.state_holder.session_data.get(name)
    values = list(state.state_data.values()) if state else []
    return any(isinstance(value, Session) and value.holds_models for value in values)


def session_of(app, preview_key: str) -> Session | None:
    """Return the session that a page asks for previews of; `app` is Gradio's."""
    for state in list(app.state_holder.session_data.values()):
        for value in list(state.state_data.values()):
            if isinstance(value, Session) and compare_digest(value.preview_key, preview_key):
                return value
    return None


def forget_session(app, name: str) -> None:
    """Remove what Gradio keeps of a session without a model; `app` is Gradio's."""
    app.state_holder.session_data.pop(name, None)
    app.state_holder.time_last_used.pop(name, None)


def open_session(session: Session | None, cache: Path) -> Session:
    """Return the session, or a new one with a folder in `cache`."""
    if session is not None:
        return session
    cache.mkdir(parents=True, exist_ok=True)
    return Session(Path(tempfile.mkdtemp(dir=cache)))


def delete_session_files(session: Session | None) -> None:
    """Remove the files of a session that ended.

    Never raises: Gradio calls it in the loop that ends sessions, and an exception would stop that
    loop for good.
    """
    if session:
        shutil.rmtree(session.folder, ignore_errors=True)
