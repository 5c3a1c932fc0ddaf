"""The web page: a photo of one piece of furniture in, a coloured 3D model out.

    python app.py             # `--help` lists the options

Only this file and `webapp/` import Gradio. One function for each thing that a visitor does, from
the top of the page to its bottom, connects the components to the handlers; `build_demo` at the end
lays the page out. The handlers are in `webapp/events/`; `pipeline/` does the work.
"""

from contextlib import suppress

from webapp.server.process.environment import prepare_environment

prepare_environment()  # before Gradio, which reads and checks variables while it is imported
with suppress(ImportError):
    import spaces  # noqa: F401  # ZeroGPU: must be imported before torch

import gradio as gr

from webapp import scripts
from webapp.components.room_link import room_state
from webapp.components.thumbnails import VALUE_JS as THUMBNAILS_JS
from webapp.display.views import VIEWS, update_views
from webapp.endpoints.registration import add_endpoints
from webapp.events import model_events
from webapp.events.event_options import LATEST, NETWORK, QUIET
from webapp.events.prediction_events import Events
from webapp.events.recovery import recover_lost_answers
from webapp.events.room_events import RoomEvents
from webapp.events.visits import ONE, Visits, keep_key_js, read_key_js
from webapp.inference.example_cache import shows_furniture
from webapp.launch import serve
from webapp.layout.batch_tab import ONE_PIECE, batch_tab
from webapp.layout.batch_tab import connect as connect_batch_tab
from webapp.layout.input_panel import input_panel
from webapp.layout.introduction import introduction, page_title
from webapp.layout.output_panel import output_panel
from webapp.layout.page import Page, changes_by_visitor
from webapp.messages import as_warning
from webapp.server.limits import Limits
from webapp.server.process.arguments import env_flag
from webapp.server.process.lifetime import end_process
from webapp.sessions.session import new_session_state
from webapp.uploads import StrictBlocks


def open_page(demo: gr.Blocks, page: Page) -> None:
    """Open with the settings of the link, and with an example and its model on show.

    A page that is loaded again opens with the models of the visit.
    """
    key, visits = gr.Textbox(visible=False), Visits(demo, page.session, page.events)
    read = demo.load(None, None, key, js=read_key_js(ONE), **QUIET)
    opened = read.then(page.events.settings_from_url, None, page.link, **QUIET)
    opened.then(
        as_warning(visits.open_page),
        [page.inputs.photo, key],
        [*page.displayed, page.inputs.photo],
        inputs_kwargs=page.settings,
        **QUIET,
        **NETWORK,
    )
    kept = page.version.change(visits.keep_key, page.session, key, **LATEST)
    kept.then(None, key, None, js=keep_key_js(ONE), **QUIET)
    demo.load(None, js=scripts.DROP_JS, **QUIET)
    page.inputs.choose_button.click(None, js=scripts.CHOOSE_FILE_JS, **QUIET)


def choose_photo(page: Page) -> None:
    """Make a model of a new photo at once.

    A photo that browsers do not draw is replaced by a picture first.
    """
    photo, model = page.inputs.photo, page.outputs.model
    photo.change(page.events.newest.tell, photo, None, **LATEST | {"trigger_mode": "multiple"})
    photo.upload(page.events.photo.show_photo, photo, photo, **LATEST)
    changed = [model, page.outputs.download, page.inputs.extra_photos]
    photo.change(None, [photo, model], changed, js=scripts.NEW_PHOTO_JS, **QUIET)
    page.improve(page.show([photo.change], page.events.follow_photo, [photo, model, page.session]))


def choose_object(page: Page) -> None:
    """Make the model of another object, of more photos, or of the same ones again."""
    inputs = page.inputs
    photo, selection, extra_photos = inputs.photo, inputs.selection, inputs.extra_photos
    starts = [
        selection.input,  # a box was drawn
        extra_photos.upload,
        extra_photos.delete,
        inputs.generate_button.click,
    ]
    page.mark_stale([*starts, selection.click, inputs.views_button.click])
    values = [photo, extra_photos, selection, page.session]
    page.improve(page.show(starts, page.events.generate, values))
    extra_photos.change(None, extra_photos, inputs.thumbnails, js=THUMBNAILS_JS, **QUIET)
    others = [photo, extra_photos]  # the pictures take their places
    clicked = [inputs.views_button.click]
    page.improve(page.show(clicked, page.events.show_views, [page.session], others))
    page.improve(page.show([selection.click], page.events.generate_at, [photo, page.session]))


def choose_piece(page: Page) -> None:
    """Make the model of one piece of the photo, or of all its pieces as a room."""
    room, pieces = RoomEvents(page.events), page.inputs.pieces
    page.mark_stale([pieces.select, pieces.click])
    values = [page.inputs.photo, page.session]
    page.improve(page.show([pieces.select], room.generate_piece, values))
    page.improve(page.show([pieces.click], room.show_room, values))
    page.on_model(
        [page.outputs.room_zip.click],
        model_events.download_room,
        [],
        page.outputs.room_zip,
        inputs_kwargs=page.settings,
    )


