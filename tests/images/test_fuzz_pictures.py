"""Real files of each kind, damaged: never more than one sentence, never longer than five seconds.

`fuzz_pictures.py` tries more of them; docs/reliability.md has what came out.
"""

import warnings
from io import BytesIO

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import PictureError
from images.untrusted import open_image
from meshing import MeshError
from pipeline.export import Result, Settings, export_glb, predict_object
from tests.images import fuzz_pictures as fuzz
from tests.images.hostile_files import checked
from tests.network.hub_client import is_one_sentence
from voxel_model import VoxelConfig, VoxelModel

mutations = st.tuples(
    st.sampled_from(fuzz.WAYS),
    st.floats(0, 1, exclude_max=True),
    st.sampled_from(fuzz.EDGES) | st.binary(min_size=1, max_size=16),
    st.integers(1, 300),
    st.sampled_from(sorted(fuzz.FILES)),
)


@st.composite
def damaged_files(draw) -> bytes:
    """A real file with one to four mutations; a PNG's checksums may be made to fit again."""
    data = fuzz.FILES[draw(st.sampled_from(sorted(fuzz.FILES)))]
    for mutation in draw(st.lists(mutations, min_size=1, max_size=4)):
        data = fuzz.mutate(data, *mutation)
    return checked(data) if data.startswith(b"\x89PNG") and draw(st.booleans()) else data


def same_each_time(inputs: int) -> settings:
    return settings(
        max_examples=inputs,
        deadline=fuzz.HANG * 1000,  # ms
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )


@same_each_time(5000)
@given(damaged_files())
def test_decoding_a_damaged_file_is_a_picture_or_a_sentence(data):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fuzz.check(data)


@pytest.fixture(scope="module")
def model() -> VoxelModel:
    """The smallest network, and one that sees a full cube: the mesh of noise takes a second."""
    torch.manual_seed(0)
    model = VoxelModel(VoxelConfig(width=16, depth=1, heads=2, image_size=64)).eval()
    torch.nn.init.zeros_(model.decoder.cells.weight)
    torch.nn.init.ones_(model.decoder.cells.bias)
    return model


@same_each_time(300)
@given(damaged_files(), st.none() | st.tuples(*[st.floats()] * 4))
def test_a_damaged_file_becomes_a_model_or_a_sentence(model, tmp_path_factory, data, box):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            prediction = predict_object(model, open_image(BytesIO(data)), box)
            kept = Result(prediction, "fuzz", tmp_path_factory.mktemp("fuzz"), 0.5)
            _, facts = export_glb(kept, Settings(0.5, "smooth", True))
        except (PictureError, MeshError) as error:
            assert is_one_sentence(str(error)), str(error)
            return
    assert np.isfinite(prediction.occupancy).all() and facts["watertight"]
