"""Prepares training data of your own: `import` reads 3D files, `render` draws labelled pictures.

python -m training.data import lamps --out data/lamps.npz
python -m training.data render --shapes data/held_out.npz --out data/rendered
"""

import sys
from collections.abc import Callable, Sequence
from importlib import import_module

# The module of each command; only that of the chosen one is imported.
COMMANDS = {
    "import": "training.shape_import.command",
    "render": "training.photo_data.rendered_photos",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Runs a command and returns the exit status."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if not arguments or arguments[0] not in COMMANDS:
        print(__doc__.strip())
        return 0 if arguments in (["-h"], ["--help"]) else 2
    command: Callable[[Sequence[str]], int] = import_module(COMMANDS[arguments[0]]).main
    return command(arguments[1:])


if __name__ == "__main__":
    sys.exit(main())
