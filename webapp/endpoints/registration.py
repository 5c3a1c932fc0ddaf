"""Registration of the endpoints with Gradio: their names, and the order of their parameters."""

import gradio as gr

from pipeline.settings import DEFAULT_STYLE, STYLES
from webapp.endpoints.handlers import Api
from webapp.endpoints.scenes import SceneApi
from webapp.events.event_options import NETWORK
from webapp.events.prediction_events import Events
from webapp.layout.output_panel import OutputPanel


def add_endpoints(events: Events, session: gr.State, outputs: OutputPanel) -> None:
    """Add the endpoints, which no event of the page triggers.

    Hidden components name and type their outputs. `preprocess=False` passes values as they came:
    Gradio would decode an image before it is checked, and `Settings` names a wrong value itself.
    """
    api, scenes = Api(events), SceneApi(events)
    image = gr.Image(label="image", visible=False)
    model = gr.File(label="model", visible=False)
    network_input = gr.Image(label="seen", visible=False)
    facts = gr.JSON(label="facts", visible=False)
    file = gr.File(label="file", visible=False)
    box = {"box": gr.Textbox(label="box", visible=False)}  # text: the schema of gr.JSON breaks MCP
    more = {"more": gr.File(label="more", file_count="multiple", visible=False)}
    parameters = {"parameters": gr.Textbox(label="parameters", visible=False)}
    settings = outputs.settings | {
        "threshold": gr.Number(events.threshold, label="threshold", visible=False),
        "style": gr.Radio(STYLES, value=DEFAULT_STYLE, label="style", visible=False),
    }
    export = settings | outputs.export_options
    # new parameters come last: callers that send values in order may leave them out
    known, added = dict(export), {"stl_size": export["stl_size"], **more, **parameters}
    del known["stl_size"]
    gr.on(
        [], api.generate, [image, session], [session, model, network_input, facts],
        inputs_kwargs=settings | box | parameters, api_name="generate", preprocess=False, **NETWORK,
    )  # fmt: skip
    gr.on(
        [], api.convert, [image, outputs.file_format], [file, facts],
        inputs_kwargs=known | box | added, api_name="convert", preprocess=False, **NETWORK,
    )  # fmt: skip
    gr.on(
        # the session is last: callers over plain HTTP take the model as the first value
        [], api.remesh, session, [model, facts, session],
        inputs_kwargs=settings | parameters, api_name="remesh", preprocess=False,
    )  # fmt: skip
    gr.on(
        [], api.export, [session, outputs.file_format], file,
        inputs_kwargs=export, api_name="export", preprocess=False,
    )  # fmt: skip
    gr.on(
        [], scenes.find, image, facts,
        inputs_kwargs={"outlines": gr.Checkbox(False, label="outlines", visible=False)},
        api_name="find", preprocess=False, **NETWORK,
    )  # fmt: skip
    gr.on(
        [], scenes.scene, image,
        [gr.File(label="scene", visible=False), gr.File(label="pieces", visible=False), facts],
        inputs_kwargs=settings | {"boxes": gr.Textbox(label="boxes", visible=False)},
        api_name="scene", preprocess=False, **NETWORK,
    )  # fmt: skip
