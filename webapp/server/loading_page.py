"""A sentence in place of a blank page while the browser loads the code of Gradio, 2 MB at first.

    add_loading_sentence("Furniture photo to 3D is loading ...")

Private in Gradio: `routes.templates`, whose page holds no content before its code runs. `head` of
`launch` is added by that code, too late. If a new version has other templates, nothing is shown.
"""

from gradio import routes

STYLE = """<style>
body:not(:has(.gradio-container))::before {{
    content: "{sentence}"; position: fixed; inset: 40vh 0 auto; text-align: center;
    font: 600 1.2rem system-ui, sans-serif;
}}
</style>
</head>"""


def add_loading_sentence(sentence: str) -> None:
    """Show a sentence without quotes on all pages until Gradio draws them."""
    loader, style = routes.templates.env.loader, STYLE.format(sentence=sentence)
    get_source = type(loader).get_source

    def with_sentence(environment, template: str) -> tuple:
        source, path, is_current = get_source(loader, environment, template)
        return source.replace("</head>", style, 1), path, is_current

    loader.get_source = with_sentence
