"""Old name of `python -m training.convert_voxels`."""

from training.console.old_names import run

if __name__ == "__main__":
    run("training.convert_mat_to_npy", "training.convert_voxels")
