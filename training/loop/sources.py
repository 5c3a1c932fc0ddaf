"""Where a run's pictures come from: the synthetic studio, alone or mixed with photographs."""

from dataclasses import replace
from pathlib import Path

import torch
from accelerate import PartialState

from training.data.batches import Mixture
from training.data.color_filters import ColorFilteredSource
from training.loop.config import TrainConfig
from voxel_model import VoxelConfig

VALIDATION_SHAPES = 192  # shapes of the validation set, in a bank of the run's own layout
HELD_OUT_SHARE = 2 / 3  # of them, held-out CAD models where a run names a file of such


def build_source(config: TrainConfig, device: torch.device, seed: int, held_out: bool = False):
    """Anything with `.batch(step, size) -> Batch`, a pure function of (seed, step) on `device`.

    held_out : for validation: the studio alone, few shapes, no worker processes, and the models of
        `config.val_cad` instead of the training pool
    """
    studio = build_studio(config, device, seed, held_out)
    if held_out:
        return studio
    if config.filtered:
        studio = ColorFilteredSource(studio, config.filtered, seed)
    if not config.photos:
        return studio
    share = config.photo_share
    photos = build_photos(config, device)
    return Mixture({"studio": (studio, 1 - share), "photos": (photos, share)}, config.seed)


def build_studio(config: TrainConfig, device: torch.device, seed: int, held_out: bool):
    from training.studio.studio import Studio, StudioConfig

    base = StudioConfig.small() if config.small else StudioConfig()
    shape = {"resolution": config.resolution, "image_size": config.image_size}
    settings = replace(base, **(shape | config.overrides("studio")))
    if held_out:
        settings = replace(settings, filled=min(settings.slots, VALIDATION_SHAPES), workers=0)
        if config.val_cad:
            settings = replace(settings, cad=config.val_cad, cad_share=HELD_OUT_SHARE)
    return Studio(settings, device, seed)


def build_photos(config: TrainConfig, device: torch.device):
    """Augmented photographs; each process sees its own share of one common order."""
    from training import splits
    from training.pix3d import dataset
    from training.pix3d.photo_batches import PhotoBatches, Pix3DPhotos

    if config.val_data and Path(config.photos).resolve() == Path(config.val_data).resolve():
        raise ValueError("--photos and --val-data are one folder: a test that was trained on.")
    records = dataset.load_records(config.photos)
    if config.photo_splits:
        records = splits.select(records, splits.load_splits(config.photo_splits)["train"])
    photos = Pix3DPhotos(
        config.photos,
        records,
        config.resolution,
        config.photo_grids,
        augment=True,
        seed=config.seed,
        config=VoxelConfig(image_size=config.image_size),
    )
    state = PartialState()
    return PhotoBatches(
        photos,
        config.batch_size,
        config.seed,
        rank=state.process_index,
        world=state.num_processes,
        device=device,
    )
