"""The page's components with the handlers behind them, and the events that a visitor causes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from inspect import signature

import gradio as gr

from webapp.display.model_display import Displayed
from webapp.events.event_options import LATEST, NETWORK, QUIET
from webapp.events.prediction_events import Events
from webapp.layout.batch_tab import BatchTab
from webapp.layout.input_panel import InputPanel
from webapp.layout.output_panel import OutputPanel
from webapp.messages import as_warning
from webapp.scripts import STALE_JS
from webapp.sessions.session import Session


@dataclass
class Page:
    """All that the stories of `app.py` connect."""

    events: Events
    session: gr.State
    version: gr.State  # of the displayed model; its change updates what follows the model
    open_tab: gr.State
    inputs: InputPanel
    outputs: OutputPanel
    many: BatchTab

    @property
    def displayed(self) -> list:
        """The components of `Displayed`, in the order of its fields."""
        components = vars(self.inputs) | vars(self.outputs) | vars(self)
        return [components[name] for name in Displayed._fields]

    @property
    def settings(self) -> dict:
        """The settings of the mesh, by the field names of `Settings`."""
        return self.outputs.settings

    @property
    def link(self) -> list:
        """The settings that the page's address holds."""
        return [self.settings["threshold"], self.settings["style"]]

    def mark_stale(self, triggers: list) -> None:
        """Dim the model, and disable its download, until another one is made."""
        model, download = self.outputs.model, self.outputs.download
        gr.on(triggers, None, model, [model, download], js=STALE_JS, **QUIET)

    def show(self, triggers: list, handler: Callable, inputs: list, others: Sequence = ()):
        """Make a model by the network on the triggers, and display it; return the event.

        `others` are further outputs of the handler, behind those of `Displayed`.
        """
        return gr.on(
            triggers,
            handler,
            inputs,
            [*self.displayed, *others],
            inputs_kwargs=self.settings,
            **LATEST,
            **NETWORK,
        )

    def improve(self, shown) -> None:
        """Replace the smooth surface by parts after an event that displays a model."""
        shown.then(
            as_warning(self.events.fit_parts),
            self.session,
            self.displayed,
            inputs_kwargs=self.settings,
            **LATEST,
            **NETWORK,
        )

    def on_model(self, triggers: list, handler: Callable, inputs: list, outputs: list, **options):
        """Call a handler of the displayed model; its first argument is the session."""
        return gr.on(
            triggers,
            as_warning(resumed(self.events, handler)),
            [self.inputs.photo, self.outputs.facts, self.session, *inputs],
            outputs,
            **LATEST | options,
        )

    @property
    def changes(self) -> list:
        """The triggers of all events that change the model or a file."""
        inputs, outputs = self.inputs, self.outputs
        controls = [*self.settings.values(), *outputs.export_options.values()]
        return [
            self.version.change,
            self.open_tab.change,
            inputs.photo.upload,
            inputs.photo.change,
            inputs.selection.click,
            inputs.selection.input,
            inputs.pieces.select,
            inputs.pieces.click,
            inputs.extra_photos.upload,
            inputs.extra_photos.delete,
            inputs.generate_button.click,
            inputs.views_button.click,
            inputs.rotate_button.click,
            outputs.sliders.input,
            outputs.reset_button.click,
            outputs.room_link.click,
            outputs.room_zip.click,
            outputs.history.select,
            self.many.button.click,
            *changes_by_visitor([*controls, outputs.file_format, outputs.depth]),
        ]


def resumed(events: Events, handler: Callable) -> Callable:
    """Return the handler behind photo and facts, which lead to a session if there is none."""

    def run(photo: dict | None, facts: dict | None, session: Session | None, *args, **values):
        return handler(events.resume(session, photo, facts), *args, **values)

    def run_with_event(photo, facts, session, event: gr.EventData, **values):
        return run(photo, facts, session, event, **values)

    result = run_with_event if "event" in signature(handler).parameters else run
    result.__name__ = handler.__name__  # by which Gradio names the event
    return result


def changes_by_visitor(components) -> list:
    """Return the triggers of changes that a visitor makes.

    `.change` would also fire when a link sets the settings, before there is a model.
    """
    components = list(components)
    triggers = [component.input for component in components]
    # A slider's reset button, and the number beside it, fire only `.release`.
    return triggers + [c.release for c in components if isinstance(c, gr.Slider)]
