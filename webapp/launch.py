"""The start of the page: model and server around it, until a signal ends them.

status = serve(build_demo)        # build_demo(events, limits) returns the page
"""

import logging
import os
import sys
import threading
from collections.abc import Callable

import gradio as gr

from core.errors import UserError
from images.decoding_process import Decoder
from pipeline.parts.bank import EMBEDDED_CHECKPOINT, PieceBank, find_bank
from voxel_model import VoxelModel, load_model
from webapp.display.previews import Previews
from webapp.events.prediction_events import Events
from webapp.inference.predictor import Predictor
from webapp.layout.page_head import extend_page_head
from webapp.scripts import ACCESSIBILITY_JS
from webapp.server.limits import Limits
from webapp.server.monitoring.logs import configure_logging
from webapp.server.process.arguments import parse_arguments
from webapp.server.process.lifetime import serve_until_signal
from webapp.server.process.memory import limit_malloc_arenas, start_trimming
from webapp.theme import STYLE_SHEET, theme
from webapp.web_server import WebServer

logger = logging.getLogger(__name__)


def serve(build_demo: Callable[[Events, Limits], gr.Blocks]) -> int:
    """Serve the page until a signal ends it; return the exit status.

    Parameters
    ----------
    build_demo : callable
        Returns the page around the handlers.
    """
    args = parse_arguments()
    limit_malloc_arenas()
    try:
        configure_logging()
        server = WebServer(args)
        model = load_model(args.model)
        bank = load_bank(args.model, model)
    except ValueError as error:  # its message is one sentence
        sys.exit(str(error))
    if "LEFT_SECONDS" in os.environ:
        logger.warning("LEFT_SECONDS has no effect: a session ends KEEP_SECONDS after a change")
    server.start_cleanup()
    start_trimming()
    decoder = Decoder()
    decoder.start()
    predictor = Predictor(model, server.steps, decoder, bank)
    events = Events(predictor, server.folder)
    demo = build_demo(events, server.limits)
    extend_page_head(f"{demo.title} is loading ...", ACCESSIBILITY_JS)
    try:
        server.launch(
            demo.queue(max_size=server.limits.max_queue),
            Previews(events.opening).answer,
            theme=theme(),
            css_paths=STYLE_SHEET,
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
    bank = find_bank(folder, model)
    if bank is None:
        logger.warning("These weights have no bank of pieces; the models are smooth")
    return bank
