"""Handlers of a session's displayed model: its parts, its history, its download.

They need no network and no photo. The settings come as keyword arguments, named as the fields of
`Settings` and `ExportOptions`.
"""

from dataclasses import fields
from pathlib import Path

import gradio as gr

from pipeline.export import export_file, export_room, export_with_notes
from pipeline.parts.editing import edit
from pipeline.scene.files import SCENE_FORMATS, export_scene
from pipeline.settings import PARTS, ExportOptions, Settings
from webapp.components.room_link import room_file
from webapp.display.model_display import Displayed, display, download_button, edited
from webapp.messages import SESSION_EXPIRED, WRONG_VALUES, refusal, refusals
from webapp.sessions.session import Session
from webapp.sessions.session_files import delete_old_results

ROOM_FORMATS = "A room is written as GLB or ZIP; pick one piece for the other formats."


def adjust_parts(session: Session | None, event: gr.EventData | None, **settings) -> Displayed:
    """Change parameters of the displayed parts: the event has their values by name."""
    if not session or not session.result.part_model:
        return Displayed()
    changes, move = getattr(event, "changes", None), getattr(event, "move", None)
    if not isinstance(changes, dict) or not isinstance(move, int):
        raise refusal(WRONG_VALUES)
    with refusals():
        result = session.result
        parts, notes = edit(result.part_model, changes, result)
        return edited(session.with_parts(parts), Settings(**settings), notes, move)


def reset_parts(session: Session | None, **settings) -> Displayed:
    """Show the parts as they were fitted to the photo."""
    if not session or not session.model.fitted:
        return Displayed()
    with refusals():
        session = session.with_parts(session.model.fitted).select(session.selected)
        return edited(session, Settings(**settings), [])


def show_earlier_model(session: Session | None, event: gr.SelectData, **settings) -> tuple:
    """Display a model of the history, and its photo."""
    if not session:
        raise refusal(SESSION_EXPIRED)
    with refusals():
        session = session.select(event.index)
        photo, settings = session.model.photo, Settings(**settings)
        is_final = settings.style != PARTS or session.model.is_fitted  # a newer photo came first
        shown = display(session, settings, is_final=is_final)
    return *shown, photo if photo and Path(photo).is_file() else gr.skip()


def prepare_download(session: Session | None, file_format: str, **values):
    """Return the download button with its file, and notes for the printer of an STL.

    A file of a model that was changed meanwhile is not offered: another event follows.
    """
    if not session:
        return gr.skip()
    download = session.download
    with refusals():
        settings, options = split_settings(values)
        download.is_plain_glb = file_format == "glb" and not (options.palette or options.faces)
        path, notes = download.ready(settings), []
        if session.scene:
            path, notes = room_download(session, settings, file_format)
        elif not path or download.version != session.version:
            path, notes = export_with_notes(session.result, settings, file_format, options)
        delete_old_results(session.folder)
    if download.version != session.version:
        return gr.skip()
    return download_button(path), "\n".join(f"- {note}" for note in notes)


def open_in_room(session: Session | None, event: gr.EventData | None, **settings):
    """Write the model in real size for the phone's own viewer: the event has its format."""
    if not session:
        return gr.skip()
    with refusals():
        settings = Settings(**settings)
        if event.format == "glb":
            path = export_room(session.result, settings)
        else:
            path = export_file(session.result, settings, "usdz")
        delete_old_results(session.folder)
    return room_file(path)


def room_download(session: Session, settings: Settings, file_format: str) -> tuple[Path, list[str]]:
    """Write the displayed room as GLB or ZIP; another format is of one piece, as the note says."""
    if file_format in SCENE_FORMATS:
        return export_scene(session.scene, settings, file_format), []
    return export_scene(session.scene, settings), [ROOM_FORMATS]


def download_room(session: Session | None, **settings) -> dict | None:
    """Return the zip of the displayed room and its pieces, for `webapp/assets/room_zip.js`."""
    if not session or not session.scene:
        return gr.skip()
    with refusals():
        path = export_scene(session.scene, Settings(**settings), "zip")
        delete_old_results(session.folder)
    return {"file": str(path), "name": path.name}


def split_settings(values: dict) -> tuple[Settings, ExportOptions]:
    """Return the settings and the export options among values that are keyed by field name."""
    # Gradio's page shows and sends 0 for a number that has no value.
    if values.get("stl_height") == 0:
        values = values | {"stl_height": None}
    names = {item.name for item in fields(Settings)}
    return (
        Settings(**{name: value for name, value in values.items() if name in names}),
        ExportOptions(**{name: value for name, value in values.items() if name not in names}),
    )
