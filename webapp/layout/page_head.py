"""The head of all pages: what must be there before the code of Gradio, 2 MB at first, has run.

    extend_page_head("Furniture photo to 3D is loading ...", ACCESSIBILITY_JS)

Private in Gradio: `routes.templates`, whose page holds no content before its code runs. `head` of
`launch` is added by that code, too late. If a new version has other templates, a blank page is
shown meanwhile, and the script does not run.
"""

from gradio import routes

HEAD = """<style>
body:not(:has(.gradio-container))::before {{
    content: "{sentence}"; position: fixed; inset: 40vh 0 auto; text-align: center;
    font: 600 1.2rem system-ui, sans-serif;
}}
/* Gradio hides the link before it, and style sheets of `launch` do not reach the footer */
@media (max-width: 640px) {{ footer .divider {{ display: none; }} }}
</style>
<script>({script})()</script>
</head>"""


def extend_page_head(sentence: str, script: str) -> None:
    """Show a sentence until Gradio draws the page, and run a script before that.

    Parameters
    ----------
    sentence : str
        Text without quotes.
    script : str
        JavaScript: one function without parameters.
    """
    loader, head = routes.templates.env.loader, HEAD.format(sentence=sentence, script=script)
    get_source = type(loader).get_source

    def with_head(environment, template: str) -> tuple:
        source, path, is_current = get_source(loader, environment, template)
        return source.replace("</head>", head, 1), path, is_current

    loader.get_source = with_head
