"""Old name of `python -m training.render_examples`."""

from training.console.old_names import run

if __name__ == "__main__":
    run("training.synthetic.examples", "training.render_examples")
