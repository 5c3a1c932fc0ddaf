"""Old name of `python -m training.pack_cad`."""

from training.console.old_names import run

if __name__ == "__main__":
    run("training.synthetic.pack_cad", "training.pack_cad")
