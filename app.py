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
from collections.abc import Callable
from contextlib import suppress
from inspect import signature

from webapp.server.environment import prepare_environment

prepare_environment()  # before Gradio, which reads and checks variables while it is imported
with suppress(ImportError):
    import spaces  # noqa: F401  # ZeroGPU: must be imported before torch

import gradio as gr

from core.errors import UserError
from images.decoding_process import Decoder
from pipeline.parts.bank import EMBEDDED_CHECKPOINT, PieceBank, find_bank
from voxel_model import VoxelModel, load_model
from webapp.api import add_endpoints
from webapp.batch_tab import BatchTab, batch_tab
from webapp.batch_tab import connect as connect_batch_tab
from webapp.event_options import LATEST, NETWORK, QUIET
from webapp.events import Events
from webapp.layout import INTRO, TITLE, InputPanel, OutputPanel, input_panel, output_panel
from webapp.messages import as_warning
from webapp.model_display import Displayed
from webapp.predictor import Predictor
from webapp.recovery import recover_lost_answers
from webapp.server.arguments import env_flag, parse_arguments
from webapp.server.lifetime import end_process, serve_until_signal
from webapp.server.limits import Limits
from webapp.server.logs import configure_logging
from webapp.server.memory import limit_malloc_arenas, start_trimming
from webapp.server.startup import WebServer
from webapp.sessions import Session, new_session_state
from webapp.theme import (
    ACCESSIBILITY_JS,
    CHOOSE_FILE_JS,
    DROP_JS,
    MARK_STALE_JS,
    SHOW_THRESHOLD_JS,
    STALE_JS,
    STYLE_SHEET,
    UPDATE_URL_JS,
    theme,
)
from webapp.uploads import StrictBlocks
from webapp.views import VIEWS, update_views

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
                    inputs = input_panel()
                with gr.Column(scale=6, min_width=320):
                    outputs = output_panel(events.threshold)
            with gr.Tab("Many photos"):
                many = batch_tab()
        # The endpoints come first: Gradio numbers the names of later functions of the same name.
        add_endpoints(events, session, outputs)
        triggers = all_changes(version, open_tab, inputs, outputs, many)
        recover_lost_answers([demo.load, *triggers])
        page = (events, session, version, inputs, outputs)
        open_page(demo, *page)
        choose_photo(*page)
        choose_object(*page)
        rotate(events, session, inputs)
        adjust(*page)
        download(*page)
        views(events, session, version, open_tab, inputs, outputs)
        history(*page)
        many_photos(events, limits, many, outputs)
    for function in demo.fns.values():
        function.queue = True  # gr.Examples sets False, for a route that the server refuses
    return demo


def choose_photo(
    events: Events, session: gr.State, version: gr.State, inputs: InputPanel, outputs: OutputPanel
) -> None:
    """Make a model of a new photo at once.

    A photo that browsers do not draw is replaced by a picture first.
    """
    photo = inputs.photo
    photo.upload(events.show_photo, photo, photo, **LATEST)
    stale = [outputs.model, outputs.download]
    photo.change(None, [photo, outputs.model], stale, js=MARK_STALE_JS, **QUIET)
    photo.change(None, None, inputs.extra_photos, js="() => null", **QUIET)
    followed = photo.change(
        events.follow_photo,
        [photo, outputs.model, session],
        displayed(session, version, inputs, outputs),
        inputs_kwargs=outputs.settings,
        **LATEST,
        **NETWORK,
    )
    improve(events, followed, session, version, inputs, outputs)


def choose_object(
    events: Events, session: gr.State, version: gr.State, inputs: InputPanel, outputs: OutputPanel
) -> None:
    """Make the model of another object, of more photos, or of the same ones again."""
    photo, selection = inputs.photo, inputs.selection
    starts = [
        selection.input,  # a box was drawn
        inputs.extra_photos.upload,
        inputs.extra_photos.delete,
        inputs.generate_button.click,
    ]
    stale = [outputs.model, outputs.download]
    gr.on([*starts, selection.click], None, outputs.model, stale, js=STALE_JS, **QUIET)
    for triggers, handler, values in (
        (starts, events.generate, [photo, inputs.extra_photos, selection, session]),
        ([selection.click], events.generate_at, [photo, session]),
    ):
        generated = gr.on(
            triggers,
            handler,
            values,
            displayed(session, version, inputs, outputs),
            inputs_kwargs=outputs.settings,
            **LATEST,
            **NETWORK,
        )
        improve(events, generated, session, version, inputs, outputs)


def improve(
    events: Events,
    generated,
    session: gr.State,
    version: gr.State,
    inputs: InputPanel,
    outputs: OutputPanel,
) -> None:
    """Replace the smooth surface by parts; then tell if the photo seems to lie on its side."""
    improved = generated.then(
        as_warning(events.fit_parts),
        session,
        displayed(session, version, inputs, outputs),
        inputs_kwargs=outputs.settings,
        **LATEST,
        **NETWORK,
    )
    improved.then(
        as_warning(events.advise_rotation),
        [inputs.photo, session],
        [inputs.rotation, inputs.nudges],
        **LATEST,
        **NETWORK,
    )


