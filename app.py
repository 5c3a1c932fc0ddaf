"""The page: one photograph of furniture in, a coloured 3D model out. Run: python app.py

Only this file and `webapp/` import Gradio. The work itself is done in `pipeline/`; the page's
events are private adapters to it, beside four named API endpoints. `--help` lists the settings.
"""

import os
import sys
import threading
from contextlib import suppress
from pathlib import Path

with suppress(ImportError):  # on a ZeroGPU Space it must come before torch
    pass

import gradio as gr

from voxel_model import load_model
from webapp import batch_tab
from webapp.api import Api
from webapp.events import Page
from webapp.layout import INTRO, TITLE, Left, Right, left, right
from webapp.server.arguments import arguments, said
from webapp.server.cleanup import own_folder, sweep_on_schedule
from webapp.server.guard import Guard, Traffic
from webapp.server.lifetime import Patience, serve_until_told
from webapp.server.limits import Limits
from webapp.server.memory import share_heaps
from webapp.session_state import Sessions
from webapp.sessions import close_visit, under_way
from webapp.uploads import StrictBlocks

HERE = Path(__file__).parent
ONE_AT_A_TIME = {"concurrency_limit": 1, "concurrency_id": "network"}
# raw: the file as it came, since Gradio would decode a picture before it is judged, and values as
# they came, since `Settings` refuses the wrong ones in its own words
PRIVATE = {"api_visibility": "private", "preprocess": False}
SILENT = {"show_progress": "hidden"} | PRIVATE
# a phone has the model below the fold, where its progress would go unseen
SHOW_MODEL = "() => {document.querySelector('#model').scrollIntoView({block: 'nearest'})}"
NAMES = (HERE / "webapp" / "assets" / "names.js").read_text()
# the address always leads back to these settings
LINK = """(threshold, style) => {
    const address = new URL(location);
    address.searchParams.set("threshold", threshold);
    address.searchParams.set("style", style);
    history.replaceState(null, "", address);
}"""


def build_demo(page: Page, limits: Limits = Limits()) -> gr.Blocks:
    """The page and its API around the events of a loaded model."""
    with StrictBlocks(
        title=TITLE,
        fill_width=True,
        analytics_enabled=said("GRADIO_ANALYTICS_ENABLED"),
        delete_cache=(limits.sweep_seconds, limits.keep_seconds),
    ) as demo:
        visit = gr.State(None, delete_callback=close_visit)
        gr.Markdown(INTRO, elem_id="intro")
        with gr.Tabs():
            with gr.Tab("One piece"), gr.Row(elem_id="bench"):
                with gr.Column(scale=4, min_width=320):
                    given = left(page.model.config.threshold)
                with gr.Column(scale=6, min_width=320):
                    got = right()
            with gr.Tab("Many photos"):
                grid = batch_tab.layout()
        _add_api(page, visit, given, got)  # first: the names of endpoints go to who comes first
        _connect(demo, page, visit, given, got)
        batch_tab.connect(grid, page, given.settings)
    return demo


def _connect(demo: gr.Blocks, page: Page, visit: gr.State, given: Left, got: Right) -> None:
    """Which event runs what, and where its answer goes."""
    tab = gr.State("Model")  # the one that is open
    photo, chosen, settings = given.photo, given.chosen, given.settings
    photo.change(page.find, photo, chosen, **ONE_AT_A_TIME, **SILENT)
    chosen.click(page.pick, photo, chosen, **ONE_AT_A_TIME, **SILENT)
    everywhere = [visit, got.model, got.facts, got.seen, got.category, got.history]
    offer = dict(
        fn=under_way(page.offer),
        inputs=[got.facts, visit, got.file_format, *given.finish, *settings],
        outputs=[got.download, got.notes],
    )
    draw = dict(
        fn=under_way(page.draw),
        inputs=[got.facts, visit, tab, got.depth, *settings],
        outputs=[got.voxels, *got.slices, got.turntable],
    )

    def follow(event):
        """What is shown and offered follows the model."""
        return event.success(**offer, **SILENT).success(**draw, **SILENT)

    turn = gr.State(0)  # quarters that would set the photo upright
    doubt = dict(fn=page.doubt, inputs=[photo, visit], outputs=[turn, got.hint])
    generate = dict(
        fn=page.generate,
        inputs=[photo, given.more, chosen, visit, *settings],
        outputs=[*everywhere, chosen],
        show_progress_on=got.model,
    )

    def follow_photo(event):
        """A new model of the photo, and at last whether it lies on its side."""
        made = event(**generate, **ONE_AT_A_TIME, **PRIVATE)
        follow(made).success(**doubt, **ONE_AT_A_TIME, **SILENT)

    follow_photo(given.button.click)
    given.button.click(None, js=SHOW_MODEL, **SILENT)
    if given.examples:
        picked = given.examples.load_input_event
        follow_photo(picked.success)
        picked.success(None, js=SHOW_MODEL, **SILENT)
    turned = got.turn.click(page.turn, [photo, visit, turn], photo, **SILENT)
    follow_photo(turned.success)
    turned.success(None, js=SHOW_MODEL, **SILENT)
    outdated = [photo.change, got.history.select]
    gr.on(outdated, lambda: (0, gr.Row(visible=False)), None, [turn, got.hint], **SILENT)
    follow(got.history.select(page.recall, [visit, *settings], everywhere, **SILENT))
    changed = [setting.change for setting in settings]
    remeshed = gr.on(
        changed,
        under_way(page.remesh),
        [got.facts, visit, *settings],
        [visit, got.model, got.facts],
        trigger_mode="always_last",
        **SILENT,
    )
    follow(remeshed)
    gr.on(changed, None, settings[:2], js=LINK, **SILENT)
    gr.on([part.change for part in (got.file_format, *given.finish)], **offer, **SILENT)
    got.depth.change(**draw, trigger_mode="always_last", **SILENT)
    for name, opened in got.tabs.items():
        opened.select(lambda name=name: name, None, tab, **SILENT).success(**draw, **SILENT)
    demo.load(page.link, None, settings[:2], **SILENT)
    demo.load(None, js=NAMES, **SILENT)


