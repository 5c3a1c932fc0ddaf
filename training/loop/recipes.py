"""Named sets of settings for `training.train`: recipes, the dry run, and a machine without a GPU.

    RECIPES["shipped"]["lr"]

Typed options override the dry run, which overrides the recipe, which overrides ON_CPU.
"""

# the last run of the shipped weights (training/LOG.md, run 5), as one schedule from random weights;
# `python -m training.assets` makes the folder data/
SHIPPED = {
    "steps": 32_000,  # of 512 pictures: 16.4 million, as many as the shipped weights saw
    "batch_size": 256,  # on each of two GPUs; --accumulate 2 on one
    "lr": 1e-3,
    "warmup": 200,
    "filtered": 0.2,
    "losses": ("color=2.5", "mask=1.0"),
    "studio": (
        *("slots=1024", "cad_share=0.55", "assets=data", "poses=data/shapes/poses.json"),
        *("cad=data/cad.npz", "workers=12"),
    ),
    "val_every": 4000,
    "val_pictures": 512,
    "half": True,
    "output": "runs/shipped",
}

# the design that this project replaced, with its original training
CLASSIC = {
    "decoder": "fc",
    "optimizer": "adam",
    "lr": 1e-4,
    "batch_size": 16,
    "schedule": "constant",
    "warmup": 0,
    "weight_decay": 0.0,
    "clip": 0.0,
    "ema": 0.0,
    "precision": "fp32",
}

RECIPES = {"attention": {}, "shipped": SHIPPED, "classic": CLASSIC}

# four steps through all parts of a run; no data files
DRY_RUN = {
    "output": "runs/dry_run",
    "overwrite": True,
    "steps": 4,
    "batch_size": 2,
    "warmup": 2,
    "resolution": 32,
    "image_size": 64,
    "small": True,
    "studio": ("slots=4",),
    "val_every": 2,
    "val_pictures": 4,
    "log_every": 1,
    "photo_minutes": 0.0,
    "half": True,
}

# the defaults are for an H200: on a CPU they would take 15 GB and minutes for one step
ON_CPU = {
    "small": True,
    "batch_size": 2,  # the studio takes 2 s of processor time for a picture of 224 pixels
    "val_pictures": 4,
    "val_every": 100,
    "log_every": 5,
}
