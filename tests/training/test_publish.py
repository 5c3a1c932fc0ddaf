"""Publishing to a stand-in Hub on loopback: the files, the card, and downloads by a visitor.

The command and the visitor's start-up run in processes of their own, because huggingface_hub reads
HF_ENDPOINT when it is imported. Errors are tested in this process.
"""

import json
import os
import re
import socket
from pathlib import Path

import pytest
from huggingface_hub import ModelCard
from PIL import Image
from safetensors.torch import load_file, save_file

from tests.network.hub_client import (
    DEAD,
    ROOT,
    SCORE,
    evaluation,
    is_one_sentence,
    point_at,
    run,
    small_checkpoint,
)
from tests.network.hub_server import TOKEN, Hub
from training import model_card as model_card_command
from training import publish
from training.publishing import card_sections, model_card, upload

MODEL, SPACE = "someone/furniture", "someone/furniture-app"
MAX_SPACE = 10e6  # bytes; the weights alone are more
VISIT = """
import json, pathlib, sys
import numpy as np
from PIL import Image
for path in pathlib.Path().glob("*.py"):
    __import__(path.stem)
from voxel_model import load_model, predict
image = Image.fromarray(np.random.default_rng(0).integers(0, 255, (90, 120, 3), dtype=np.uint8))
remote, local = (predict(load_model(s, "cpu"), image).occupancy for s in (None, sys.argv[1]))
print(json.dumps([float(abs(remote - local).max()), float(remote.std())]))
"""


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory) -> Path:
    return small_checkpoint(tmp_path_factory.mktemp("checkpoint"))


@pytest.fixture(scope="module")
def hub():
    with Hub() as hub:
        yield hub


@pytest.fixture(scope="module")
def published(hub, checkpoint, tmp_path_factory) -> str:
    """Run the command once and return its output; the result is in `hub`."""
    command = ["-m", "training.publish", *arguments(checkpoint)]
    done = run(command, hub.environment(tmp_path_factory.mktemp("publisher")))
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def space(published, hub, tmp_path_factory) -> Path:
    """Write the files of the pushed Space into a folder, without this checkout."""
    folder = tmp_path_factory.mktemp("space")
    for path, content in hub.repos[f"spaces/{SPACE}"].files("main").items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


def arguments(checkpoint: Path, *more: str, model: str = MODEL) -> list[str]:
    names = ["--model-repo", model, "--space-repo", SPACE, "--checkpoint", str(checkpoint)]
    return [*names, *more]


# --- the files ----------------------------------------------------------------------------------


def test_dry_run_lists_paths_and_sizes_without_network(checkpoint, monkeypatch, capsys):
    monkeypatch.setattr(socket.socket, "connect", lambda *_: pytest.fail("opened a connection"))
    publish.main(arguments(checkpoint, "--dry-run"))
    rows = re.findall(r"^ +([\d,]+)  (\S+)$", capsys.readouterr().out, re.MULTILINE)
    sizes = {path: int(size.replace(",", "")) for size, path in rows}
    assert sizes["model.safetensors"] == (checkpoint / "model.safetensors").stat().st_size
    assert sizes["app.py"] == (ROOT / "app.py").stat().st_size


def test_model_repo_has_weights_config_and_card_byte_for_byte(published, hub, checkpoint):
    files = hub.repos[f"models/{MODEL}"].files("main")
    assert set(files) - {".gitattributes"} == {"README.md", "config.json", "model.safetensors"}
    for name in ("config.json", "model.safetensors"):
        assert files[name] == (checkpoint / name).read_bytes()


def test_space_has_the_app_and_its_imports_and_no_weights(published, hub):
    contents = hub.repos[f"spaces/{SPACE}"].files("main")
    files = {path for path in contents if not path.startswith(upload.FOLDERS)}
    modules = {path for path in files if path.endswith(".py")}
    assert {"app.py", "voxel_model.py", "meshing.py"} <= modules
    assert files - modules == {".gitattributes", "LICENSE", "README.md", "requirements.txt"}
    assert not any(path.startswith(("training", "tests", "checkpoint")) for path in files)
    assert sum(map(len, contents.values())) < MAX_SPACE


