"""The page's look: theme and style sheet."""

from pathlib import Path

import gradio as gr

ASSETS = Path(__file__).with_name("assets")
STYLE_SHEET = ASSETS / "page.css"


def theme() -> gr.themes.Base:
    """Return the theme. Its fonts are the visitor's own, so that nothing is fetched elsewhere.

    Contrasts are at least 4.5.
    """
    base = gr.themes.Default(
        primary_hue="teal",
        neutral_hue="stone",
        font=["system-ui", "sans-serif"],
        font_mono=["ui-monospace", "monospace"],
    )
    fills = dict.fromkeys(["", "_dark"], "*primary_700")
    fills |= dict.fromkeys(["_hover", "_hover_dark"], "*primary_800")
    buttons = {f"button_primary_background_fill{name}": color for name, color in fills.items()}
    return base.set(body_text_color_subdued="*neutral_600", **buttons)
