"""Old name of `python -m training.render_examples`."""

from training.renamed import run

if __name__ == "__main__":
    run("training.synthetic.examples", "training.render_examples")
