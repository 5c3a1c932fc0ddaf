"""Damaged image files: always a picture or one sentence, and never longer than five seconds.

`fuzz_pictures.py` tries more of them; docs/reliability.md records the outcome.
"""

import warnings
from io import BytesIO

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.stress.report import is_one_sentence
from core.errors import UserError
from images.untrusted import open_image
from pipeline.detection import predict_object
from pipeline.export import export_glb
from pipeline.result import Result
from pipeline.settings import Settings
from tests.images import fuzz_pictures as fuzz
from tests.images.hostile_files import fix_checksums
from voxel_model import VoxelConfig, VoxelModel

mutations = st.tuples(
    st.sampled_from(fuzz.DAMAGES),
    st.floats(0, 1, exclude_max=True),
    st.sampled_from(fuzz.EDGE_VALUES) | st.binary(min_size=1, max_size=16),
    st.integers(1, 300),
    st.sampled_from(sorted(fuzz.FILES)),
)


@st.composite
def damaged_files(draw) -> bytes:
    """A valid file with one to four damages; the checksums of a PNG may be corrected."""
    data = fuzz.FILES[draw(st.sampled_from(sorted(fuzz.FILES)))]
    for mutation in draw(st.lists(mutations, min_size=1, max_size=4)):
        data = fuzz.mutate(data, *mutation)
    return fix_checksums(data) if data.startswith(b"\x89PNG") and draw(st.booleans()) else data


def repeatable(inputs: int) -> settings:
    """Settings of Hypothesis with the same inputs in each run."""
    return settings(
        max_examples=inputs,
        deadline=fuzz.MAX_SECONDS * 1000,  # ms
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )


def check(data: bytes) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fuzz.check(data)


@repeatable(300)
@given(damaged_files())
def test_a_damaged_file_is_decoded_or_refused_in_a_sentence(data):
    check(data)


@pytest.mark.slow
@repeatable(5000)
@given(damaged_files())
def test_many_damaged_files_are_decoded_or_refused_in_a_sentence(data):
    check(data)


@pytest.fixture(scope="module")
def model() -> VoxelModel:
    """The smallest network; it predicts a full cube, as the mesh of noise would take a second."""
    torch.manual_seed(0)
    model = VoxelModel(VoxelConfig(width=16, depth=1, heads=2, image_size=64)).eval()
    torch.nn.init.zeros_(model.decoder.cells.weight)
    torch.nn.init.ones_(model.decoder.cells.bias)
    return model


@pytest.mark.slow
@repeatable(300)
@given(damaged_files(), st.none() | st.tuples(*[st.floats()] * 4))
def test_a_damaged_file_becomes_a_model_or_is_refused_in_a_sentence(
    model, tmp_path_factory, data, box
):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            prediction = predict_object(model, open_image(BytesIO(data)), box)
            result = Result(prediction, "fuzz", tmp_path_factory.mktemp("fuzz"), 0.5)
            _, facts = export_glb(result, Settings(0.5, "smooth", True))
        except UserError as error:
            assert is_one_sentence(str(error)), str(error)
            return
    assert np.isfinite(prediction.occupancy).all() and facts["watertight"]
