"""The argument parser of the commands in `training/`, and checks of their output."""

import argparse
import os
import sys
import warnings
from pathlib import Path

from core.errors import WriteError


def argument_parser(command: str, description: str) -> argparse.ArgumentParser:
    """Returns a parser whose help shows the command as it is typed.

    Parameters
    ----------
    command : str
        Name after `training.`, such as "evaluate".
    description : str
        Docstring of the entry module; its line breaks are kept.
    """
    return argparse.ArgumentParser(
        prog=f"python -m training.{command}",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def plain_output() -> None:
    """Prints warnings as sentences, and any file name on terminals and files of any encoding."""
    warnings.showwarning = lambda message, *_, **__: print(message, file=sys.stderr)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # pytest and notebooks may put other objects there
            stream.reconfigure(errors="backslashreplace")


def make_output_folder(folder: Path, option: str = "--out") -> None:
    """Makes the folder of an output before the work begins.

    Parameters
    ----------
    folder : Path
        Folder to write to.
    option : str
        The option that names it, for the message.

    Raises
    ------
    WriteError
        If the folder cannot be made or no file can be written there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or error
        raise WriteError(
            f"{option}: the folder {folder} cannot be made ({reason}); name another one."
        ) from error
    if not os.access(folder, os.W_OK):
        raise WriteError(f"{option}: no file can be written to {folder}; name another folder.")