def test_space_serves_the_commit_just_pushed(published, hub):
    repo = hub.repos[f"spaces/{SPACE}"]
    head = hub.repos[f"models/{MODEL}"].head
    assert repo.variables == {"MODEL_REPO_ID": MODEL, "MODEL_REVISION": head}
    assert repo.sdk == "gradio"
    assert head in published


def test_space_readme_names_the_model_and_keeps_the_rest(published, hub):
    pushed = hub.repos[f"spaces/{SPACE}"].files("main")["README.md"].decode()
    here, there = (
        ModelCard(text, ignore_metadata_errors=True)
        for text in ((ROOT / "README.md").read_text(encoding="utf-8"), pushed)
    )
    head = hub.repos[f"models/{MODEL}"].head
    assert there.data.get("models") == [MODEL]
    assert there.data["preload_from_hub"] == [f"{MODEL} config.json,model.safetensors {head}"]
    path = there.data["thumbnail"].split("/resolve/main/")[1]
    assert path in hub.repos[f"spaces/{SPACE}"].files("main")
    assert there.text == here.text
    for field in ("sdk", "sdk_version", "python_version", "app_file"):
        assert there.data.get(field) == here.data.get(field) is not None


def test_publishing_again_commits_only_changes(checkpoint, tmp_path, monkeypatch, capsys):
    with Hub() as hub:
        point_at(monkeypatch, hub.url, tmp_path, TOKEN)
        publish.main(arguments(checkpoint, "--private"))
        assert "HF_TOKEN" in capsys.readouterr().out  # a private model needs a secret in the Space
        assert all(repo.private for repo in hub.repos.values())
        heads = {name: repo.head for name, repo in hub.repos.items()}
        publish.main(arguments(checkpoint, "--private"))
        assert {name: repo.head for name, repo in hub.repos.items()} == heads
        repo = hub.repos[f"spaces/{SPACE}"]
        before = repo.files("main")
        repo.commit({**before, "examples/gone.jpg": b"old", "notes.txt": b"theirs"}, "by hand")
        publish.main(arguments(checkpoint, "--private"))
        assert set(repo.files("main")) == {*before, "notes.txt"}


def test_app_modules_follow_imports_within_the_project(tmp_path):
    (tmp_path / "app.py").write_text("import os\nfrom inner import a\n")
    (tmp_path / "inner.py").write_text("def f():\n    import deep.part\n    import app\n")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "__init__.py").write_text("")
    (tmp_path / "deep" / "part.py").write_text("import further\n")
    (tmp_path / "further.py").write_text("from . import nothing\n")
    (tmp_path / "unused.py").write_text("")
    found = [path.relative_to(tmp_path).as_posix() for path in upload.app_modules(tmp_path)]
    assert found == ["app.py", "deep/__init__.py", "deep/part.py", "further.py", "inner.py"]
    (tmp_path / "further.py").write_text("half a line =")
    with pytest.raises(upload.PublishError, match=r"further\.py"):
        upload.app_modules(tmp_path)


# --- the card -----------------------------------------------------------------------------------


def test_card_has_the_metadata_of_the_hub(published, hub):
    text = hub.repos[f"models/{MODEL}"].files("main")["README.md"].decode()
    data = ModelCard(text).data
    assert (data.pipeline_tag, data.license) == ("image-to-3d", "cc-by-4.0")
    assert data.datasets
    assert data.metrics
    scores = {(r.dataset_config, r.metric_name): r.metric_value for r in data.eval_results}
    assert len(scores) == 2 * 2 * len(model_card.SCORES)  # all and clean, with and without box
    assert set(scores.values()) == {round(SCORE, 4)}
    for text_part in ("## Limits", "on 100% of the photos", "3D-R2N2 0.136", "0.123 [", SPACE):
        assert text_part in text.replace("\n  ", " ").replace("photographs above", "photos")
    for text_part in ("| pictures | 315,904 |", "| iou, generated validation scenes | 0.4568 |"):
        assert text_part in text
    for text_part in ("`lr=0.125`", "`init=earlier`", "`studio=cad=c`"):
        assert text_part in text
    assert "/home/" not in text
    assert "$" not in text


