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


def stuck(model, picture, *rest):
    if Path(picture.filename).name == "stuck.jpg":
        threading.Event().wait()
    return look(model, picture, *rest)


def gpu(model, picture, *rest):
    if Path(picture.filename).name != "gpu.jpg":
        return look(model, picture, *rest)
    model.forward = model.find = no_memory
    try:
        return look(model, picture, *rest)
    finally:
        del model.forward, model.find


def no_memory(*_):
    raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")


if __name__ == "__main__":
    events.look = {"stuck": stuck, "gpu": gpu}[sys.argv.pop(1)]
    sys.exit(app.main())
