"""Old name of `python -m training.evaluate_orientation`."""

from training.renamed import run

if __name__ == "__main__":
    run("training.turned", "training.evaluate_orientation")
