"""Storage and manifest: a failed write is a UserError with one sentence."""

import fsspec
import pytest

from batch.paths import absolute_address
from batch.results.manifest import Manifest
from batch.results.records import JobRecord
from batch.stages import error_message
from batch.storage import write_file
from core.errors import BatchError, UserError, WriteError

RECORD = JobRecord("a.jpg", None, "chair", 0.9, ["a.glb"], 0.1, None, "checkpoint")


@pytest.fixture
def blocked(tmp_path):
    """A folder that cannot be made, because a file has its name."""
    (tmp_path / "out").write_text("a file")
    return tmp_path / "out" / "models"


def test_a_local_file_that_cannot_be_written_is_a_write_error(blocked):
    with pytest.raises(WriteError, match="cannot be written") as caught:
        write_file(str(blocked / "a.glb"), b"data")
    assert isinstance(caught.value.__cause__, OSError)


def test_a_manifest_that_cannot_be_written_is_a_write_error(tmp_path):
    manifest = Manifest(str(tmp_path / "models"))
    (tmp_path / "models").write_text("a file")
    with pytest.raises(WriteError, match=r"manifest\.jsonl cannot be written"):
        manifest.add(RECORD)


def test_an_object_store_that_refuses_a_file_is_a_batch_error(monkeypatch):
    def refuse(*_, **__):
        raise PermissionError("Access Denied")

    monkeypatch.setattr(fsspec.filesystem("memory"), "pipe_file", refuse)
    with pytest.raises(BatchError, match=r"^memory://bucket/a\.glb cannot be reached: Access"):
        write_file("memory://bucket/a.glb", b"data")


def test_the_message_of_a_user_error_has_no_type():
    assert error_message(UserError("Choose a picture\nfirst.")) == "Choose a picture first."
    assert error_message(KeyError("x")) == "KeyError: 'x'"


def test_an_address_is_a_path_or_a_url(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert absolute_address("models") == str(tmp_path / "models")
    assert absolute_address("file:///data/a.jpg") == "/data/a.jpg"
    assert absolute_address("s3://bucket/a.jpg") == "s3://bucket/a.jpg"
