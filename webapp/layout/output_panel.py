"""The right column: the model, its views, its downloads and its settings.

outputs = output_panel(threshold)        # within a gr.Column; `app.py` connects the components
"""

from dataclasses import dataclass

import gradio as gr

from webapp.components.controls import (
    colour_settings,
    format_controls,
    style_choice,
    threshold_slider,
)
from webapp.components.facts import details_panel, headline_panel
from webapp.components.pieces import zip_link
from webapp.components.room_link import room_link
from webapp.components.sliders import sliders_panel
from webapp.components.viewer import viewer
from webapp.display.views import VIEWS

SLICES_INFO = "Dark cells are empty, bright ones solid; what lies between, the model is unsure of."


@dataclass
class OutputPanel:
    """Components of the right column."""

    model: gr.HTML
    tabs: dict[str, gr.Tab]  # by the names in VIEWS
    voxels: gr.HTML
    slices: list[gr.Image]
    coordinates: gr.Image
    depth: gr.Slider
    turntable: gr.Image
    facts: gr.HTML
    download: gr.DownloadButton
    room_link: gr.HTML
    room_zip: gr.HTML  # download of a room with its pieces
    file_format: gr.Radio
    notes: gr.Markdown
    sliders: gr.HTML
    adjust: gr.Accordion  # around the sliders
    reset_button: gr.Button
    settings: dict[str, gr.components.Component]  # by the field names of Settings
    export_options: dict[str, gr.components.Component]  # by the field names of ExportOptions
    details: gr.HTML
    network_input: gr.Image
    category: gr.Label
    history: gr.Gallery


def output_panel(threshold: float) -> OutputPanel:
    """Lay out the right column; `threshold` is the model's own."""
    views = _views()
    facts = headline_panel()
    with gr.Row(elem_id="downloads"):
        style = style_choice()
        download = gr.DownloadButton(
            "Download GLB",
            interactive=False,
            variant="primary",
            elem_id="download",
            min_width=220,
            scale=2,
        )
    in_room, room_zip = room_link(), zip_link()
    settings = {"style": style, "threshold": threshold_slider(threshold)}
    with gr.Accordion("Other formats", open=False, elem_id="formats"):
        file_format, export_options = format_controls()
        notes = gr.Markdown(elem_id="notes")
    with gr.Accordion("Adjust parts", open=False, visible=False, elem_id="adjust") as adjust:
        sliders = sliders_panel()
        reset_button = gr.Button("As in the photo", size="sm", elem_id="reset-parts")
    with gr.Accordion("Details", open=False, elem_id="details"):
        details = details_panel()
        network_input, category = _recognition()
        settings |= colour_settings()
    return OutputPanel(
        **views,
        facts=facts,
        download=download,
        room_link=in_room,
        room_zip=room_zip,
        file_format=file_format,
        notes=notes,
        sliders=sliders,
        adjust=adjust,
        reset_button=reset_button,
        settings={name: settings[name] for name in ("threshold", "style", "drop_crumbs", "colors")},
        export_options=export_options,
        details=details,
        network_input=network_input,
        category=category,
        history=_history(),
    )


def _views() -> dict:
    """Lay out the tabs with the model, its voxels, its slices and its turntable."""
    model_tab, voxel_tab, slice_tab, turntable_tab = VIEWS
    tabs = {}
    with gr.Tabs(elem_id="views"):
        with gr.Tab(model_tab) as tabs[model_tab]:
            model = viewer("3D model", "model")
        with gr.Tab(voxel_tab) as tabs[voxel_tab]:
            voxels = viewer("Voxel grid", "voxels")
        with gr.Tab(slice_tab, elem_id="inside") as tabs[slice_tab]:
            with gr.Row():
                slices = [
                    gr.Image(
                        label=f"From {name}",
                        buttons=[],
                        height=300,
                        interactive=False,
                        alt_text=f"Slice through the grid, seen from {name}",
                    )
                    for name in ("the front", "the side", "above")
                ]
                coordinates = gr.Image(
                    label="Place on the object",
                    buttons=[],
                    height=300,
                    interactive=False,
                    visible=False,  # models without this output
                    elem_id="coordinates",
                    alt_text="Colours tell where each pixel lies: red right, green up, blue front",
                )
            depth = gr.Slider(
                0, 1, 0.5, step=1 / 31, label="Depth of the cut", elem_id="depth", info=SLICES_INFO
            )
        with gr.Tab(turntable_tab) as tabs[turntable_tab]:
            turntable = gr.Image(
                label="One turn",
                height=460,
                interactive=False,
                buttons=["download"],
                elem_id="turntable",
                alt_text="The model, turning once around",
            )
    return {
        "model": model,
        "tabs": tabs,
        "voxels": voxels,
        "slices": slices,
        "coordinates": coordinates,
        "depth": depth,
        "turntable": turntable,
    }


def _recognition() -> tuple[gr.Image, gr.Label]:
    """Lay out the network's input and the categories that it recognised."""
    with gr.Row(elem_id="about"):
        network_input = gr.Image(
            label="Seen by the network",
            height=212,
            interactive=False,
            buttons=[],
            alt_text="The object as the network saw it, its surroundings dimmed",
            elem_id="seen",
            min_width=200,
            scale=2,
        )
        category = gr.Label(
            label="Recognised as", num_top_classes=3, elem_id="category", min_width=260, scale=3
        )
    return network_input, category


def _history() -> gr.Gallery:
    return gr.Gallery(
        label="Earlier in this visit",
        visible=False,  # until there is one
        columns=6,
        fit_columns=False,
        height=150,
        allow_preview=False,
        interactive=False,
        buttons=[],
        object_fit="cover",
        elem_id="history",
    )
