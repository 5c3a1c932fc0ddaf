"""The named endpoints: the page's steps with plain values. A client's session keeps its model."""

import time

import gradio as gr

from page.events import REFUSED, Page, sentences, shape
from page.visit import Visit
from pipeline import Settings, describe, write
from views import dim_background


class Api:
    """Handlers whose docstrings are what the API page and MCP clients read."""

    def __init__(self, page: Page):
        self.page = page

    def generate(
        self, image, visit, threshold, style, drop_crumbs, box=None, progress=gr.Progress()
    ):
        """One picture of a piece of furniture to a coloured 3D model.

        Args:
            image: the photograph; PNG, JPEG, GIF, BMP or WebP, to 16 MB and 50 megapixels
            threshold: probability above which a cell is solid
            style: "smooth" or "blocks"
            drop_crumbs: whether small loose pieces are left out
            box: the object as [x0, y0, x1, y1] in pixels; left out, the model finds it
        Returns:
            the model as GLB
            the crop that the network saw, its background dimmed
            category, categories, azimuth, elevation, box, and facts about the mesh
        """
        chosen = {"path": (image or {}).get("path"), "box": box} if box else None
        began = time.perf_counter()
        visit, p = self.page.predict(image, chosen, visit, progress)
        path, facts = shape(visit.kept, threshold, style, drop_crumbs, began=began)
        return visit, path, dim_background(p.crop, p.crop_mask), describe(p) | facts

    def remesh(self, visit, threshold, style, drop_crumbs):
        """The same client's last model meshed anew; the network does not run.

        Args:
            threshold: probability above which a cell is solid
            style: "smooth" or "blocks"
            drop_crumbs: whether small loose pieces are left out
        Returns:
            the model as GLB
            cells, vertices, faces, watertight, seconds
        """
        return shape(self.there(visit).kept, threshold, style, drop_crumbs)

    def export(self, visit, file_format, threshold, style, drop_crumbs, stl_height):
        """The same client's last model as a file.

        Args:
            file_format: glb, obj, ply, stl, vox, npz, binvox, or zip for all of them
            threshold: probability above which a cell is solid
            style: "smooth" or "blocks"
            drop_crumbs: whether small loose pieces are left out
            stl_height: millimetres that an STL stands tall
        Returns:
            the file
        """
        with sentences():
            settings = Settings(threshold, style, drop_crumbs)
            return str(write(self.there(visit).kept, settings, file_format, stl_height))

    @staticmethod
    def there(visit: Visit | None) -> Visit:
        if visit is None:
            text = "There is no model yet, or an hour has passed; call /generate first."
            raise gr.Error(text, title=REFUSED, print_exception=False)
        return visit