def test_card_refuses_figures_of_another_model(checkpoint, tmp_path):
    for name in ("config.json", "model.safetensors"):
        os.link(checkpoint / name, tmp_path / name)
    with pytest.raises(model_card.CardError, match=r"evaluation\.json is missing"):
        model_card.render_card(tmp_path)
    (tmp_path / "evaluation.json").write_text(json.dumps(evaluation(threshold=0.5)))
    with pytest.raises(model_card.CardError, match="threshold"):
        model_card.render_card(tmp_path)
    skipping = {**evaluation(), "skipped": ["img/chair/1.jpg cannot be read."]}
    (tmp_path / "evaluation.json").write_text(json.dumps(skipping))
    with pytest.raises(model_card.CardError, match="skipped"):
        model_card.render_card(tmp_path)


def test_card_describes_the_worst_photographs(checkpoint, tmp_path):
    for name in ("config.json", "model.safetensors", "evaluation.json"):
        os.link(checkpoint / name, tmp_path / name)
    (tmp_path / "failures.json").write_text('{"img/chair/0.jpg": "A stool, not a chair."}')
    rows = re.findall(r"^\| chair/(\d).jpg \|(.*)$", model_card.render_card(tmp_path), re.M)
    assert [name for name, _ in rows] == list("01234")  # of nine, the worst first
    assert rows[0][1] == " 0.00 | – | A stool, not a chair. |"


def test_card_compares_resolutions(checkpoint, tmp_path):
    for name in ("config.json", "model.safetensors", "evaluation.json"):
        os.link(checkpoint / name, tmp_path / name)
    assert "No other resolution was trained" in model_card.render_card(tmp_path)
    rows = [{"resolution": "32³", "IoU": 0.25}, {"resolution": "64³", "IoU": 0.5}]
    (tmp_path / "resolutions.json").write_text(json.dumps(rows))
    table = "| resolution | IoU |\n|---|---|\n| 32³ | 0.25 |\n| 64³ | 0.5 |"
    assert table in model_card.render_card(tmp_path)


def test_card_names_the_figures_of_the_heads():
    notes = {"heads": {"fields": {"objects": True}, "objects": {"precision_50": 0.6251}}}
    table = card_sections.training_table(notes, 29_100_000)
    assert "| head objects: precision_50, generated validation scenes | 0.6251 |" in table
    assert "{" not in table and "29.1 MB" in table


def test_card_names_data_files_without_their_folders():
    files = {"/home/me/data/lamps.npz": "62c1e7bc9bfb" + "0" * 52}
    notes = {"made with": {"torch": "2.14", "seed": 3, "files": files}}
    table = card_sections.training_table(notes, 1)
    assert "| made with | torch 2.14, seed 3, lamps.npz 62c1e7bc9bfb |" in table


def test_card_is_written_beside_the_weights(checkpoint, tmp_path, capsys):
    for name in ("config.json", "model.safetensors"):
        os.link(checkpoint / name, tmp_path / name)
    measured = str(checkpoint / "evaluation.json")
    model_card_command.main(["--checkpoint", str(tmp_path), "--evaluation", measured])
    text = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "load_model()" in text
    assert (tmp_path / "evaluation.json").read_text(encoding="utf-8") == Path(measured).read_text(
        encoding="utf-8"
    )


# --- downloads ----------------------------------------------------------------------------------


