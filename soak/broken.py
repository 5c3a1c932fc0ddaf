"""The real app with one thing broken, for the tests of faults: python -m soak.broken stuck --port N

stuck : the network never comes back when the picture is called stuck.jpg
gpu : the network finds no memory, as on a full GPU, when the picture is called gpu.jpg
"""

import sys
import threading
from pathlib import Path

import torch

import app
from page import events
from pipeline import look


def stuck_look(model, picture, *rest):
    if Path(picture.filename).name == "stuck.jpg":
        threading.Event().wait()
    return look(model, picture, *rest)


def full_look(model, picture, *rest):
    if Path(picture.filename).name != "gpu.jpg":
        return look(model, picture, *rest)
    with _no_memory(model):
        return look(model, picture, *rest)


class _no_memory:
    """The model's forward raises what CUDA does."""

    def __init__(self, model):
        self.model = model

    def __enter__(self):
        def forward(*_):
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")

        self.model.forward = self.model.find = forward

    def __exit__(self, *_):
        del self.model.forward, self.model.find


if __name__ == "__main__":
    fault = sys.argv.pop(1)
    events.look = {"stuck": stuck_look, "gpu": full_look}[fault]
    sys.exit(app.main())
