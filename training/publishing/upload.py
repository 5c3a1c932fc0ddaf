"""Files of the model repository and of the Space, and pushing them to the Hub."""

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi, RepoCard, constants
from huggingface_hub.errors import HFValidationError
from huggingface_hub.utils import validate_repo_id

from core.errors import UserError
from core.files import write_atomic
from training.publishing.model_card import render_card
from voxel_model import load_model

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("webapp/assets/", "examples/")  # pictures and scripts of the page
THUMBNAIL = "webapp/assets/thumbnail.jpg"
Files = dict[str, Path | bytes]  # path in the repository -> local file, or its content


class PublishError(UserError):
    """An error that stops the upload."""


def check_repo_names(*repo_ids: str | None) -> None:
    """Raises PublishError if a name is not of the form owner/name; None is ignored."""
    for repo_id in filter(None, repo_ids):
        try:
            validate_repo_id(repo_id)
        except HFValidationError as error:
            raise PublishError(f"'{repo_id}' is no repository name; use owner/name.") from error


# --- files --------------------------------------------------------------------------------------


def model_files(checkpoint: Path, model_repo: str, space_repo: str | None = None) -> Files:
    """Returns the files of the model repository.

    Parameters
    ----------
    checkpoint : Path
        Folder of the weights; the weights are loaded once as a check.
    model_repo : str
        "owner/name", or the name of a folder, for the model card.
    space_repo : str, optional
        "owner/name" for the model card.

    Raises
    ------
    ModelError
        If the weights cannot be loaded.
    CardError
        If the model card cannot be rendered.
    """
    load_model(checkpoint, device="cpu")
    card = render_card(checkpoint, model_repo, space_repo)
    files: Files = {
        "README.md": card.encode(),
        "config.json": checkpoint / "config.json",
        "model.safetensors": checkpoint / "model.safetensors",
    }
    plot = checkpoint / "reliability.png"  # shown on the card after training.calibrate
    return files | {plot.name: plot} if plot.is_file() else files


def space_files(root: Path, model_repo: str) -> Files:
    """Returns the files of the Space: app.py with its imports, assets, requirements; no weights.

    Parameters
    ----------
    root : Path
        Checkout of the project.
    model_repo : str
        "owner/name", linked from the Space's README.

    Raises
    ------
    PublishError
        If a file is missing or cannot be parsed.
    """
    files: Files = {path.relative_to(root).as_posix(): path for path in app_modules(root)}
    files["README.md"] = _space_readme(root / "README.md", model_repo)
    for name in ("requirements.txt", "LICENSE"):
        files[name] = _existing(root / name)
    candidates = [path for folder in FOLDERS for path in (root / folder).rglob("*")]
    assets = [path for path in candidates if path.is_file() and not path.name.startswith(".")]
    return files | {path.relative_to(root).as_posix(): path for path in sorted(assets)}


def app_modules(root: Path) -> list[Path]:
    """Returns app.py and all modules and packages of `root` that it imports, directly or not."""
    modules, queue = [], [_existing(root / "app.py")]
    while queue:
        path = queue.pop()
        modules.append(path)
        for name in _imported_names(path):
            package = root / name / "__init__.py"
            imported = package.parent.rglob("*.py") if package.is_file() else [root / f"{name}.py"]
            queue += [p for p in imported if p.is_file() and p not in modules + queue]
    return sorted(modules)


def _imported_names(path: Path) -> set[str]:
    """Returns the top-level names of all modules that a file imports, anywhere in it."""
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
    """Returns the path; PublishError if there is no such file."""
    if not path.is_file():
        raise PublishError(f"{path} is missing; run this from a whole checkout.")
    return path


def _space_readme(path: Path, model_repo: str) -> bytes:
    """Returns README.md with the model in its front matter, which links the Space to it."""
    text = _existing(path).read_text(encoding="utf-8")
    card = RepoCard(text, ignore_metadata_errors=True)
    if card.data.get("sdk") != "gradio":
        raise PublishError(f"{path} does not open with Space front matter that says sdk: gradio.")
    card.data["models"] = [model_repo]
    return str(card).encode()


def with_preload(readme: bytes, model_repo: str, commit: str, space_repo: str) -> bytes:
    """Returns the Space's README.md with the weights to download at build time.

    Parameters
    ----------
    readme : bytes
        README.md of `space_files`.
    model_repo : str
        "owner/name" of the model repository.
    commit : str
        Commit of the model repository.
    space_repo : str
        "owner/name" of the Space, for the address of its thumbnail.
    """
    card = RepoCard(readme.decode(), ignore_metadata_errors=True)
    card.data["preload_from_hub"] = [f"{model_repo} config.json,model.safetensors {commit}"]
    card.data["thumbnail"] = f"{constants.ENDPOINT}/spaces/{space_repo}/resolve/main/{THUMBNAIL}"
    return str(card).encode()


