"""The named endpoints: the page's steps with plain values.

A client's session keeps its model, so that `/remesh` and `/export` need no picture; `/convert`
keeps nothing. Over MCP there are no sessions: Gradio makes all calls as one client of its own, so
what needs a session is refused there, or one would get another's model.
"""

import time
from contextlib import suppress

import gradio as gr

from images.views import dim_background
from pipeline.export import ExportOptions, Settings, describe, export_file
from webapp.events import Page, shape
from webapp.messages import sentences
from webapp.sessions import Visit, tidy
from webapp.uploads import refusal


class Api:
    """Handlers whose docstrings are what the API page and MCP clients read."""

    def __init__(self, page: Page):
        self.page = page

    def convert(
        self,
        image,
        file_format,
        threshold,
        style,
        drop_crumbs,
        colors,
        stl_height,
        printable,
        palette,
        faces,
        box=None,
        progress=gr.Progress(),
    ):
        """One picture of a piece of furniture to a file of a 3D model, in one step.

        Args:
            image: the photograph; PNG, JPEG, GIF, BMP or WebP, to 16 MB and 50 megapixels
            file_format: glb, obj, ply, stl, vox, npz, binvox, zip for all of these, webp or mp4
            threshold: probability above which a cell is solid
            style: "smooth" or "blocks"
            drop_crumbs: whether small loose pieces are left out
            colors: "photo", where it shows the object, or "predicted"
            stl_height: millimetres that an STL stands tall
            printable: an STL as one closed piece with flat feet
            palette: most different colours, 0 for all
            faces: most triangles of a smooth mesh, 0 for all
            box: the object as x0, y0, x1, y1 in pixels; left out, the model finds it
        Returns:
            the file
            category, categories, azimuth, elevation, box
        """
        with sentences():
            settings = Settings(threshold, style, drop_crumbs, colors)
            finish = ExportOptions(stl_height, printable, palette, faces)
        visit, p = self.page.predict(image, _choice(image, box), None, progress)
        with sentences():
            return str(export_file(visit.kept, settings, file_format, finish)), describe(p)

    def generate(
        self,
        image,
        visit,
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
            image: the photograph; PNG, JPEG, GIF, BMP or WebP, to 16 MB and 50 megapixels
            threshold: probability above which a cell is solid
            style: "smooth" or "blocks"
            drop_crumbs: whether small loose pieces are left out
            colors: "photo", where it shows the object, or "predicted"
            box: the object as x0, y0, x1, y1 in pixels; left out, the model finds it
        Returns:
            the model as GLB
            the crop that the network saw, its background dimmed
            category, categories, azimuth, elevation, box, and facts about the mesh
        """
        _refuse_mcp(request)
        began = time.perf_counter()
        visit, p = self.page.predict(image, _choice(image, box), visit, progress)
        path, facts = shape(visit.kept, threshold, style, drop_crumbs, colors, began=began)
        return visit, path, dim_background(p.crop, p.crop_mask), describe(p) | facts

    def remesh(self, visit, threshold, style, drop_crumbs, colors, request: gr.Request = None):
        """The same client's last model meshed anew; the network does not run.

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
        return shape(_there(visit).kept, threshold, style, drop_crumbs, colors)

    def export(
        self,
        visit,
        file_format,
        threshold,
        style,
        drop_crumbs,
        colors,
        stl_height,
        printable,
        palette,
        faces,
        request: gr.Request = None,
    ):
        """The same client's last model as a file.

        Args:
            file_format: glb, obj, ply, stl, vox, npz, binvox, zip for all of these, webp or mp4
            threshold: probability above which a cell is solid
            style: "smooth" or "blocks"
            drop_crumbs: whether small loose pieces are left out
            colors: "photo", where it shows the object, or "predicted"
            stl_height: millimetres that an STL stands tall
            printable: an STL as one closed piece with flat feet
            palette: most different colours, 0 for all
            faces: most triangles of a smooth mesh, 0 for all
        Returns:
            the file
        """
        _refuse_mcp(request)
        with sentences():
            settings = Settings(threshold, style, drop_crumbs, colors)
            finish = ExportOptions(stl_height, printable, palette, faces)
            path = export_file(_there(visit).kept, settings, file_format, finish)
            tidy(visit.folder)
        return str(path)


def _choice(image: dict | None, box) -> dict | None:
    """The box as a list or as text, "10, 20, 300, 400"; what it holds is judged further down."""
    if isinstance(box, str):
        with suppress(ValueError):
            box = [float(number) for number in box.strip("[] ").split(",")] if box.strip() else None
    return {"path": (image or {}).get("path"), "box": box} if box else None


def _there(visit: Visit | None) -> Visit:
    if visit is None:
        raise refusal("There is no model yet, or your visit has ended; call /generate first.")
    return visit


def _refuse_mcp(request: gr.Request | None) -> None:
    if request is not None and request.headers.get("x-gradio-user") == "mcp":
        raise refusal("Over MCP there is no session that could keep a model; use convert.")
