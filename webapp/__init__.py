"""The parts of the page; `app.py` puts them together. Nothing outside of both knows Gradio."""