def rotate(events: Events, session: gr.State, inputs: InputPanel) -> None:
    """Turn the photo on the button, as advised or else clockwise; its model follows."""
    inputs.rotate_button.click(
        as_warning(events.rotate_photo),
        [inputs.photo, session, inputs.rotation],
        inputs.photo,
        **QUIET,
    )
    inputs.photo.change(lambda: 0, None, inputs.rotation, **LATEST)


def open_page(
    demo: gr.Blocks,
    events: Events,
    session: gr.State,
    version: gr.State,
    inputs: InputPanel,
    outputs: OutputPanel,
) -> None:
    """Open with the settings of the link, and with an example and its model on show."""
    link = [outputs.settings["threshold"], outputs.settings["style"]]
    opened = demo.load(events.settings_from_url, None, link, **QUIET)
    opened.then(
        as_warning(events.open_page),
        inputs.photo,
        displayed(session, version, inputs, outputs),
        inputs_kwargs=outputs.settings,
        **QUIET,
        **NETWORK,
    )
    for script in (ACCESSIBILITY_JS, DROP_JS):
        demo.load(None, js=script, **QUIET)
    inputs.choose_button.click(None, js=CHOOSE_FILE_JS, **QUIET)


def adjust(
    events: Events, session: gr.State, version: gr.State, inputs: InputPanel, outputs: OutputPanel
) -> None:
    """Rebuild the mesh when a setting or a parameter changes; write settings into the URL."""
    link = [outputs.settings["threshold"], outputs.settings["style"]]
    gr.on(changes_by_visitor(link), None, link, js=UPDATE_URL_JS, **QUIET)
    style, threshold = outputs.settings["style"], outputs.settings["threshold"]
    style.change(None, style, threshold, js=SHOW_THRESHOLD_JS, **QUIET)
    changes = [
        (changes_by_visitor(outputs.settings.values()), events.remesh),
        ([outputs.sliders.input], events.adjust_parts),
        ([outputs.reset_button.click], events.reset_parts),
    ]
    for triggers, handler in changes:
        gr.on(
            triggers,
            as_warning(resumed(events, handler)),
            [inputs.photo, outputs.facts, session],
            displayed(session, version, inputs, outputs),
            inputs_kwargs=outputs.settings,
            **LATEST,
            **NETWORK,
        )


def download(
    events: Events, session: gr.State, version: gr.State, inputs: InputPanel, outputs: OutputPanel
) -> None:
    """Prepare the download when the model, the format or the export options change."""
    choices = [outputs.file_format, *outputs.export_options.values()]
    gr.on(
        [version.change, *changes_by_visitor(choices)],
        as_warning(resumed(events, events.prepare_download)),
        [inputs.photo, outputs.facts, session, outputs.file_format],
        [outputs.download, outputs.notes],
        inputs_kwargs=outputs.settings | outputs.export_options,
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
        as_warning(resumed(events, update_views)),
        [inputs.photo, outputs.facts, session, open_tab, outputs.depth],
        [outputs.voxels, *outputs.slices, outputs.turntable],
        inputs_kwargs=outputs.settings,
        **LATEST,
    )


def history(
    events: Events, session: gr.State, version: gr.State, inputs: InputPanel, outputs: OutputPanel
) -> None:
    """Display a model of the history again, with its photo."""
    outputs.history.select(
        as_warning(events.show_earlier_model),
        session,
        [*displayed(session, version, inputs, outputs), inputs.photo],
        inputs_kwargs=outputs.settings,
        **QUIET,
        **NETWORK,
    )


def many_photos(events: Events, limits: Limits, many: BatchTab, outputs: OutputPanel) -> None:
    """Generate a model of each of many photos, with the settings of the first tab."""
    connect_batch_tab(many, events, outputs.settings, limits)


def displayed(
    session: gr.State, version: gr.State, inputs: InputPanel, outputs: OutputPanel
) -> list:
    """Return the components of `webapp.model_display.Displayed`, in the order of its fields."""
    components = vars(inputs) | vars(outputs) | {"session": session, "version": version}
    return [components[name] for name in Displayed._fields]


def resumed(events: Events, handler: Callable) -> Callable:
    """Return the handler behind photo and facts, which lead to a session if there is none."""

    def run(photo: dict | None, facts: dict | None, session: Session | None, *args, **values):
        return handler(events.resume(session, photo, facts), *args, **values)

    def run_with_event(photo, facts, session, event: gr.EventData, **values):
        return run(photo, facts, session, event, **values)

    result = run_with_event if "event" in signature(handler).parameters else run
    result.__name__ = handler.__name__  # by which Gradio names the event
    return result


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
    controls = [*outputs.settings.values(), *outputs.export_options.values()]
    return [
        version.change,
        open_tab.change,
        inputs.photo.upload,
        inputs.photo.change,
        inputs.selection.click,
        inputs.selection.input,
        inputs.extra_photos.upload,
        inputs.extra_photos.delete,
        inputs.generate_button.click,
        inputs.rotate_button.click,
        outputs.sliders.input,
        outputs.reset_button.click,
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
    start_trimming()
    decoder = Decoder()
    decoder.start()
    predictor = Predictor(model, server.steps, decoder, load_bank(args.model, model))
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


def load_bank(source: str | None, model: VoxelModel) -> PieceBank | None:
    """Return the bank of pieces beside the weights; None where there is none."""
    folder = source or os.environ.get("MODEL_REPO_ID") or EMBEDDED_CHECKPOINT
    return find_bank(folder, model)


if __name__ == "__main__":
    end_process(main())
