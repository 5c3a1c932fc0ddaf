"""Renders the model card from the checkpoint's config and its evaluation.

    python -m training.evaluate --data ../shared/data/pix3d_dev --checkpoint checkpoint
    python -m training.model_card --evaluation runs/evaluation/evaluation.json

The second command copies the evaluation to checkpoint/evaluation.json and writes
checkpoint/README.md. All figures of the card come from this file, and the description of the
training from training.json. An evaluation of another threshold, resolution or decoder is refused.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from core.errors import UserError
from training.console.command_line import argument_parser
from training.publishing.model_card import ROOT, copy_evaluation, render_card


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parses the command line."""
    parser = argument_parser("model_card", __doc__)
    add = parser.add_argument
    add("--checkpoint", type=Path, default=ROOT / "checkpoint", help="folder of the weights")
    add("--evaluation", type=Path, help="JSON of training.evaluate to copy there")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> None:
    """Runs the command; exits with a sentence and status 1 on an error."""
    args = parse_args(argv)
    try:
        if args.evaluation:
            copy_evaluation(args.evaluation, args.checkpoint)
        card = render_card(args.checkpoint)
    except UserError as error:
        sys.exit(f"model_card: {error}")
    (args.checkpoint / "README.md").write_text(card, encoding="utf-8")
    print(f"written: {args.checkpoint / 'README.md'}")


if __name__ == "__main__":
    main()
