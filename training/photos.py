"""Old name of `python -m training.preview_photos`."""

from training.console.old_names import run

if __name__ == "__main__":
    run("training.photos", "training.preview_photos")
