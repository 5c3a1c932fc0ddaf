"""Handlers of the page's events, and the options under which Gradio runs them."""
