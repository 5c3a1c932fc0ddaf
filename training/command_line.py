"""The argument parser that all commands of `training/` share."""

import argparse


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
