"""The web page: a photo of one piece of furniture in, a coloured 3D model out.

    python app.py             # `--help` lists the options

Only this file and `webapp/` import Gradio. `build_demo` lays the page out and calls one function
for each thing that a visitor does there; the handlers are in `webapp/events.py`, and `pipeline/`
does the work.
"""

import logging
import os
import sys
import threading
from contextlib import suppress

from webapp.server.environment import prepare_environment

prepare_environment()  # before Gradio, which reads and checks variables while it is imported
with suppress(ImportError):
    import spaces  # noqa: F401  # ZeroGPU: must be imported before torch

import gradio as gr

from core.errors import UserError
from images.decoding_process import Decoder
from voxel_model import load_model
from webapp.api import add_endpoints
from webapp.batch_tab import BatchTab, batch_tab
from webapp.batch_tab import connect as connect_batch_tab
from webapp.event_options import LATEST, NETWORK, PRIVATE, QUIET
from webapp.events import VIEWS, Events
from webapp.layout import INTRO, TITLE, InputPanel, OutputPanel, input_panel, output_panel
from webapp.messages import as_warning
from webapp.predictor import Predictor
from webapp.recovery import recover_lost_answers
from webapp.server.arguments import env_flag, parse_arguments
from webapp.server.lifetime import end_process, serve_until_signal
from webapp.server.limits import Limits
from webapp.server.logs import configure_logging
from webapp.server.memory import limit_malloc_arenas
from webapp.server.startup import WebServer
from webapp.sessions import new_session_state, require_session
from webapp.theme import ACCESSIBILITY_JS, SCROLL_TO_MODEL_JS, STYLE_SHEET, UPDATE_URL_JS, theme
from webapp.uploads import StrictBlocks

logger = logging.getLogger("webapp.app")


def build_demo(events: Events, limits: Limits = Limits()) -> gr.Blocks:
    """Return the page and its API.

    Parameters
    ----------
    events : Events
        Handlers around a loaded model.
    limits : Limits
        How long sessions and files are kept.
    """
    with StrictBlocks(
        title=TITLE,
        fill_width=True,
        analytics_enabled=env_flag("GRADIO_ANALYTICS_ENABLED"),
        delete_cache=(limits.sweep_seconds, limits.keep_seconds),
    ) as demo:
        session = new_session_state(limits)
        version = gr.State(0)  # of the displayed model; its change updates what follows the model
        open_tab = gr.State(VIEWS[0])
        gr.Markdown(INTRO, elem_id="intro")
        with gr.Tabs():
            with gr.Tab("One piece"), gr.Row(elem_id="bench"):
                with gr.Column(scale=4, min_width=320):
                    inputs = input_panel(events.threshold)
                with gr.Column(scale=6, min_width=320):
                    outputs = output_panel()
            with gr.Tab("Many photos"):
                many = batch_tab()
        # The endpoints come first: Gradio numbers the names of later functions of the same name.
        add_endpoints(events, session, inputs, outputs)
        recover_lost_answers(all_changes(version, open_tab, inputs, outputs, many))
        choose_object(events, inputs)
        generate(events, session, version, inputs, outputs)
        adjust(demo, events, session, version, inputs, outputs)
        download(events, session, version, inputs, outputs)
        views(events, session, version, open_tab, inputs, outputs)
        history(events, session, version, inputs, outputs)
        many_photos(events, limits, many, inputs)
        demo.load(None, js=ACCESSIBILITY_JS, **QUIET)
    for function in demo.fns.values():
        function.queue = True  # gr.Examples sets False, for a route that the server refuses
    return demo


def choose_object(events: Events, inputs: InputPanel) -> None:
    """Show the object that the model finds in a new photo; choose another by a click.

    A photo that browsers do not draw is replaced by a picture first.
    """
    inputs.photo.upload(as_warning(events.show_photo), inputs.photo, inputs.photo, **LATEST)
    inputs.photo.change(
        as_warning(events.detect_object), inputs.photo, inputs.selection, **LATEST, **NETWORK
    )
    inputs.selection.click(events.pick_object, inputs.photo, inputs.selection, **QUIET, **NETWORK)


def generate(
    events: Events, session: gr.State, version: gr.State, inputs: InputPanel, outputs: OutputPanel
) -> None:
    """Generate a model on the button, an example or the rotation of the photo.

    Afterwards tell if the photo seems to lie on its side.
    """
    photo, rotation = inputs.photo, gr.State(0)  # quarter turns that would set the photo upright
    rotated = outputs.rotate_button.click(
        events.rotate_photo, [photo, session, rotation], photo, **QUIET
    )
    starts = [inputs.generate_button.click, rotated.success]
    if inputs.examples:
        starts.append(inputs.examples.load_input_event.success)
    for start in starts:
        start(None, js=SCROLL_TO_MODEL_JS, **QUIET)  # first: the page runs them one by one
        start(
            events.generate,
            [photo, inputs.extra_photos, inputs.selection, session],
            [*displayed(session, version, outputs), inputs.selection],
            inputs_kwargs=inputs.settings,
            show_progress_on=outputs.model,
            **PRIVATE,
            **NETWORK,
        ).success(
            as_warning(events.suggest_rotation),
            [photo, session],
            [rotation, outputs.hint],
            **LATEST,
            **NETWORK,
        )
    gr.on(
        [photo.change, outputs.history.select],
        lambda: (0, gr.Row(visible=False)),
        None,
        [rotation, outputs.hint],
        **LATEST,
    )


