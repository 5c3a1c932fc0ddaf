"""The named API endpoints: the page's steps with plain values.

A client's session keeps its model, so `/remesh` and `/export` need no image. `/convert` keeps no
session; its file is removed with the other old files. Over MCP all calls share one session of
Gradio's own, so the endpoints that need a session refuse them: a caller would get another's model.
Gradio has no public way to tell such a call; the header `x-gradio-user` does.
"""

import json
import time
from contextlib import suppress
from typing import Any

import gradio as gr

from core.errors import MeshError
from images.views import dim_background
from pipeline.detection import describe
from pipeline.export import export_file, export_glb, export_with_notes
from pipeline.parts.editing import edit
from pipeline.parts.editing import parameters as parameters_of
from pipeline.result import Result
from pipeline.settings import (
    DEFAULT_EXPORT,
    DEFAULT_STYLE,
    PARTS,
    STYLES,
    ExportOptions,
    Settings,
)
from webapp.event_options import NETWORK
from webapp.events import Events
from webapp.layout import OutputPanel
from webapp.messages import MCP_HAS_NO_SESSION, NO_MODEL, refusal, refusals
from webapp.model_display import confidence
from webapp.sessions import Session, delete_old_results


def add_endpoints(events: Events, session: gr.State, outputs: OutputPanel) -> None:
    """Add the endpoints, which no event of the page triggers.

    Hidden components name and type their outputs. `preprocess=False` passes values as they came:
    Gradio would decode an image before it is checked, and `Settings` names a wrong value itself.
    """
    api, image = Api(events), gr.Image(label="image", visible=False)
    model = gr.File(label="model", visible=False)
    network_input = gr.Image(label="seen", visible=False)
    facts = gr.JSON(label="facts", visible=False)
    file = gr.File(label="file", visible=False)
    box = {"box": gr.Textbox(label="box", visible=False)}  # text: the schema of gr.JSON breaks MCP
    more = {"more": gr.File(label="more", file_count="multiple", visible=False)}
    parameters = {"parameters": gr.Textbox(label="parameters", visible=False)}
    settings = outputs.settings | {
        "threshold": gr.Number(events.threshold, label="threshold", visible=False),
        "style": gr.Radio(STYLES, value=DEFAULT_STYLE, label="style", visible=False),
    }
    export = settings | outputs.export_options
    # new parameters come last: callers that send values in order may leave them out
    known, added = dict(export), {"stl_size": export["stl_size"], **more, **parameters}
    del known["stl_size"]
    gr.on(
        [], api.generate, [image, session], [session, model, network_input, facts],
        inputs_kwargs=settings | box | parameters, api_name="generate", preprocess=False, **NETWORK,
    )  # fmt: skip
    gr.on(
        [], api.convert, [image, outputs.file_format], [file, facts],
        inputs_kwargs=known | box | added, api_name="convert", preprocess=False, **NETWORK,
    )  # fmt: skip
    gr.on(
        # the session is last: callers over plain HTTP take the model as the first value
        [], api.remesh, session, [model, facts, session],
        inputs_kwargs=settings | parameters, api_name="remesh", preprocess=False,
    )  # fmt: skip
    gr.on(
        [], api.export, [session, outputs.file_format], file,
        inputs_kwargs=export, api_name="export", preprocess=False,
    )  # fmt: skip


