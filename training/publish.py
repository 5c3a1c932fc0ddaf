"""Publishes the model to a Hub repository, and the app to a Space that serves exactly that commit.

    hf auth login                                   # once, with a token that may write
    python -m training.publish --model-repo me/furniture --space-repo me/furniture-app --dry-run
    python -m training.publish --model-repo me/furniture --space-repo me/furniture-app [--private]
    python -m training.publish --folder runs/published --checkpoint runs/a/half

The model repository gets config.json, model.safetensors and the model card. The Space gets app.py
with the modules it imports, requirements.txt, README.md, LICENSE, webapp/assets/ and examples/. It
finds its weights by the variables MODEL_REPO_ID and MODEL_REVISION. A second run uploads only
changed files. `--folder` writes the files of the model into a folder instead, which
`python app.py --model FOLDER` serves.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from core.errors import UserError
from training.console.command_line import argument_parser
from training.publishing.upload import (
    ROOT,
    check_repo_names,
    model_files,
    print_files,
    publish,
    space_files,
    write_folder,
)


def parse_args(argv: Sequence[str] | None) -> argparse.Namespace:
    """Parses the command line."""
    parser = argument_parser("publish", __doc__)
    add = parser.add_argument
    add("--model-repo", help="owner/name of the model repository")
    add("--folder", type=Path, help="folder for the files of the model, instead of the Hub")
    add("--space-repo", help="owner/name of the Space (default: only the model)")
    add("--checkpoint", type=Path, default=ROOT / "checkpoint", help="folder of the weights")
    add("--private", action="store_true", help="create the repositories private")
    add("--dry-run", action="store_true", help="list the files without using the network")
    args = parser.parse_args(argv)
    if bool(args.model_repo) == bool(args.folder):
        parser.error("name either --model-repo or --folder.")
    if args.folder and args.space_repo:
        parser.error("--space-repo needs --model-repo: a Space loads its model from the Hub.")
    return args


def main(argv: Sequence[str] | None = None) -> None:
    """Runs the command; exits with a sentence and status 1 on an error."""
    args = parse_args(argv)
    try:
        check_repo_names(args.model_repo, args.space_repo)
        name = args.model_repo or args.folder.resolve().name
        model = model_files(args.checkpoint, name, args.space_repo)
        space = space_files(ROOT, args.model_repo) if args.space_repo else {}
        if args.dry_run:
            print_files("model", str(args.folder or args.model_repo), model)
            if space:
                print_files("Space", args.space_repo, space)
            return
        if args.folder:
            write_folder(args.folder, model)
            print(f"written: {args.folder}; python app.py --model {args.folder} serves it")
            return
        publish(args.model_repo, model, args.space_repo, space, args.private)
    except UserError as error:
        sys.exit(f"publish: {error}")


if __name__ == "__main__":
    main()
