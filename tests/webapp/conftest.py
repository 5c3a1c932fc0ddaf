"""Fixtures of the page's handlers: a predicted object, a session that holds it, and no model."""

from pathlib import Path

import pytest
from PIL import Image

from pipeline.parts.model import add_parts
from pipeline.result import Result
from tests.pipeline.parts.small_bank import predict, small_bank
from tests.pipeline.sample_result import sample_result
from voxel_model import VoxelConfig
from webapp.events.prediction_events import Events
from webapp.inference.predictor import Predictor
from webapp.sessions.session import Session


@pytest.fixture
def result(tmp_path) -> Result:
    return sample_result(tmp_path)


CHAIR = 30  # number of a chair in the bank


@pytest.fixture
def plain_chair(tmp_path) -> Result:
    """A prediction of a chair of the small bank, before parts are looked for."""
    bank = small_bank()
    prediction = predict(bank.grids.read([CHAIR])[0], bank.category(CHAIR))
    return Result(prediction, "chair", tmp_path, 0.33)


@pytest.fixture
def chair(plain_chair) -> Result:
    """The chair with its parts."""
    return add_parts(plain_chair, small_bank())


class NoModel:
    """Takes the place of a model; any use of the network fails."""

    config = VoxelConfig()


@pytest.fixture
def events(tmp_path) -> Events:
    return Events(Predictor(NoModel()), tmp_path)


@pytest.fixture
def session(result, tmp_path) -> Session:
    return Session(tmp_path).add(result)


@pytest.fixture
def photo_file(tmp_path) -> Path:
    """A small photo on the disk."""
    path = tmp_path / "stool.jpeg"
    Image.new("RGB", (40, 60), "white").save(path, comment="at home")
    return path
