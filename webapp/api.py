"""The named API endpoints: the page's steps with plain values.

A client's session keeps its model, so `/remesh` and `/export` need no image. `/convert` keeps no
session; its file is removed with the other old files. Over MCP all calls share one session of
Gradio's own, so the endpoints that need a session refuse them: a caller would get another's model.
Gradio has no public way to tell such a call; the header `x-gradio-user` does.
"""

import time
from contextlib import suppress

import gradio as gr

from images.views import dim_background
from pipeline.detection import describe
from pipeline.export import export_file, export_with_notes
from pipeline.settings import DEFAULT_EXPORT, ExportOptions, Settings
from webapp.event_options import NETWORK
from webapp.events import Events, confidence, mesh_result
from webapp.layout import InputPanel, OutputPanel
from webapp.messages import MCP_HAS_NO_SESSION, NO_MODEL, refusal, refusals
from webapp.sessions import Session, delete_old_results


def add_endpoints(
    events: Events, session: gr.State, inputs: InputPanel, outputs: OutputPanel
) -> None:
    """Add the endpoints, which no event of the page triggers.

    Hidden components name and type their outputs. `preprocess=False` passes values as they came:
    Gradio would decode an image before it is checked, and `Settings` names a wrong value itself.
    """
    api = Api(events)
    model = gr.File(label="model", visible=False)
    network_input = gr.Image(label="seen", visible=False)
    facts = gr.JSON(label="facts", visible=False)
    file = gr.File(label="file", visible=False)
    box = {"box": gr.Textbox(label="box", visible=False)}  # text: the schema of gr.JSON breaks MCP
    more = {"more": gr.File(label="more", file_count="multiple", visible=False)}
    settings = inputs.settings
    export = settings | inputs.export_options
    # new parameters come last: callers that send values in order may leave them out
    known, added = dict(export), {"stl_size": export["stl_size"], **more}
    del known["stl_size"]
    gr.on(
        [], api.generate, [inputs.photo, session], [session, model, network_input, facts],
        inputs_kwargs=settings | box, api_name="generate", preprocess=False, **NETWORK,
    )  # fmt: skip
    gr.on(
        [], api.convert, [inputs.photo, outputs.file_format], [file, facts],
        inputs_kwargs=known | box | added, api_name="convert", preprocess=False, **NETWORK,
    )  # fmt: skip
    gr.on(
        [], api.remesh, session, [model, facts],
        inputs_kwargs=settings, api_name="remesh", preprocess=False,
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
        progress=gr.Progress(),
    ):
        """One picture of a piece of furniture to a file of a 3D model, in one step.

        Args:
            image: the photograph, to 16 MB and 50 megapixels; PNG, JPEG, HEIC, AVIF, WebP, ...
            file_format: glb, obj, ply, stl, vox, npz, binvox, zip for all of these, webp or mp4
            threshold: probability above which a cell is solid
            style: "smooth" or "blocks"
            drop_crumbs: whether small loose pieces are left out
            colors: "photo", where it shows the object, or "predicted"
            stl_height: millimetres that an STL stands tall; left out, stl_size sets the scale
            printable: an STL as one closed piece with flat feet
            palette: most different colours, 0 for all
            faces: most triangles of a smooth mesh, 0 for all
            box: the object as x0, y0, x1, y1 in pixels; left out, the model finds it
            stl_size: millimetres of an STL's longest side
            more: up to three more photographs of the same piece
        Returns:
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
        result = session.result
        with refusals():
            path, notes = export_with_notes(result, settings, file_format, options)
            facts = describe(prediction) | {
                "confidence": confidence(result, settings.threshold),
                "warnings": self.events.predictor.warnings(image["path"], prediction, bool(box)),
                "photos": result.photo_count,
                "notes": notes,
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
        request: gr.Request = None,
        progress=gr.Progress(),
    ):
        """One picture of a piece of furniture to a coloured 3D model.

        Args:
            image: the photograph, to 16 MB and 50 megapixels; PNG, JPEG, HEIC, AVIF, WebP, ...
            threshold: probability above which a cell is solid
            style: "smooth" or "blocks"
            drop_crumbs: whether small loose pieces are left out
            colors: "photo", where it shows the object, or "predicted"
            box: the object as x0, y0, x1, y1 in pixels; left out, the model finds it
        Returns:
            the model as GLB
            the crop that the network saw, its background dimmed
            category, categories, azimuth, elevation, box, warnings, and facts about the mesh
        """
        _refuse_mcp(request)
        start = time.perf_counter()
        session, p = self.events.predict(image, _selection(image, box), session, progress)
        settings = {"style": style, "drop_crumbs": drop_crumbs, "colors": colors}
        with refusals():
            path, facts = mesh_result(session.result, start, threshold=threshold, **settings)
            facts["warnings"] = self.events.predictor.warnings(image["path"], p, bool(box))
        return session, path, dim_background(p.crop, p.crop_mask), describe(p) | facts

    def remesh(self, session, threshold, style, drop_crumbs, colors, request: gr.Request = None):
        """Mesh the same client's last model anew; the network does not run.

        Args:
            threshold: probability above which a cell is solid
            style: "smooth" or "blocks"
            drop_crumbs: whether small loose pieces are left out
            colors: "photo", where it shows the object, or "predicted"
        Returns:
            the model as GLB
            cells, vertices, faces, watertight, confidence (expected IoU), seconds
        """
        _refuse_mcp(request)
        settings = {"style": style, "drop_crumbs": drop_crumbs, "colors": colors}
        with refusals():
            return mesh_result(_checked(session).result, threshold=threshold, **settings)

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
            style: "smooth" or "blocks"
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


def _selection(image: dict | None, box) -> dict | None:
    """Return the box, a list or text like "10, 20, 300, 400", as the page's selection.

    The pipeline checks the values of the box.
    """
    if isinstance(box, str):
        with suppress(ValueError):
            box = [float(number) for number in box.strip("[] ").split(",")] if box.strip() else None
    return {"path": (image or {}).get("path"), "box": box} if box else None


def _checked(session: Session | None) -> Session:
    """Return the session; refuse if there is none."""
    if session is None:
        raise refusal(NO_MODEL)
    return session


def _refuse_mcp(request: gr.Request | None) -> None:
    if request is not None and request.headers.get("x-gradio-user") == "mcp":
        raise refusal(MCP_HAS_NO_SESSION)