def adjust(
    demo: gr.Blocks,
    events: Events,
    session: gr.State,
    version: gr.State,
    inputs: InputPanel,
    outputs: OutputPanel,
) -> None:
    """Rebuild the mesh when a setting changes, and write threshold and style into the URL."""
    link = [inputs.settings["threshold"], inputs.settings["style"]]
    gr.on(changes_by_visitor(link), None, link, js=UPDATE_URL_JS, **QUIET)
    gr.on(
        changes_by_visitor(inputs.settings.values()),
        as_warning(require_session(events.remesh)),
        [outputs.facts, session],
        [session, outputs.model, outputs.facts, version],
        inputs_kwargs=inputs.settings,
        **LATEST,
    )
    demo.load(events.settings_from_url, None, link, **QUIET)


def download(
    events: Events, session: gr.State, version: gr.State, inputs: InputPanel, outputs: OutputPanel
) -> None:
    """Prepare the download when the model, the format or the export options change."""
    choices = [outputs.file_format, *inputs.export_options.values()]
    gr.on(
        [version.change, *changes_by_visitor(choices)],
        as_warning(require_session(events.prepare_download)),
        [outputs.facts, session, outputs.file_format],
        [outputs.download, outputs.notes],
        inputs_kwargs=inputs.settings | inputs.export_options,
        **LATEST,
    )


def views(
    events: Events,
    session: gr.State,
    version: gr.State,
    open_tab: gr.State,
    inputs: InputPanel,
    outputs: OutputPanel,
) -> None:
    """Draw the open tab when the model changes, and another tab when it is opened."""
    for name, tab in outputs.tabs.items():
        tab.select(lambda name=name: name, None, open_tab, **LATEST)
    gr.on(
        [version.change, open_tab.change, *changes_by_visitor([outputs.depth])],
        as_warning(require_session(events.update_views)),
        [outputs.facts, session, open_tab, outputs.depth],
        [outputs.voxels, *outputs.slices, outputs.turntable],
        inputs_kwargs=inputs.settings,
        **LATEST,
    )


def history(
    events: Events, session: gr.State, version: gr.State, inputs: InputPanel, outputs: OutputPanel
) -> None:
    """Display a model of the history again."""
    outputs.history.select(
        events.show_earlier_model,
        session,
        displayed(session, version, outputs),
        inputs_kwargs=inputs.settings,
        **QUIET,
    )


def many_photos(events: Events, limits: Limits, many: BatchTab, inputs: InputPanel) -> None:
    """Generate a model of each of many photos, with the settings of the first tab."""
    connect_batch_tab(many, events, inputs.settings, limits)


def displayed(session: gr.State, version: gr.State, outputs: OutputPanel) -> list:
    """Return the outputs of `Events.display`."""
    return [
        session,
        outputs.model,
        outputs.facts,
        version,
        outputs.network_input,
        outputs.category,
        outputs.history,
    ]


def changes_by_visitor(components) -> list:
    """Return the triggers of changes that a visitor makes.

    `.change` would also fire when a link sets the settings, before there is a model.
    """
    components = list(components)
    triggers = [component.input for component in components]
    # A slider's reset button, and the number beside it, fire only `.release`.
    return triggers + [c.release for c in components if isinstance(c, gr.Slider)]


def all_changes(
    version: gr.State, open_tab: gr.State, inputs: InputPanel, outputs: OutputPanel, many: BatchTab
) -> list:
    """Return the triggers of all events of the page."""
    controls = [*inputs.settings.values(), *inputs.export_options.values()]
    return [
        version.change,
        open_tab.change,
        inputs.photo.upload,
        inputs.photo.change,
        inputs.selection.click,
        inputs.generate_button.click,
        outputs.rotate_button.click,
        outputs.history.select,
        many.button.click,
        *changes_by_visitor([*controls, outputs.file_format, outputs.depth]),
    ]


# --- launch -------------------------------------------------------------------------------------


def main() -> int:
    """Serve the page until a signal ends it; return the exit status."""
    args = parse_arguments()
    limit_malloc_arenas()
    try:
        configure_logging()
        server = WebServer(args)
        model = load_model(args.model)
    except ValueError as error:  # its message is one sentence
        sys.exit(str(error))
    if "LEFT_SECONDS" in os.environ:
        logger.warning("LEFT_SECONDS has no effect: a session ends KEEP_SECONDS after a change")
    server.start_cleanup()
    decoder = Decoder()
    decoder.start()
    predictor = Predictor(model, server.steps, decoder)
    demo = build_demo(Events(predictor, server.folder), server.limits)
    try:
        server.launch(
            demo.queue(max_size=server.limits.max_queue), theme=theme(), css_paths=STYLE_SHEET
        )
    except UserError as error:
        sys.exit(str(error))
    if not os.environ.get("SPACES_ZERO_GPU"):  # there the GPU is lent for visitors' calls only
        closing = server.state.closing
        threading.Thread(target=predictor.warm_up, args=(closing,), daemon=True).start()
    return serve_until_signal(demo, server.state)


if __name__ == "__main__":
    end_process(main())
