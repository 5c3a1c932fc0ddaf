"""ZeroGPU: a Space whose GPU is lent for the length of a call."""

from collections.abc import Callable

GPU_SECONDS = 10  # longest loan to ask for; a prediction takes a fraction of a second


def on_gpu(function: Callable) -> Callable:
    """Return the function wrapped to borrow a GPU on ZeroGPU, unchanged elsewhere.

    The package `spaces` is installed on every Gradio Space. Without ZeroGPU its decorator returns
    the function itself.
    """
    try:
        import spaces
    except ImportError:
        return function
    return spaces.GPU(function, duration=GPU_SECONDS)
