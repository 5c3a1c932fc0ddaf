"""Old names of the commands in `training/`: each runs the command that replaced it, with a hint."""

import runpy
import sys


def run(old: str, new: str) -> None:
    """Runs `python -m new` with the arguments of this process and names it on stderr.

    Parameters
    ----------
    old, new : str
        Dotted module names, such as "training.checker" and "training.check_pix3d".
    """
    print(f"{old} is now {new}; please use that name.", file=sys.stderr)
    runpy.run_module(new, run_name="__main__", alter_sys=True)
