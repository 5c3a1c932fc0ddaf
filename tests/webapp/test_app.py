"""The page as `app.py` puts it together, without a server."""

import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path

import gradio as gr
import pytest

import app
from pipeline.settings import ExportOptions, Settings
from voxel_model import load_model
from webapp.display.model_display import SKIP
from webapp.events.prediction_events import Events
from webapp.inference.predictor import Predictor
from webapp.layout.output_panel import output_panel
from webapp.server.limits import Limits
from webapp.sessions.session import delete_session_files

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = ["threshold", "style", "drop_crumbs", "colors"]
OPTIONS = ["stl_height", "printable", "palette", "faces"]
ADDED = ["more", "parameters"]
PARAMETERS = {
    "/generate": ["image", *SETTINGS, "box", "parameters"],
    "/convert": [
        "image",
        "file_format",
        *SETTINGS,
        *OPTIONS,
        "box",
        "stl_size",
        "more",
        "parameters",
    ],
    "/remesh": [*SETTINGS, "parameters"],
    "/export": ["file_format", *SETTINGS, *OPTIONS, "stl_size"],
    "/find": ["image", "outlines"],
    "/scene": ["image", *SETTINGS, "boxes"],
}
RETURNS = {
    "/generate": ["model", "seen", "facts"],
    "/convert": ["file", "facts"],
    "/remesh": ["model", "facts"],
    "/export": ["file"],
    "/find": ["facts"],
    "/scene": ["scene", "pieces", "facts"],
}


@pytest.fixture
def demo(events) -> gr.Blocks:
    return app.build_demo(events, Limits(keep_seconds=77))


def test_importing_writes_nothing_and_opens_no_socket():
    code = (
        "import socket, os; socket.socket.connect = socket.socket.bind = None\n"
        "before = set(os.listdir()); import app, pipeline.export, images.views\n"
        "assert set(os.listdir()) - before <= {'__pycache__'}, set(os.listdir()) - before"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_analytics_are_off_unless_asked_for(monkeypatch, events):
    monkeypatch.delenv("GRADIO_ANALYTICS_ENABLED", raising=False)
    assert app.build_demo(events).analytics_enabled is False


def test_the_endpoints_have_the_names_and_the_order_that_clients_use(demo):
    """Clients pass values by position too; a container of inputs must not change their order."""
    endpoints = demo.get_api_info()["named_endpoints"]
    assert {
        name: [parameter["parameter_name"] for parameter in endpoint["parameters"]]
        for name, endpoint in endpoints.items()
    } == PARAMETERS
    assert {
        name: [value["label"] for value in endpoint["returns"]]
        for name, endpoint in endpoints.items()
    } == RETURNS


def test_each_setting_has_one_component():
    with gr.Blocks():
        panel = output_panel(0.5)
    assert list(panel.settings) == [item.name for item in fields(Settings)]
    assert list(panel.export_options) == [item.name for item in fields(ExportOptions)]


def test_a_change_is_deferred_and_never_skipped(demo):
    """The page skips an event with trigger mode "once" while a run of it is pending."""
    events = [fn for fn in demo.fns.values() if fn.fn and fn.api_visibility == "private"]
    modes = {fn.name: fn.trigger_mode for fn in events}
    deferred = ("follow_photo", "generate", "generate_at", "fit_parts", "remesh", "adjust_parts")
    for name in (*deferred, "prepare_download", "update_views", "show_views"):
        assert modes[name] == "always_last", name
    once = {name for name, mode in modes.items() if mode == "once"}  # started by a click each
    clicks = {"rotate_photo", "show_earlier_model", "run", "opened_photo"}
    assert once == clicks | {"settings_from_url", "open_page", "reopen", "room_state"}


def test_no_setting_is_meshed_before_a_visitor_changes_it(demo):
    """A link sets the settings when the page loads, which fires `.change` only."""
    (remesh,) = (fn for fn in demo.fns.values() if fn.name == "remesh" and fn.targets)
    assert {event for _, event in remesh.targets} == {"input", "release"}


def test_sessions_end_after_their_last_change(demo):
    """The page's and the second tab's; Gradio's own clock ends them."""
    states = [block for block in demo.blocks.values() if isinstance(block, gr.State)]
    sessions = [state for state in states if state.delete_callback is delete_session_files]
    assert [state.time_to_live for state in sessions] == [77, 77]


def test_every_event_of_the_page_goes_through_the_queue(demo):
    """The server refuses the route by which Gradio's page skips the queue."""
    assert all(function.queue for function in demo.fns.values())


def test_a_model_of_other_categories_is_not_called_furniture(checkpoint, tmp_path):
    model = load_model(checkpoint, "cpu")
    model.config = replace(model.config, categories=("lamp", "<b>pot</b>"))
    events = Events(Predictor(model), tmp_path)
    demo = app.build_demo(events)
    components = {block.elem_id: block for block in demo.blocks.values() if block.elem_id}
    text = components["intro"].value
    assert "This model knows: lamp, &lt;b&gt;pot&lt;/b&gt;." in text
    assert "urniture" not in text + demo.title and "chair" not in text
    assert components["photo"].value is None and not components["views3"].visible
    assert "examples" not in components and not events.predictor.examples.missing()
    assert events.opening.display(Settings(0.5)).model == SKIP
