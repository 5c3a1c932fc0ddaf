"""Old name of `python -m training.evaluate_orientation`."""

from training.console.old_names import run

if __name__ == "__main__":
    run("training.turned", "training.evaluate_orientation")
