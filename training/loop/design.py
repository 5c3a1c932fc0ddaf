"""The design of a run's network: typed settings, else those of --init, else the defaults.

base = base_config(config, None)           # VoxelConfig of --init, or the default
config = complete_design(config, base)     # no setting of the design is None any more
model_config = voxel_config(config, base)
"""

from dataclasses import replace
from pathlib import Path

from core.errors import ModelError
from training.heads.trunk import HEAD_OF_FIELD
from training.loop.checkpoints import CheckpointError
from training.loop.config import TrainConfig
from voxel_model import VoxelConfig, load_model

# settings of a run that are fields of VoxelConfig; None or (): of --init, or the default
DESIGN = ("decoder", "resolution", "image_size", "width", "depth", "heads", "self_every")
DESIGN += ("overview", "refined", "fine", "mask_patch", "posed", "encoder", "coordinates")
DESIGN += ("placed", "categories")
# constants that were fitted to the weights of --init
FITTED = ("threshold", "calibration", "agreement", "familiarity")
# a network that differs in these gives other logits, so that fitted constants have no meaning
REFIT = ("decoder", "encoder")


def base_config(config: TrainConfig, state: Path | None) -> VoxelConfig:
    """Returns the design that untyped settings follow.

    Parameters
    ----------
    config : TrainConfig
        Settings of the run.
    state : Path or None
        State that the run resumes from.

    Returns
    -------
    VoxelConfig
        The design of the resumed run, else that of --init, else the default.

    Raises
    ------
    CheckpointError
        If that checkpoint cannot be loaded.
    """
    source, option = (
        (Path(config.output) / "last", "--resume") if state else (config.init, "--init")
    )
    if not source:
        return VoxelConfig()
    try:
        return load_model(source, device="cpu", fold=False).config
    except ModelError as error:
        raise CheckpointError(f"{option}: {error}") from error


def complete_design(config: TrainConfig, base: VoxelConfig) -> TrainConfig:
    """Returns the settings with every untyped setting of the design filled in."""
    missing = {name: getattr(base, name) for name in DESIGN if getattr(config, name) in (None, ())}
    return replace(config, **missing)


def voxel_config(config: TrainConfig, base: VoxelConfig) -> VoxelConfig:
    """Returns the network's config: the design of the run, the rest of `base`.

    Threshold, calibration and the weights of the warning follow --init unless the encoder or the
    decoder differs. Heads that were trained on the earlier weights are left out, but for that of
    found objects where the encoder stays as it is.

    Raises
    ------
    ModelError
        If the design is not possible.
    """
    design = {name: getattr(complete_design(config, base), name) for name in DESIGN}
    refit = any(design[name] != getattr(base, name) for name in REFIT)
    same_encoder = config.encoder_rate == 0 and not config.encoder_weights
    same_encoder = same_encoder and design["encoder"] == base.encoder
    # the head of found objects reads the encoder alone, the descriptor what the decoder makes
    kept = "object_head" if same_encoder else None
    reset = [*(FITTED if refit else ()), *(f for f, head in HEAD_OF_FIELD.items() if head != kept)]
    fresh = VoxelConfig()
    return replace(base, **design, **{name: getattr(fresh, name) for name in reset})


def describe_start(model: VoxelConfig, base: VoxelConfig) -> list[str]:
    """Returns lines that say in what the network differs from --init, and what it keeps."""
    lines = [
        f"{name}: {getattr(base, name)} there, {getattr(model, name)} here"
        for name in (*DESIGN, *HEAD_OF_FIELD)
        if getattr(base, name) != getattr(model, name)
    ]
    if all(getattr(model, name) == getattr(base, name) for name in FITTED):
        kept = f"threshold {model.threshold:.3f} and calibration {model.calibration[0]:.3f} kept"
    else:
        kept = "threshold and calibration are the defaults, as the network is another one"
    return [*lines, f"{kept}; run training.calibrate after training"]
