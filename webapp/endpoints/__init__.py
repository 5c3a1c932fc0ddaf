"""The named API endpoints: the page's steps with plain values.

A client's session keeps its model, so `/remesh` and `/export` need no image. `/convert` keeps no
session; its file is removed with the other old files. Over MCP all calls share one session of
Gradio's own, so the endpoints that need a session refuse them: a caller would get another's model.
Gradio has no public way to tell such a call; the header `x-gradio-user` does.
"""
