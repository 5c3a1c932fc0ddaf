"""Old name of `python -m training.studio`."""

from training.console.old_names import run

if __name__ == "__main__":
    run("training.synthetic", "training.studio")
