"""The web page and its API: events, layout, sessions. `app.py` connects them.

Only `app.py` and this package import Gradio.
"""
