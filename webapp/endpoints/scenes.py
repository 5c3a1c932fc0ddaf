"""Handlers of the endpoints for photos of several pieces: `find` and `scene`."""

import time

from core.errors import PictureError
from pipeline.export import safe_name
from pipeline.scene.facts import describe_found, scene_facts
from pipeline.scene.files import export_scene_formats
from pipeline.scene.predicting import piece_results
from pipeline.scene.repeats import distinct_pieces
from pipeline.scene.scene import make_scene
from pipeline.settings import PARTS, Settings
from webapp.endpoints.values import boxes_of_request
from webapp.events.prediction_events import Events
from webapp.inference.parts_search import find_scene_parts
from webapp.messages import refusals
from webapp.sessions.session import open_session


class SceneApi:
    """Handlers of the endpoints. The API page and MCP clients show their docstrings."""

    def __init__(self, events: Events) -> None:
        self.events, self.predictor = events, events.predictor

    def find(self, image, outlines=False):
        """One picture of a room to the pieces of furniture in it, without their shapes.

        Args:
            image: the photograph, to 16 MB and 50 megapixels; PNG, JPEG, HEIC, AVIF, WebP, ...
            outlines: whether each piece also gets the outline of its mask

        Returns
        -------
            size (width and height of the upright picture, pixels), and pieces, best first, at
            most 12: number, category, score (0 to 1), box (x0, y0, x1, y1 in pixels), outline
            (closed rings of x, y in pixels)
        """
        with refusals():
            if not isinstance(outlines, bool):
                raise PictureError("Outlines must be true or false.")
            path = (image or {}).get("path")
            found = self.predictor.find(path)
            size = self.predictor.size(path)
            return {"size": list(size), "pieces": describe_found(found, outlines)}

    def scene(self, image, threshold, style, drop_crumbs, colors, boxes=None):
        """One picture of a room to one 3D scene: each piece in real size where it stands.

        Args:
            image: the photograph, to 16 MB and 50 megapixels; PNG, JPEG, HEIC, AVIF, WebP, ...
            threshold: probability above which a cell is solid
            style: "smooth", "blocks" or "parts" (named parts where they explain the photo)
            drop_crumbs: whether small loose pieces are left out
            colors: "photo", where it shows the object, or "predicted"
            boxes: up to 12 pieces, each x0, y0, x1, y1 in pixels; left out, the model finds them

        Returns
        -------
            the scene as GLB, in metres, with a named node for each piece, its parts below it
            a zip of the scene, a GLB of each piece, and scene.json
            pieces (name, category, score, box, place, turn, size_cm, confidence, parts), camera,
            seconds
        """
        start = time.perf_counter()
        with refusals():
            settings = Settings(threshold, style, drop_crumbs, colors)
            path, boxes, found = (image or {}).get("path"), boxes_of_request(boxes), []
            if not boxes:
                found = self.predictor.find(path)
                boxes = [piece.box for piece in found]
            predictions = self.predictor.predict_pieces(path, boxes)
            kept = distinct_pieces(found, predictions) if found else range(len(boxes))
            predictions, numbers = [predictions[i] for i in kept], [i + 1 for i in kept]
            folder = open_session(None, self.events.files).folder
            results = piece_results(predictions, safe_name(path), folder, self.events.threshold)
            scene = self.predictor.run(
                make_scene, results, settings.threshold, numbers, name="scene"
            )
            if settings.style == PARTS:
                scene = find_scene_parts(self.predictor, scene, settings.threshold)
            glb, bundle = export_scene_formats(scene, settings)
            facts = scene_facts(scene, settings)
        for row in facts["pieces"]:
            row["score"] = round(found[row["number"] - 1].score, 4) if found else None
        seconds = round(time.perf_counter() - start, 3)
        return str(glb), str(bundle), facts | {"seconds": seconds}
