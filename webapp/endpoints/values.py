"""Values of requests to the endpoints and of their answers."""

import json
import time
from contextlib import suppress
from typing import Any

import gradio as gr

from core.errors import MeshError, PictureError
from pipeline.confidence import model_confidence
from pipeline.export import export_glb
from pipeline.result import Result
from pipeline.settings import Settings
from webapp.messages import MCP_HAS_NO_SESSION, NO_MODEL, refusal
from webapp.sessions.session import Session
from webapp.sessions.session_files import delete_old_results


def mesh_result(result: Result, settings: Settings, start: float | None = None) -> tuple[str, dict]:
    """Mesh a result: the GLB's path and facts; `seconds` counts from `start` or the meshing."""
    start = start or time.perf_counter()
    path, facts = export_glb(result, settings)
    delete_old_results(result.folder)
    facts["confidence"] = model_confidence(result, settings)
    return str(path), facts | {"seconds": round(time.perf_counter() - start, 3)}


def selection_of(image: dict | None, box) -> dict | None:
    """Return the box, a list or text like "10, 20, 300, 400", as the page's selection.

    The pipeline checks the values of the box.
    """
    if isinstance(box, str):
        with suppress(ValueError):
            box = [float(number) for number in box.strip("[] ").split(",")] if box.strip() else None
    return {"path": (image or {}).get("path"), "box": box} if box else None


def boxes_of_request(boxes: Any) -> list:
    """Return boxes, a list of them or its JSON, as a list; one box alone is a list of one.

    The pipeline checks the values of each box.
    """
    if isinstance(boxes, str):
        with suppress(ValueError, RecursionError):
            boxes = json.loads(boxes) if boxes.strip() else []
    if not isinstance(boxes or [], list):
        raise PictureError("The boxes must be a list like [[10, 20, 300, 400]].")
    is_one = bool(boxes) and not isinstance(boxes[0], list)
    return [boxes] if is_one else boxes or []


def parameters_of_request(values: Any) -> dict:
    """Return the parameters of parts, an object or its JSON, as a dict."""
    if isinstance(values, str):
        with suppress(ValueError):
            values = json.loads(values) if values.strip() else {}
    if not isinstance(values or {}, dict):
        raise MeshError('The parameters must be an object like {"seat_height": 45}.')
    return values or {}


def checked(session: Session | None) -> Session:
    """Return the session; refuse if there is none."""
    if session is None:
        raise refusal(NO_MODEL)
    return session


def refuse_mcp(request: gr.Request | None) -> None:
    """Refuse a call over MCP, whose session would be that of all callers."""
    if request is not None and request.headers.get("x-gradio-user") == "mcp":
        raise refusal(MCP_HAS_NO_SESSION)