def rotate(page: Page) -> None:
    """Turn the photo on the button, as advised or else clockwise; its model follows."""
    photo, handler = page.inputs.photo, as_warning(page.events.photo.rotate_photo)
    page.inputs.rotate_button.click(handler, [photo, page.session], photo, **QUIET)


def adjust(page: Page) -> None:
    """Rebuild the mesh when a setting or a parameter changes; write settings into the URL."""
    threshold, style = page.link
    gr.on(changes_by_visitor(page.link), None, page.link, js=scripts.UPDATE_URL_JS, **QUIET)
    style.change(None, style, threshold, js=scripts.SHOW_THRESHOLD_JS, **QUIET)
    for triggers, handler in (
        (changes_by_visitor(page.settings.values()), page.events.remesh),
        ([page.outputs.sliders.input], model_events.adjust_parts),
        ([page.outputs.reset_button.click], model_events.reset_parts),
    ):
        page.on_model(triggers, handler, [], page.displayed, inputs_kwargs=page.settings, **NETWORK)


def download(page: Page) -> None:
    """Prepare the download when the model, the format or the export options change."""
    outputs = page.outputs
    changes = changes_by_visitor([outputs.file_format, *outputs.export_options.values()])
    page.on_model(
        [page.version.change, *changes],
        model_events.prepare_download,
        [outputs.file_format],
        [outputs.download, outputs.notes],
        inputs_kwargs=page.settings | outputs.export_options,
    )


def view_in_room(demo: gr.Blocks, page: Page) -> None:
    """Write the model for the phone's own viewer when the visitor taps the button."""
    link = page.outputs.room_link
    demo.load(room_state, None, link, **QUIET)
    page.on_model([link.click], model_events.open_in_room, [], [link], inputs_kwargs=page.settings)


def views(page: Page) -> None:
    """Draw the open tab when the model changes, and another tab when it is opened."""
    outputs = page.outputs
    for name, tab in outputs.tabs.items():
        tab.select(lambda name=name: name, None, page.open_tab, **LATEST)
    page.on_model(
        [page.version.change, page.open_tab.change, *changes_by_visitor([outputs.depth])],
        update_views,
        [page.open_tab, outputs.depth],
        [outputs.voxels, *outputs.slices, outputs.coordinates, outputs.turntable],
        inputs_kwargs=page.settings,
    )


def history(page: Page) -> None:
    """Display a model of the history again, with its photo."""
    shown = page.outputs.history.select(
        as_warning(model_events.show_earlier_model),
        page.session,
        [*page.displayed, page.inputs.photo],
        inputs_kwargs=page.settings,
        **QUIET,
        **NETWORK,
    )
    page.improve(shown)


def build_demo(events: Events, limits: Limits = Limits()) -> gr.Blocks:
    """Return the page and its API.

    Parameters
    ----------
    events : Events
        Handlers around a loaded model.
    limits : Limits
        How long sessions and files are kept.
    """
    categories = events.predictor.model.config.categories
    with StrictBlocks(
        title=page_title(categories),
        fill_width=True,
        analytics_enabled=env_flag("GRADIO_ANALYTICS_ENABLED"),
        delete_cache=(limits.sweep_seconds, limits.keep_seconds),
    ) as demo:
        session = new_session_state(limits)
        version, open_tab = gr.State(0), gr.State(VIEWS[0])
        gr.Markdown(introduction(categories), elem_id="intro")
        with gr.Tabs() as tabs:
            with gr.Tab("One piece", id=ONE_PIECE), gr.Row(elem_id="bench"):
                with gr.Column(scale=4, min_width=320):
                    inputs = input_panel(shows_furniture(categories))
                with gr.Column(scale=6, min_width=320):
                    outputs = output_panel(events.threshold)
            with gr.Tab("Many photos"):
                many = batch_tab()
        # The endpoints come first: Gradio numbers the names of later functions of the same name.
        add_endpoints(events, session, outputs)
        page = Page(events, session, version, open_tab, inputs, outputs, many)
        recover_lost_answers([demo.load, *page.changes])
        open_page(demo, page)
        choose_photo(page)
        choose_object(page)
        choose_piece(page)
        rotate(page)
        adjust(page)
        download(page)
        view_in_room(demo, page)
        views(page)
        history(page)
        connect_batch_tab(demo, page, limits, tabs)
    for function in demo.fns.values():
        function.queue = True  # gr.Examples sets False, for a route that the server refuses
    return demo


def main() -> int:
    """Serve the page until a signal ends it; return the exit status."""
    return serve(build_demo)


if __name__ == "__main__":
    end_process(main())
