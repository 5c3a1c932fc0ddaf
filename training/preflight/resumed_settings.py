"""Compares the settings of a resumed run with those that its state was saved with.

    for line in compare_settings(saved, asdict(config)):
        print(line)

A setting that the saved state cannot follow is refused; another one is named, since it changes the
rest of the run.
"""

from core.errors import UserError

# say nothing about the result of a run
FREE = {"resume", "overwrite", "output", "minutes", "log_every", "profile", "half", "sheet_every"}
FREE |= {"val_minutes", "photo_minutes"}
# the design of the network, and what the optimizer's state contains
FIXED = {"decoder", "encoder", "resolution", "image_size", "width", "depth", "heads", "self_every"}
FIXED |= {"refined", "fine", "mask_patch", "posed", "coordinates", "placed", "categories"}
FIXED |= {"optimizer", "encoder_rate", "beta2", "weight_decay"}
# only read at the start of a run
START = {"init", "encoder_weights"}


class ResumeError(UserError):
    """A run that cannot be resumed with these settings."""


def compare_settings(saved: dict, current: dict) -> list[str]:
    """Returns one line for each setting that differs and can change in a resumed run.

    Parameters
    ----------
    saved : dict
        Settings that the state was saved with, as JSON has them. A design setting of None was not
        recorded and is not compared.
    current : dict
        Settings of this call.

    Raises
    ------
    ResumeError
        If a setting differs that the saved state cannot follow.
    """
    different = {
        name: (saved[name], value)
        for name, value in current.items()
        if name in saved and name not in FREE and not _same(saved[name], value)
    }
    fixed = {
        name: pair for name, pair in different.items() if name in FIXED and pair[0] is not None
    }
    if fixed:
        raise ResumeError(
            f"The saved run has other settings that cannot change: {_listed(fixed)}; "
            "resume with the same ones, or start a new run with --init."
        )
    changed = {name: pair for name, pair in different.items() if name not in FIXED}
    return [
        f"--{name.replace('_', '-')}: {_text(before)} so far, {_text(now)} from now on"
        if name not in START
        else f"--{name.replace('_', '-')}: has no effect on a resumed run"
        for name, (before, now) in changed.items()
    ]


def _same(before: object, now: object) -> bool:
    """Compares a saved value with a setting; lists of JSON were tuples."""
    before, now = (list(v) if isinstance(v, tuple) else v for v in (before, now))
    return before == now


def _listed(pairs: dict[str, tuple]) -> str:
    """Formats {setting: (saved, current)}."""
    return ", ".join(
        f"--{name.replace('_', '-')} {_text(before)} (now {_text(now)})"
        for name, (before, now) in pairs.items()
    )


def _text(value: object) -> str:
    """Formats a value as it is typed."""
    return " ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