class Api:
    """Handlers of the endpoints. The API page and MCP clients show their docstrings."""

    def __init__(self, events: Events) -> None:
        self.events = events

    def convert(
        self,
        image,
        file_format,
        threshold,
        style,
        drop_crumbs,
        colors,
        stl_height=None,
        printable=DEFAULT_EXPORT.printable,
        palette=DEFAULT_EXPORT.palette,
        faces=DEFAULT_EXPORT.faces,
        box=None,
        stl_size=DEFAULT_EXPORT.stl_size,
        more=None,
        parameters=None,
        progress=gr.Progress(),
    ):
        """One picture of a piece of furniture to a file of a 3D model, in one step.

        Args:
            image: the photograph, to 16 MB and 50 megapixels; PNG, JPEG, HEIC, AVIF, WebP, ...
            file_format: glb, obj, ply, stl, vox, npz, binvox, zip for all of these, webp or mp4
            threshold: probability above which a cell is solid
            style: "smooth", "blocks" or "parts"
            drop_crumbs: whether small loose pieces are left out
            colors: "photo", where it shows the object, or "predicted"
            stl_height: millimetres that an STL stands tall; left out, stl_size sets the scale
            printable: an STL as one closed piece with flat feet
            palette: most different colours, 0 for all
            faces: most triangles of a smooth mesh, 0 for all
            box: the object as x0, y0, x1, y1 in pixels; left out, the model finds it
            stl_size: millimetres of an STL's longest side
            more: up to three more photographs of the same piece
            parameters: of the style "parts", by name, lengths in centimetres: {"seat_height": 45}

        Returns
        -------
            the file
            category, categories, azimuth, elevation, box, confidence (expected IoU), warnings,
            photos, notes (for printing an STL)
        """
        with refusals():
            settings = Settings(threshold, style, drop_crumbs, colors)
            options = ExportOptions(stl_height, printable, palette, faces, stl_size)
        session, prediction = self.events.predict(
            image, _selection(image, box), None, progress, more
        )
        with refusals():
            session, part_facts = self._with_parts(session, settings, parameters)
            result = session.result
            path, notes = export_with_notes(result, settings, file_format, options)
            notes = part_facts.pop("notes", []) + notes
            facts = describe(prediction) | {
                "confidence": confidence(result, settings),
                "warnings": self.events.predictor.warnings(image["path"], prediction, bool(box)),
                "photos": result.photo_count,
                "notes": notes,
                **part_facts,
            }
        return str(path), facts

    def generate(
        self,
        image,
        session,
        threshold,
        style,
        drop_crumbs,
        colors,
        box=None,
        parameters=None,
        request: gr.Request = None,
        progress=gr.Progress(),
    ):
        """One picture of a piece of furniture to a coloured 3D model.

        Args:
            image: the photograph, to 16 MB and 50 megapixels; PNG, JPEG, HEIC, AVIF, WebP, ...
            threshold: probability above which a cell is solid
            style: "smooth", "blocks" or "parts"
            drop_crumbs: whether small loose pieces are left out
            colors: "photo", where it shows the object, or "predicted"
            box: the object as x0, y0, x1, y1 in pixels; left out, the model finds it
            parameters: of the style "parts", by name, lengths in centimetres: {"seat_height": 45}

        Returns
        -------
            the model as GLB
            the crop that the network saw, its background dimmed
            category, categories, azimuth, elevation, box, warnings, and facts about the mesh
        """
        _refuse_mcp(request)
        start = time.perf_counter()
        session, p = self.events.predict(image, _selection(image, box), session, progress)
        with refusals():
            settings = Settings(threshold, style, drop_crumbs, colors)
            session, part_facts = self._with_parts(session, settings, parameters)
            path, facts = mesh_result(session.result, settings, start)
            facts |= part_facts
            facts["warnings"] = self.events.predictor.warnings(image["path"], p, bool(box))
        return session, path, dim_background(p.crop, p.crop_mask), describe(p) | facts

    def remesh(
        self,
        session,
        threshold,
        style,
        drop_crumbs,
        colors,
        parameters=None,
        request: gr.Request = None,
    ):
        """Mesh the same client's last model anew; the network does not run.

        Args:
            threshold: probability above which a cell is solid
            style: "smooth", "blocks" or "parts"
            drop_crumbs: whether small loose pieces are left out
            colors: "photo", where it shows the object, or "predicted"
            parameters: of the style "parts", by name, lengths in centimetres: {"seat_height": 45}

        Returns
        -------
            the model as GLB
            cells, vertices, faces, watertight, confidence (expected IoU), seconds; of parts also
            parameters, and notes about values that were out of range
        """
        _refuse_mcp(request)
        with refusals():
            settings = Settings(threshold, style, drop_crumbs, colors)
            session, part_facts = self._with_parts(_checked(session), settings, parameters)
            path, facts = mesh_result(session.result, settings)
        return path, facts | part_facts, session

    def export(
        self,
        session,
        file_format,
        threshold,
        style,
        drop_crumbs,
        colors,
        stl_height=None,
        printable=DEFAULT_EXPORT.printable,
        palette=DEFAULT_EXPORT.palette,
        faces=DEFAULT_EXPORT.faces,
        stl_size=DEFAULT_EXPORT.stl_size,
        request: gr.Request = None,
    ):
        """Write the same client's last model as a file.

        Args:
            file_format: glb, obj, ply, stl, vox, npz, binvox, zip for all of these, webp or mp4
            threshold: probability above which a cell is solid
            style: "smooth", "blocks" or "parts"
            drop_crumbs: whether small loose pieces are left out
            colors: "photo", where it shows the object, or "predicted"
            stl_height: millimetres that an STL stands tall; left out, stl_size sets the scale
            printable: an STL as one closed piece with flat feet
            palette: most different colours, 0 for all
            faces: most triangles of a smooth mesh, 0 for all
            stl_size: millimetres of an STL's longest side
        Returns:
            the file
        """
        _refuse_mcp(request)
        with refusals():
            settings = Settings(threshold, style, drop_crumbs, colors)
            options = ExportOptions(stl_height, printable, palette, faces, stl_size)
            path = export_file(_checked(session).result, settings, file_format, options)
            delete_old_results(session.folder)
        return str(path)

    def _with_parts(
        self, session: Session, settings: Settings, values: Any
    ) -> tuple[Session, dict]:
        """Return the session with its parts as asked for, and the facts about them."""
        values = _parameters(values)
        if settings.style != PARTS:
            if values:
                raise MeshError('Only the style "parts" has parameters; leave them out.')
            return session, {}
        session, notes = self.events.with_fitted_parts(session), []
        parts = session.result.part_model
        if values and not parts:
            raise MeshError("This photo gives no model of parts; leave out the parameters.")
        if values:
            parts, notes = edit(parts, values, session.result)
            session = session.with_parts(parts)
        known = {item.name: item.value for item in parameters_of(parts)} if parts else {}
        return session, {"parameters": known, "notes": notes}