def test_visitor_downloads_with_progress_and_predicts_like_the_publisher(
    hub, checkpoint, space, tmp_path
):
    variables = hub.repos[f"spaces/{SPACE}"].variables
    settings = {**hub.environment(tmp_path, token=None), **variables}
    done = run(["-c", VISIT, str(checkpoint)], settings, space)
    assert done.returncode == 0, done.stderr
    difference, spread = json.loads(done.stdout.splitlines()[-1])
    assert difference == 0
    assert spread > 0
    assert re.search(r"model\.safetensors: +100%", done.stderr)  # stderr is not a terminal
    assert f"GET /{MODEL}/resolve/{variables['MODEL_REVISION']}/model.safetensors" in hub.log


def test_snippet_of_the_card_runs_in_a_clone_of_the_space(space, hub, tmp_path):
    text = hub.repos[f"models/{MODEL}"].files("main")["README.md"].decode()
    snippet = re.search(r"```python\n(.*?)```", text, re.DOTALL)[1]
    assert f'load_model("{MODEL}")' in snippet
    picture = space / re.search(r'Image\.open\("(.+?)"\)', snippet)[1]
    if not (ROOT / "examples").is_dir():  # a checkout without examples: use another picture
        Image.new("RGB", (90, 60), "tan").save(picture)
    # no random probability crosses the threshold; their mean gives a mesh
    snippet = snippet.replace("model.config.threshold", "float(prediction.occupancy.mean())")
    done = run(["-c", snippet], hub.environment(tmp_path), space)
    assert done.returncode == 0, done.stderr
    assert (space / "model.glb").read_bytes()[:4] == b"glTF"


# --- errors -------------------------------------------------------------------------------------


def refusal(command: list[str]) -> str:
    with pytest.raises(SystemExit) as caught:
        publish.main(command)
    assert isinstance(caught.value.code, str)  # printed to stderr, exit status 1
    assert is_one_sentence(caught.value.code), caught.value.code
    return caught.value.code


def test_wrong_token_owner_and_name_have_their_own_messages(checkpoint, tmp_path, monkeypatch):
    with Hub() as hub:
        point_at(monkeypatch, hub.url, tmp_path, "hf_wrong")
        assert "refused the token" in refusal(arguments(checkpoint))
        point_at(monkeypatch, hub.url, tmp_path, TOKEN)
        assert "may not write to stranger/a" in refusal(arguments(checkpoint, model="stranger/a"))
        assert "no//name" in refusal(arguments(checkpoint, model="no//name"))
        assert hub.repos == {}


def test_unreachable_endpoint_is_named(checkpoint, tmp_path, monkeypatch):
    point_at(monkeypatch, DEAD, tmp_path, TOKEN)
    assert DEAD in refusal(arguments(checkpoint))


def test_weights_that_do_not_load_are_not_pushed(checkpoint, tmp_path):
    for name in ("config.json", "evaluation.json"):
        os.link(checkpoint / name, tmp_path / name)
    state = load_file(checkpoint / "model.safetensors")
    state.pop(sorted(state)[0])
    save_file(state, tmp_path / "model.safetensors")
    assert "model.safetensors" in refusal(arguments(tmp_path, "--dry-run"))


def test_a_folder_gets_the_files_of_the_model_and_refuses_others(checkpoint, tmp_path, capsys):
    folder = tmp_path / "published"
    for _ in range(2):  # a second call replaces the files
        publish.main(["--folder", str(folder), "--checkpoint", str(checkpoint)])
    assert f"python app.py --model {folder} serves it" in capsys.readouterr().out
    assert {"README.md", "config.json", "model.safetensors"} <= {p.name for p in folder.iterdir()}
    for name in ("config.json", "model.safetensors"):
        assert (folder / name).read_bytes() == (checkpoint / name).read_bytes()
    (folder / "thesis.doc").touch()
    with pytest.raises(SystemExit, match=r"holds other files \(thesis\.doc\)"):
        publish.main(["--folder", str(folder), "--checkpoint", str(checkpoint)])
    for arguments in (
        [],
        ["--folder", "a", "--model-repo", MODEL],
        ["--folder", "a", "--space-repo", SPACE],
    ):
        with pytest.raises(SystemExit):
            publish.parse_args(arguments)
