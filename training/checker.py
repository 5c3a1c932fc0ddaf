"""Old name of `python -m training.check_pix3d`."""

from training.console.old_names import run

if __name__ == "__main__":
    run("training.checker", "training.check_pix3d")