def mesh_result(result: Result, settings: Settings, start: float | None = None) -> tuple[str, dict]:
    """Mesh a result: the GLB's path and facts; `seconds` counts from `start` or the meshing."""
    start = start or time.perf_counter()
    path, facts = export_glb(result, settings)
    delete_old_results(result.folder)
    facts["confidence"] = confidence(result, settings)
    return str(path), facts | {"seconds": round(time.perf_counter() - start, 3)}


def _selection(image: dict | None, box) -> dict | None:
    """Return the box, a list or text like "10, 20, 300, 400", as the page's selection.

    The pipeline checks the values of the box.
    """
    if isinstance(box, str):
        with suppress(ValueError):
            box = [float(number) for number in box.strip("[] ").split(",")] if box.strip() else None
    return {"path": (image or {}).get("path"), "box": box} if box else None


def _parameters(values: Any) -> dict:
    """Return the parameters of parts, an object or its JSON, as a dict."""
    if isinstance(values, str):
        with suppress(ValueError):
            values = json.loads(values) if values.strip() else {}
    if not isinstance(values or {}, dict):
        raise MeshError('The parameters must be an object like {"seat_height": 45}.')
    return values or {}


def _checked(session: Session | None) -> Session:
    """Return the session; refuse if there is none."""
    if session is None:
        raise refusal(NO_MODEL)
    return session


def _refuse_mcp(request: gr.Request | None) -> None:
    if request is not None and request.headers.get("x-gradio-user") == "mcp":
        raise refusal(MCP_HAS_NO_SESSION)
