"""The documents agree with the code: links, files, commands, names, limits, recipes."""

import ast
import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest

from webapp.server.limits import Limits

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
# the changelog names files and commands of the past, so that only its links are checked
CHANGELOG = ROOT / "CHANGELOG.md"
DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
    *sorted(DOCS.glob("*.md")),
]
MAX_README_WORDS = 900  # the front matter of the Space included
OUTPUT_FOLDERS = {"runs", "out", "data"}  # git ignores them; commands of the documents write there
EXTERNAL_MODULES = {"pip", "venv", "pytest"}  # of `python -m`
LINK = re.compile(r"\]\(([^)\s]+)\)")
FENCE = re.compile(r"```.*?```", re.DOTALL)


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def anchors(path: Path) -> set[str]:
    """Anchors that GitHub gives to the headings of a document."""
    headings = re.findall(r"^#+ +(.*)$", FENCE.sub("", text_of(path)), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.strip().replace(" ", "-") for heading in plain}


def top_level_names(path: Path) -> set[str]:
    """Names that a module defines or imports at its top level."""
    names = set()
    for node in ast.parse(text_of(path)).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {n.id for target in targets for n in ast.walk(target) if type(n) is ast.Name}
    return names


@cache
def module_file(name: str) -> Path | None:
    path = ROOT.joinpath(*name.split("."))
    for file in (path.with_suffix(".py"), path / "__init__.py"):
        if file.is_file():
            return file
    return None


def exists(dotted: str) -> bool:
    """True if the name is a module, or a name at the top level of one."""
    module, _, name = dotted.rpartition(".")
    if module_file(dotted):
        return True
    return bool(module_file(module)) and name in top_level_names(module_file(module))


@pytest.mark.parametrize("document", [*DOCUMENTS, CHANGELOG], ids=lambda path: path.name)
def test_links_resolve(document):
    broken = []
    for link in LINK.findall(FENCE.sub("", text_of(document))):
        if link.startswith(("http:", "https:", "mailto:")):
            continue
        path, _, anchor = link.partition("#")
        target = document.parent / unquote(path) if path else document
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert not broken


def test_the_readme_is_short():
    assert len(text_of(ROOT / "README.md").split()) <= MAX_README_WORDS


def test_every_document_is_linked():
    """A reader reaches each document from the README in at most two links."""
    reached = {ROOT / "README.md"}
    for _ in range(2):
        links = [
            (document.parent / link.partition("#")[0]).resolve()
            for document in reached
            for link in LINK.findall(text_of(document))
            if link.partition("#")[0].endswith(".md") and "://" not in link
        ]
        reached |= {path for path in links if path.is_file()}
    assert not {*DOCUMENTS, CHANGELOG} - reached


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_named_files_exist(document):
    folders = {path.name for path in ROOT.iterdir() if path.is_dir()} - OUTPUT_FOLDERS
    paths = re.findall(r"[\w-]+(?:/[\w.-]+)*/[\w-]+\.(?:py|md|toml|json|ipynb)", text_of(document))
    named = {path for path in paths if path.split("/")[0] in folders}
    named |= set(re.findall(r"`([\w-]+\.(?:toml|txt))`", text_of(document)))
    assert not {path for path in named if not (ROOT / path).exists()}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_named_modules_run(document):
    named = set(re.findall(r"python -m ([\w.]*\w)", text_of(document))) - EXTERNAL_MODULES
    missing = {
        name for name in named if not (module_file(name) and exists_as_command(module_file(name)))
    }
    assert not missing


def exists_as_command(file: Path) -> bool:
    return file.name != "__init__.py" or (file.parent / "__main__.py").is_file()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_named_make_targets_exist(document):
    text = text_of(document)
    code = FENCE.findall(text) + re.findall(r"`[^`\n]+`", text)
    named = {name for part in code for name in re.findall(r"(?:^|[`\n])make ([a-z][\w-]*)", part)}
    targets = set(re.findall(r"^([a-z][\w-]*):", text_of(ROOT / "Makefile"), re.MULTILINE))
    assert named <= targets


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_named_functions_exist(document):
    """`package.module.name` in code spans; other dotted words are not ours."""
    packages = {init.parent.name for init in ROOT.glob("*/__init__.py")}
    packages |= {path.stem for path in ROOT.glob("*.py")}
    named = set(re.findall(r"`((?:\w+\.)+\w+)`", text_of(document)))
    ours = {
        name
        for name in named
        if name.split(".")[0] in packages and not name.endswith((".py", ".md"))
    }
    assert not {name for name in ours if not exists(name)}


def limit_rows() -> list[tuple[str, int | None]]:
    """Variables of the table of limits and their defaults, where a number stands there."""
    section = text_of(DOCS / "server.md").split("## Limits")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `([A-Z_]+)` \| ([\d,]+)", section, re.MULTILINE)
    return [(name, int(default.replace(",", ""))) for name, default in rows]


@pytest.mark.parametrize(("variable", "default"), limit_rows())
def test_limits_are_read_from_the_environment(variable, default, monkeypatch):
    monkeypatch.setenv(variable, "zero")
    with pytest.raises(ValueError, match=variable):
        Limits.from_environment()
    monkeypatch.setenv(variable, str(default))
    assert Limits.from_environment() == Limits()


def test_the_documented_threshold_is_the_models_own():
    config = json.loads(text_of(ROOT / "checkpoint" / "config.json"))
    threshold = f"{config['threshold']:.3f}"
    for document in (ROOT / "README.md", DOCS / "api.md", DOCS / "page.md"):
        assert threshold in text_of(document), document


def recipes(language: str, word: str) -> list[tuple[str, str]]:
    """Code blocks of the README and of api.md that contain a word."""
    found = []
    for document in (ROOT / "README.md", DOCS / "api.md"):
        blocks = re.findall(rf"```{language}\n(.*?)```", text_of(document), re.DOTALL)
        found += [(document.name, block) for block in blocks if word in block]
    return found


def run_recipe(command: list, recipe: str, app_url: str, picture: Path, folder: Path) -> str:
    """Run a recipe as a reader would, with the photo under its name; return what it prints."""
    photos = [name for name in ("chair.jpg", "room.jpg") if name in recipe]
    assert "http://127.0.0.1:7860" in recipe and photos
    for name in photos:
        (folder / name).write_bytes(picture.read_bytes())
    done = subprocess.run(
        [*command, "-c", recipe.replace("http://127.0.0.1:7860", app_url)],
        cwd=folder, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(("document", "recipe"), recipes("sh", "curl -sN"))
def test_the_curl_recipes_run(document, recipe, app_url, picture, tmp_path):
    printed = run_recipe(["bash"], recipe, app_url, picture, tmp_path)
    assert "event: complete" in printed and "event: error" not in printed
    assert "chair.stl" in printed


@pytest.mark.parametrize(("document", "recipe"), recipes("python", "gradio_client")[1:])
def test_the_python_recipes_run(document, recipe, app_url, picture, tmp_path):
    """All but the README's, which tests/webapp/endpoints/test_api.py runs."""
    printed = run_recipe([sys.executable], recipe, app_url, picture, tmp_path)
    assert ".glb" in printed and (".zip" if "/scene" in recipe else ".stl") in printed