def _add_api(page: Page, visit: gr.State, given: Left, got: Right) -> None:
    """Endpoints without a trigger on the page; hidden components name and type their answers."""
    api = Api(page)
    model = gr.File(label="model", visible=False)
    seen = gr.Image(label="seen", visible=False)
    facts = gr.JSON(label="facts", visible=False)
    file = gr.File(label="file", visible=False)

    def add(handler, inputs, outputs, **limits):
        name = handler.__name__
        gr.on([], handler, inputs, outputs, api_name=name, preprocess=False, **limits)

    box = gr.Textbox(label="box", visible=False)  # text: the schema of gr.JSON breaks MCP
    settings = given.settings
    generated = [visit, model, seen, facts]
    choice = [got.file_format, *settings, *given.finish]
    add(api.generate, [given.photo, visit, *settings, box], generated, **ONE_AT_A_TIME)
    add(api.convert, [given.photo, *choice, box], [file, facts], **ONE_AT_A_TIME)
    add(api.remesh, [visit, *settings], [model, facts])
    add(api.export, [visit, *choice], file)


# --- launch -------------------------------------------------------------------------------------


def main() -> int:
    args = arguments()
    share_heaps()
    try:
        limits, folder = Limits.from_environment(), own_folder()
        model = load_model(args.model)
    except ValueError as error:  # ours: one sentence each
        sys.exit(str(error))
    _set_environment(folder)
    sweep_on_schedule(folder, limits.keep_seconds + limits.sweep_seconds, limits.sweep_seconds)
    traffic = Traffic()
    page = Page(model, folder, Patience(limits.step_seconds, traffic))
    demo = build_demo(page, limits).queue(max_size=limits.longest_queue)
    # as Starlette wants it: class, arguments, named arguments
    guard = (Guard, (), {"limits": limits, "folder": folder, "traffic": traffic})
    demo.launch(
        server_name=args.host,
        server_port=args.port,
        share=args.share,
        mcp_server=args.mcp,
        auth=args.auth,
        max_file_size=limits.largest_file,
        state_session_capacity=limits.most_visitors,
        footer_links=["api", "settings"],
        run_history=False,
        enable_monitoring=False,
        theme=_theme(),
        css_paths=HERE / "webapp" / "assets" / "page.css",
        app_kwargs={"middleware": [guard]},
        prevent_thread_lock=True,
    )
    Sessions(limits).serve(demo)
    if not os.environ.get("SPACES_ZERO_GPU"):  # which lends its GPU to visitors' calls alone
        threading.Thread(target=page.warm, args=(traffic.closing,), daemon=True).start()
    return serve_until_told(demo, traffic)


def _set_environment(folder: Path) -> None:
    """What Gradio and its server read there alone."""
    os.environ["GRADIO_TEMP_DIR"] = str(folder)
    # else a table of the last 10,000 events is summed up after each event, for nobody
    os.environ.setdefault("GRADIO_ANALYTICS_CACHE_FREQUENCY", str(10**9))
    os.environ.setdefault("GRADIO_ANALYTICS_MAX_EVENTS", "1")
    if os.environ.get("SPACE_ID"):  # reached through the Hub's proxy alone, which names visitors
        os.environ.setdefault("FORWARDED_ALLOW_IPS", "*")


def _theme() -> gr.themes.Base:
    """Fonts of the visitor's own system: nothing is fetched from elsewhere. Contrasts of 4.5 up."""
    theme = gr.themes.Default(
        primary_hue="teal",
        neutral_hue="stone",
        font=["system-ui", "sans-serif"],
        font_mono=["ui-monospace", "monospace"],
    )
    button = dict.fromkeys(["", "_dark"], "*primary_700")
    hover = dict.fromkeys(["_hover", "_hover_dark"], "*primary_800")
    fills = {f"button_primary_background_fill{k}": v for k, v in (button | hover).items()}
    return theme.set(body_text_color_subdued="*neutral_600", **fills)


if __name__ == "__main__":
    sys.exit(main())
