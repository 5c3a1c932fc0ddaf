"""ZeroGPU: a Space whose GPU is lent for the length of a call."""

from collections.abc import Callable

GPU_SECONDS = 10  # asked for at once; a model takes a fraction of one


def on_gpu(function: Callable) -> Callable:
    """The function, run where ZeroGPU lends a GPU. Elsewhere it stays as it is.

    `spaces` is on every Gradio Space and, off ZeroGPU, changes nothing either.
    """
    try:
        import spaces
    except ImportError:
        return function
    return spaces.GPU(function, duration=GPU_SECONDS)
