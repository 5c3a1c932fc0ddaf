"""Old command names: each one prints a hint and runs the command that replaced it."""

import runpy
import sys


def run(old: str, new: str) -> None:
    """Runs `python -m new` with this process's arguments and prints a hint on stderr.

    Parameters
    ----------
    old, new : str
        Dotted module names, such as "training.checker" and "training.check_pix3d".
    """
    print(f"{old} is now {new}; please use that name.", file=sys.stderr)
    runpy.run_module(new, run_name="__main__", alter_sys=True)