def write_folder(folder: Path, files: Files) -> None:
    """Writes the files of the model repository into a folder.

    Parameters
    ----------
    folder : Path
        New or empty folder, or one that an earlier call wrote.
    files : Files
        From `model_files`.

    Raises
    ------
    PublishError
        If the folder holds other files.
    """
    present = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    others = sorted(set(present) - set(files))
    if others:
        raise PublishError(f"{folder} holds other files ({others[0]}); name an empty folder.")
    folder.mkdir(parents=True, exist_ok=True)
    for name, file in files.items():
        content = file if isinstance(file, bytes) else file.read_bytes()
        write_atomic(folder / name, content)


def print_files(kind: str, repo_id: str, files: Files) -> None:
    """Prints the paths and sizes of a repository's files."""
    total = sum(map(_size, files.values()))
    print(f"{kind} {repo_id}: {len(files)} files, {total:,} bytes")
    for path, file in sorted(files.items()):
        print(f"  {_size(file):>12,}  {path}")


def _size(file: Path | bytes) -> int:
    """Returns the size of a file in bytes."""
    return len(file) if isinstance(file, bytes) else file.stat().st_size


# --- upload -------------------------------------------------------------------------------------


def publish(
    model_repo: str, model: Files, space_repo: str | None, space: Files, private: bool
) -> None:
    """Pushes the model, then the Space that serves exactly this commit of the model.

    Parameters
    ----------
    model_repo : str
        "owner/name" of the model repository.
    model : Files
        From `model_files`.
    space_repo : str or None
        "owner/name" of the Space, None for the model alone.
    space : Files
        From `space_files`.
    private : bool
        Create the repositories private.

    Raises
    ------
    PublishError
        If the Hub refuses or does not answer.
    """
    api = HfApi()
    with _hub_errors(model_repo):
        api.create_repo(model_repo, private=private, exist_ok=True)
        commit = push(api, model_repo, "model", model)
    print(f"model: {constants.ENDPOINT}/{model_repo} at {commit}")
    if not space_repo:
        return
    with _hub_errors(space_repo):
        api.create_repo(
            space_repo, repo_type="space", space_sdk="gradio", private=private, exist_ok=True
        )
        # before the app's files, so that its first start finds the weights
        api.add_space_variable(space_repo, "MODEL_REPO_ID", model_repo)
        api.add_space_variable(space_repo, "MODEL_REVISION", commit)
        readme = with_preload(space["README.md"], model_repo, commit, space_repo)
        push(api, space_repo, "space", space | {"README.md": readme})
    print(f"Space: {constants.ENDPOINT}/spaces/{space_repo}")
    if private:
        print("The model is private: give the Space a secret HF_TOKEN that may read it.")


def push(api: HfApi, repo_id: str, repo_type: str, files: Files) -> str:
    """Commits all files at once and deletes old files of FOLDERS; returns the new commit's id."""
    remote = api.list_repo_files(repo_id, repo_type=repo_type)
    stale = [path for path in remote if path.startswith(FOLDERS) and path not in files]
    operations = [CommitOperationAdd(path, file) for path, file in files.items()]
    operations += [CommitOperationDelete(path) for path in stale]
    message = "Publish with training.publish"
    return api.create_commit(repo_id, operations, commit_message=message, repo_type=repo_type).oid


@contextmanager
def _hub_errors(repo_id: str) -> Iterator[None]:
    """Turns every exception of the Hub's client into a PublishError."""
    try:
        yield
    except Exception as error:
        raise PublishError(_error_sentence(repo_id, error)) from error


def _error_sentence(repo_id: str, error: Exception) -> str:
    """Returns a sentence on an error of the Hub."""
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status == 401:
        return f"the Hub refused the token for {repo_id}; run `hf auth login` with a write token."
    if status == 403:
        return f"this token may not write to {repo_id}; correct the owner or use another token."
    reason = f"HTTP {status}" if status else str(error).splitlines()[0] or type(error).__name__
    return (
        f"{repo_id} could not be pushed to {constants.ENDPOINT} ({reason}); run it again when the "
        "Hub answers; uploaded files are skipped."
    )
