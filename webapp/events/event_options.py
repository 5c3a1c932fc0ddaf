"""Options of the page's events and of the endpoints."""

# Of the page's own events. `preprocess=False` passes values as they came: Gradio would decode an
# image before it is checked, and `Settings` names a wrong value itself.
PRIVATE = {"api_visibility": "private", "preprocess": False}
QUIET = PRIVATE | {"show_progress": "hidden"}
# While a run is pending the page defers the newest change, and runs it afterwards. With Gradio's
# default for all but `.change`, "once", it would drop the change.
LATEST = QUIET | {"trigger_mode": "always_last"}
# One use of the network at a time, and one event that changes a session: each reads the session
# when it starts, so that none undoes another's change.
NETWORK = {"concurrency_limit": 1, "concurrency_id": "network"}
