"""The real app with one thing broken, for the tests of faults:

    python -m benchmarks.stress.broken stuck --port N

stuck : the network never comes back from a picture of the size BREAKING
gpu : at such a picture the network finds no memory, as on a full GPU
"""

import sys
import threading

import torch

import app
from benchmarks.stress.visitor import BREAKING
from pipeline.export import predict_object
from webapp import events


def stuck(model, picture, *rest):
    if picture.size == BREAKING:
        threading.Event().wait()
    return predict_object(model, picture, *rest)


def gpu(model, picture, *rest):
    if picture.size != BREAKING:
        return predict_object(model, picture, *rest)
    model.forward = model.find = no_memory
    try:
        return predict_object(model, picture, *rest)
    finally:
        del model.forward, model.find


def no_memory(*_):
    raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")


if __name__ == "__main__":
    events.predict_object = {"stuck": stuck, "gpu": gpu}[sys.argv.pop(1)]
    sys.exit(app.main())
