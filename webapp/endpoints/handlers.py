"""Handlers of the endpoints for one piece: `convert`, `generate`, `remesh` and `export`."""

import time
from typing import Any

import gradio as gr

from core.errors import MeshError
from images.views import dim_background
from pipeline.confidence import model_confidence
from pipeline.detection import describe
from pipeline.export import export_file, export_with_notes
from pipeline.parts.editing import edit
from pipeline.parts.editing import parameters as parameters_of
from pipeline.settings import DEFAULT_EXPORT, PARTS, ExportOptions, Settings
from webapp.endpoints.values import (
    checked,
    mesh_result,
    parameters_of_request,
    refuse_mcp,
    selection_of,
)
from webapp.events.prediction_events import Events
from webapp.messages import refusals
from webapp.sessions.session import Session
from webapp.sessions.session_files import delete_old_results


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
        session, prediction = self.events.maker.predict(
            image, selection_of(image, box), None, progress, more
        )
        with refusals():
            session, part_facts = self._with_parts(session, settings, parameters)
            result = session.result
            path, notes = export_with_notes(result, settings, file_format, options)
            notes = part_facts.pop("notes", []) + notes
            facts = describe(prediction) | {
                "confidence": model_confidence(result, settings),
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
        refuse_mcp(request)
        start = time.perf_counter()
        session, p = self.events.maker.predict(image, selection_of(image, box), session, progress)
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
        refuse_mcp(request)
        with refusals():
            settings = Settings(threshold, style, drop_crumbs, colors)
            session, part_facts = self._with_parts(checked(session), settings, parameters)
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
        refuse_mcp(request)
        with refusals():
            settings = Settings(threshold, style, drop_crumbs, colors)
            options = ExportOptions(stl_height, printable, palette, faces, stl_size)
            path = export_file(checked(session).result, settings, file_format, options)
            delete_old_results(session.folder)
        return str(path)

    def _with_parts(
        self, session: Session, settings: Settings, values: Any
    ) -> tuple[Session, dict]:
        """Return the session with its parts as asked for, and the facts about them."""
        values = parameters_of_request(values)
        if settings.style != PARTS:
            if values:
                raise MeshError('Only the style "parts" has parameters; leave them out.')
            return session, {}
        session, notes = self.events.maker.with_fitted_parts(session), []
        parts = session.result.part_model
        if values and not parts:
            cause = "This photo gives no model of parts"
            if not self.events.predictor.bank:
                cause = "The weights of this server have no bank of pieces"
            raise MeshError(f"{cause}; leave out the parameters.")
        if values:
            parts, notes = edit(parts, values, session.result)
            session = session.with_parts(parts)
        known = {item.name: item.value for item in parameters_of(parts)} if parts else {}
        return session, {"parameters": known, "notes": notes}
