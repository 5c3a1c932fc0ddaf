"""The app with one fault, which a photo of FAULT_SIZE triggers.

python -m benchmarks.stress.fakes.faulty_app stuck --port N

stuck : prediction never returns
gpu : the network finds no memory, as on a full GPU
"""

import sys
import threading
from collections.abc import Callable

import torch

import app
from benchmarks.stress.faults import FAULT_SIZE
from images.preprocessing import DecodedImage
from pipeline.detection import predict_object
from webapp.server.process.lifetime import end_process


def predict_or_hang(model, image: DecodedImage, *rest):
    """Call predict_object, or never returns for a photo of FAULT_SIZE."""
    if image.rgb.size == FAULT_SIZE:
        threading.Event().wait()
    return predict_object(model, image, *rest)


def predict_or_lack_memory(model, image: DecodedImage, *rest):
    """Call predict_object; for a photo of FAULT_SIZE the network raises OutOfMemoryError."""
    if image.rgb.size != FAULT_SIZE:
        return predict_object(model, image, *rest)
    model.forward = model.mask_logits = _raise_out_of_memory
    try:
        return predict_object(model, image, *rest)
    finally:
        del model.forward, model.mask_logits


def _raise_out_of_memory(*_):
    raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")


def replace_in_webapp(original: Callable, replacement: Callable) -> None:
    """Replace a function in every module of webapp that has imported it by name."""
    found = False
    for name, module in list(sys.modules.items()):
        if name.startswith("webapp") and vars(module).get(original.__name__) is original:
            setattr(module, original.__name__, replacement)
            found = True
    if not found:
        raise LookupError(f"No module of webapp imports {original.__name__}.")


FAULTS = {"stuck": predict_or_hang, "gpu": predict_or_lack_memory}

if __name__ == "__main__":
    replace_in_webapp(predict_object, FAULTS[sys.argv.pop(1)])
    end_process(app.main())
