"""The tabs beside the model: voxels, slices and turntable, drawn while they are open."""

from dataclasses import replace

import gradio as gr

from core.prediction import Prediction
from images.views import coordinate_picture, slices
from pipeline.export import export_display, export_file
from pipeline.settings import Settings
from webapp.components.viewer import viewer_message, viewer_value
from webapp.messages import refusals
from webapp.sessions.session import Session
from webapp.sessions.session_files import delete_old_results

ONE_PIECE_ONLY = "This shows one piece; pick one below the photo."
VIEWS = ("Model", "Voxels", "Inside", "Turntable")  # tabs


def update_views(session: Session | None, tab: str, depth: float, **settings) -> list:
    """Return voxels, three slices, coordinates, turntable; all but the open tab's are skipped."""
    updates = [gr.skip()] * 6
    if not session or tab == "Model":
        return updates
    if session.scene:
        return [viewer_message(ONE_PIECE_ONLY), None, None, None, gr.update(visible=False), None]
    result = session.result
    with refusals():
        if tab == "Voxels":
            path, _ = export_display(result, replace(Settings(**settings), style="blocks"))
            updates[0] = viewer_value(path, result, session.model.photo, session.model.name)
        elif tab == "Inside":
            updates[1:4] = slices(result.prediction.occupancy, float(depth))
            updates[4] = coordinate_update(result.prediction)
        elif tab == "Turntable":
            updates[5] = str(export_file(result, Settings(**settings), "webp"))
        delete_old_results(session.folder)
    return updates


def coordinate_update(prediction: Prediction) -> dict:
    """Return the picture of the object coordinates, hidden if the model predicts none."""
    values = prediction.coordinates
    return gr.update(
        value=None if values is None else coordinate_picture(values), visible=values is not None
    )
