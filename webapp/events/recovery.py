"""Recovery of answers that Gradio's page loses.

The page reads all answers of the server from one stream, and the server closes the stream when no
event is pending. If an event starts while the message "close_stream" is on its way, the page does
not open another stream: the answer waits on the server, and later changes of the same setting are
deferred for ever. Any further event opens the stream again and brings the lost answer. So for some
seconds after each change the page sends an event that does nothing. docs/upstream.md reports the
bug to Gradio's maintainers; this file can go when it is fixed.
"""

import gradio as gr

from webapp.events.event_options import QUIET

INTERVAL_SECONDS = 5  # between two such events
EVENT_COUNT = 3  # after the last change: a change may be lost while another one is recovered
START_JS = f"""() => {{
    window.recoveryEvents = {EVENT_COUNT};
    return {{__type__: "update", active: true}};
}}"""
COUNT_JS = """() => ({__type__: "update", active: --window.recoveryEvents > 0})"""


def recover_lost_answers(triggers: list) -> None:
    """Send events that do nothing after each of the triggers.

    Parameters
    ----------
    triggers : list
        Events of the page whose answers may be lost. Call this before they are connected to their
        handlers: the page runs the functions of one trigger one by one.
    """
    timer = gr.Timer(INTERVAL_SECONDS, active=False)
    gr.on(triggers, None, None, timer, js=START_JS, **QUIET)
    timer.tick(None, None, timer, js=COUNT_JS, **QUIET)
    timer.tick(do_nothing, trigger_mode="multiple", **QUIET)


def do_nothing() -> None:
    """Let the page open its stream of answers."""
