"""Publish the model to a Hub repository and the app to a Space that serves exactly that commit.

    hf auth login                                   # once, with a token that may write
    python -m training.publish --model-repo me/furniture --space-repo me/furniture-app --dry-run
    python -m training.publish --model-repo me/furniture --space-repo me/furniture-app [--private]

The model repository gets config.json, model.safetensors and the model card. The Space gets app.py
with the modules it imports, requirements.txt, README.md, LICENSE, webapp/assets/ and examples/, and
finds its weights by the variables MODEL_REPO_ID and MODEL_REVISION. A second run uploads changes
alone.
"""

import argparse
import ast
import sys
from pathlib import Path

from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, RepoCard, constants
from huggingface_hub.errors import HFValidationError
from huggingface_hub.utils import validate_repo_id

from core.errors import UserError
from training.publishing.model_card import render_card
from voxel_model import load_model

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("webapp/assets/", "examples/")  # what the page shows, beside the code
THUMBNAIL = "webapp/assets/thumbnail.jpg"
Files = dict[str, Path | bytes]  # path in the repository -> file here, or its content


class PublishError(UserError):
    """Nothing (more) was pushed; one sentence that says why and what to do."""


def main(arguments: list[str] | None = None) -> None:
    args = _parser().parse_args(arguments)
    try:
        _check_names(args.model_repo, args.space_repo)
        model = model_files(args.checkpoint, args.model_repo, args.space_repo)
        space = space_files(ROOT, args.model_repo) if args.space_repo else {}
        if args.dry_run:
            _show("model", args.model_repo, model)
            if space:
                _show("Space", args.space_repo, space)
            return
        publish(args.model_repo, model, args.space_repo, space, args.private)
    except (PublishError, ValueError) as error:  # ModelError and CardError are ValueErrors too
        sys.exit(f"publish: {error}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m training.publish",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--model-repo", required=True, help="owner/name of the model repository")
    parser.add_argument("--space-repo", help="owner/name of the Space; without it, the model alone")
    parser.add_argument("--checkpoint", type=Path, default=ROOT / "checkpoint", help="folder")
    parser.add_argument("--private", action="store_true", help="create the repositories private")
    parser.add_argument("--dry-run", action="store_true", help="list what would go; no network")
    return parser


def _check_names(*repo_ids: str | None) -> None:
    for repo_id in filter(None, repo_ids):
        try:
            validate_repo_id(repo_id)
        except HFValidationError as error:
            raise PublishError(f"'{repo_id}' is no repository name; use owner/name.") from error


# --- what goes ----------------------------------------------------------------------------------


def model_files(checkpoint: Path, model_repo: str, space_repo: str | None = None) -> Files:
    """The checkpoint's files and its card; ModelError where load_model would refuse them."""
    load_model(checkpoint, device="cpu")
    card = render_card(checkpoint, model_repo, space_repo)
    files: Files = {
        "README.md": card.encode(),
        "config.json": checkpoint / "config.json",
        "model.safetensors": checkpoint / "model.safetensors",
    }
    plot = checkpoint / "reliability.png"  # the card shows it, where training.calibrate drew it
    return files | {plot.name: plot} if plot.is_file() else files


def space_files(root: Path, model_repo: str) -> Files:
    """What the Space needs: app.py, what it imports, what it shows, requirements; no weights."""
    files: Files = {path.relative_to(root).as_posix(): path for path in app_modules(root)}
    files["README.md"] = _space_readme(root / "README.md", model_repo)
    for name in ("requirements.txt", "LICENSE"):
        files[name] = _existing(root / name)
    beside = [path for folder in FOLDERS for path in (root / folder).rglob("*")]
    shown = [path for path in beside if path.is_file() and not path.name.startswith(".")]
    files |= {path.relative_to(root).as_posix(): path for path in sorted(shown)}
    return files


def app_modules(root: Path) -> list[Path]:
    """app.py and what it imports from beside it, modules and packages, at any remove."""
    found, waiting = [], [_existing(root / "app.py")]
    while waiting:
        path = waiting.pop()
        found.append(path)
        for name in _imports(path):
            package = root / name / "__init__.py"
            imported = package.parent.rglob("*.py") if package.is_file() else [root / f"{name}.py"]
            waiting += [p for p in imported if p.is_file() and p not in found + waiting]
    return sorted(found)


def _imports(path: Path) -> set[str]:
    """Top-level names of every module that the file imports, anywhere in it."""
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except SyntaxError as error:
        raise PublishError(
            f"{path} is no valid Python ({error.msg}, line {error.lineno})."
        ) from error
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise PublishError(f"{path} is missing; run this from a whole checkout.")
    return path


def _space_readme(path: Path, model_repo: str) -> bytes:
    """README.md with this model named in its front matter, which links the Space to it."""
    card = RepoCard(_existing(path).read_text(), ignore_metadata_errors=True)
    if card.data.get("sdk") != "gradio":
        raise PublishError(f"{path} does not open with Space front matter that says sdk: gradio.")
    card.data["models"] = [model_repo]
    return str(card).encode()


def with_preload(readme: bytes, model_repo: str, commit: str, space_repo: str) -> bytes:
    """The README.md of a Space that fetches its weights while it is built, not when it starts."""
    card = RepoCard(readme.decode(), ignore_metadata_errors=True)
    card.data["preload_from_hub"] = [f"{model_repo} config.json,model.safetensors {commit}"]
    card.data["thumbnail"] = f"{constants.ENDPOINT}/spaces/{space_repo}/resolve/main/{THUMBNAIL}"
    return str(card).encode()


def _size(file: Path | bytes) -> int:
    return len(file) if isinstance(file, bytes) else file.stat().st_size


def _show(kind: str, repo_id: str, files: Files) -> None:
    total = sum(map(_size, files.values()))
    print(f"{kind} {repo_id}: {len(files)} files, {total:,} bytes")
    for path, file in sorted(files.items()):
        print(f"  {_size(file):>12,}  {path}")


# --- going --------------------------------------------------------------------------------------


def publish(model_repo: str, model: Files, space_repo: str | None, space: Files, private: bool):
    """Push the model, then the Space that serves that very commit; PublishError if it cannot."""
    api = HfApi()
    with _sentence_for(model_repo):
        api.create_repo(model_repo, private=private, exist_ok=True)
        commit = push(api, model_repo, "model", model)
    print(f"model: {constants.ENDPOINT}/{model_repo} at {commit}")
    if not space_repo:
        return
    with _sentence_for(space_repo):
        api.create_repo(
            space_repo, repo_type="space", space_sdk="gradio", private=private, exist_ok=True
        )
        # before the app, so that its first start finds the weights
        api.add_space_variable(space_repo, "MODEL_REPO_ID", model_repo)
        api.add_space_variable(space_repo, "MODEL_REVISION", commit)
        readme = with_preload(space["README.md"], model_repo, commit, space_repo)
        push(api, space_repo, "space", space | {"README.md": readme})
    print(f"Space: {constants.ENDPOINT}/spaces/{space_repo}")
    if private:
        print("The model is private: give the Space a secret HF_TOKEN that may read it.")


def push(api: HfApi, repo_id: str, repo_type: str, files: Files) -> str:
    """One commit of all files, minus examples dropped since; the id of the repository's head."""
    there = api.list_repo_files(repo_id, repo_type=repo_type)
    stale = [path for path in there if path.startswith(FOLDERS) and path not in files]
    operations = [CommitOperationAdd(path, file) for path, file in files.items()]
    operations += [CommitOperationDelete(path) for path in stale]
    message = "Publish with training.publish"
    return api.create_commit(repo_id, operations, commit_message=message, repo_type=repo_type).oid


class _sentence_for:
    """Context: whatever the Hub answers about `repo_id` becomes one sentence."""

    def __init__(self, repo_id: str):
        self.repo_id = repo_id

    def __enter__(self):
        return self

    def __exit__(self, kind, error, _):
        if isinstance(error, Exception):
            raise PublishError(_sentence(self.repo_id, error)) from error


def _sentence(repo_id: str, error: Exception) -> str:
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status == 401:
        return f"the Hub refused the token for {repo_id}; run `hf auth login` with a write token."
    if status == 403:
        return f"this token may not write to {repo_id}; correct the owner or use another token."
    reason = f"HTTP {status}" if status else str(error).splitlines()[0] or type(error).__name__
    return (
        f"{repo_id} could not be pushed to {constants.ENDPOINT} ({reason}); run it again when the "
        "Hub answers, what has arrived will be skipped."
    )


if __name__ == "__main__":
    main()
