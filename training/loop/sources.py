"""Sources of a run's batches: the synthetic studio, alone or mixed with photos.

source = build_source(config, torch.device("cuda"), seed=0)
batch = source.batch(step=0, size=256)
"""

from pathlib import Path

import torch
from accelerate import PartialState

from core.errors import UserError
from training.data.batches import BatchSource, Mixture
from training.data.color_filters import ColorFilteredSource
from training.data.places import PlaceDropout
from training.loop.config import TrainConfig
from training.loop.design import complete_design, voxel_config
from training.studio.config import StudioConfig
from voxel_model import VoxelConfig

VALIDATION_SHAPES = 192  # shapes of the validation set
HELD_OUT_SHARE = 2 / 3  # share of held-out CAD models among them, with --val-cad


def build_source(
    config: TrainConfig, device: torch.device, seed: int, held_out: bool = False
) -> BatchSource:
    """Returns the source of a run's batches.

    Parameters
    ----------
    config : TrainConfig
        Settings of the run.
    device : torch.device
        Device of the batches.
    seed : int
        A batch depends on the seed and the step only.
    held_out : bool
        For validation: the studio without photos, with few shapes and no worker processes, and with
        the models of `config.val_cad` instead of the training pool.

    Returns
    -------
    BatchSource
        An object with the method `batch(step, size)`.

    Raises
    ------
    UserError
        If a setting of the data is wrong.
    """
    if held_out and config.val_data:
        validation_records(config)  # names what is wrong before the first step
    source = build_studio(config, device, seed, held_out)
    if held_out:
        return source
    if config.filtered:
        source = ColorFilteredSource(source, config.filtered, seed)
    if config.photos:
        share = config.photo_share
        sources = {"studio": (source, 1 - share), "photos": (build_photos(config, device), share)}
        source = Mixture(sources, config.seed)
    return PlaceDropout(source, seed) if config.placed else source


def studio_settings(config: TrainConfig) -> StudioConfig:
    """Returns the studio's settings of a run; StudioError names a wrong one."""
    base = StudioConfig.small() if config.small else StudioConfig()
    design = complete_design(config, VoxelConfig())
    values = {name: getattr(design, name) for name in ("resolution", "image_size", "categories")}
    return base.changed(values | config.overrides("studio"))


def build_studio(
    config: TrainConfig, device: torch.device, seed: int, held_out: bool
) -> BatchSource:
    """Returns the synthetic studio; the parameters are those of `build_source`."""
    from training.studio.studio import Studio

    settings = studio_settings(config)
    if held_out:
        # validation shows models as they are, whatever the share of crossings in training
        values = {"filled": min(settings.slots, VALIDATION_SHAPES), "workers": 0, "crossings": 0}
        if config.val_cad:
            values |= {"cad": config.val_cad, "cad_share": HELD_OUT_SHARE}
        settings = settings.changed(values)
    return Studio(settings, device, seed)


def build_photos(config: TrainConfig, device: torch.device) -> BatchSource:
    """Returns a source of augmented photos.

    All processes shuffle the photos in the same order; each process reads its own share.

    Parameters
    ----------
    config : TrainConfig
        Settings of the run.
    device : torch.device
        Device of the batches.

    Returns
    -------
    BatchSource
        An object with the method `batch(step, size)`.

    Raises
    ------
    UserError
        If the photos are those of `--val-data`, or cannot be used.
    """
    from training.pix3d import dataset
    from training.pix3d.photo_batches import PhotoBatches, Pix3DPhotos
    from training.pix3d.protocols import part_of

    check_held_out(config)
    state = PartialState()
    records = dataset.load_records(config.photos)
    if config.photo_splits:
        records = part_of(config.photos, records, config.photo_splits, "train", config.seed)
    design = complete_design(config, VoxelConfig())
    with state.local_main_process_first():  # the first one writes the cache
        photos = Pix3DPhotos(
            config.photos,
            records,
            design.resolution,
            config.photo_grids,
            augment=True,
            seed=config.seed,
            config=voxel_config(design, VoxelConfig()),
            cache=config.photo_cache,
            threads=config.photo_workers,
        )
    return PhotoBatches(
        photos,
        config.batch_size,
        config.seed,
        config.photo_workers,
        rank=state.process_index,
        world=state.num_processes,
        device=device,
    )


def check_held_out(config: TrainConfig) -> None:
    """Raises UserError if a run would validate on the photos that it trains on."""
    same = config.val_data and Path(config.photos).resolve() == Path(config.val_data).resolve()
    if same and (not config.photo_splits or config.val_split in (None, "train")):
        raise UserError(
            "--photos and --val-data are the same folder; name their split with --photo-splits and "
            "the part to validate on with --val-split val."
        )


def validation_records(config: TrainConfig) -> list:
    """Returns the photos of `--val-data`, of the part `--val-split` if that is given.

    Parameters
    ----------
    config : TrainConfig
        Settings of the run, with `val_data`.

    Returns
    -------
    list of Record
        At least one photo.

    Raises
    ------
    UserError
        If there is none, or the data cannot be read.
    """
    from training.pix3d import dataset
    from training.pix3d.protocols import part_of

    records = dataset.load_records(config.val_data)
    if not records:
        raise UserError(f"{config.val_data} holds no photo; leave --val-data out.")
    if not config.val_split:
        return records
    if not config.photo_splits:
        raise UserError("--val-split needs --photo-splits, which says what the parts hold.")
    return part_of(config.val_data, records, config.photo_splits, config.val_split, config.seed)
