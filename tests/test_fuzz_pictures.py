"""Real files of each kind, mutated: never more than one sentence, never longer than five seconds.

    FUZZ_INPUTS=50000 FUZZ_SEED=1 python -m pytest tests/test_fuzz_pictures.py -k decoding

Every run without FUZZ_SEED tries the same inputs. What the long runs found is in
docs/reliability.md.
"""

import os
import warnings
from io import BytesIO

import numpy as np
import pytest
import torch
from hostile_files import checked, real_files
from hub_client import is_one_sentence
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from meshing import MeshError
from picture import PictureError, read_image
from picture_file import open_picture
from pipeline import Kept, Settings, build, look
from voxel_model import VoxelConfig, VoxelModel

INPUTS = int(os.environ.get("FUZZ_INPUTS", 5000))
SEED = os.environ.get("FUZZ_SEED")
THROUGH_THE_NETWORK = 300
HANG = 5000  # ms
FILES = real_files(24)
# values at which sizes, counts and offsets overflow or turn negative
EDGES = [bytes([b]) * n for b in (0, 1, 0x7F, 0x80, 0xFF) for n in (1, 2, 4)]
EDGES += [b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", b"\x00\x01", b"\x01\x00", b"\xff\xda"]

places = st.floats(0, 1, exclude_max=True)  # shares of the file, so that each shrinks alike
mutations = st.one_of(
    st.tuples(st.just("write"), places, st.sampled_from(EDGES) | st.binary(min_size=1, max_size=8)),
    st.tuples(st.just("insert"), places, st.sampled_from(EDGES) | st.binary(max_size=16)),
    st.tuples(st.just("repeat"), places, st.integers(1, 300)),
    st.tuples(st.just("remove"), places, st.integers(1, 300)),
    st.tuples(st.just("cut off"), places, st.none()),
    st.tuples(st.just("join"), places, st.sampled_from(sorted(FILES))),
)


def mutate(data: bytes, what: str, place: float, with_what) -> bytes:
    at = int(place * len(data))
    if what == "write":
        return data[:at] + with_what + data[at + len(with_what) :]
    if what == "insert":
        return data[:at] + with_what + data[at:]
    if what == "repeat":
        return data[: at + with_what] + data[at:]
    if what == "remove":
        return data[:at] + data[at + with_what :]
    return data[:at] + (FILES[with_what][at:] if what == "join" else b"")


@st.composite
def damaged_files(draw) -> bytes:
    """A real file with one to four mutations; a PNG's checksums may be made to fit again."""
    data = FILES[draw(st.sampled_from(sorted(FILES)))]
    for mutation in draw(st.lists(mutations, min_size=1, max_size=4)):
        data = mutate(data, *mutation)
    return checked(data) if data.startswith(b"\x89PNG") and draw(st.booleans()) else data


def fuzzed(inputs: int):
    """Hypothesis' settings: `inputs` examples, the same ones each time unless a seed is given."""
    chosen = settings(
        max_examples=inputs,
        deadline=HANG,
        database=None,
        derandomize=SEED is None,
        suppress_health_check=list(HealthCheck),
    )
    return lambda test: chosen(test if SEED is None else seed(int(SEED))(test))


@fuzzed(INPUTS)
@given(damaged_files())
def test_decoding_a_damaged_file_is_a_picture_or_a_sentence(data):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            picture, mask = read_image(open_picture(BytesIO(data)))
        except PictureError as error:
            assert is_one_sentence(str(error)), str(error)
            return
    assert picture.mode == "RGB" and not picture.info
    assert mask is None or (mask.shape == picture.size[::-1] and 0 <= mask.min() <= mask.max() <= 1)


@pytest.fixture(scope="module")
def model() -> VoxelModel:
    """The smallest network, and one that sees a full cube: the mesh of noise takes a second."""
    torch.manual_seed(0)
    model = VoxelModel(VoxelConfig(width=16, depth=1, heads=2, image_size=64)).eval()
    torch.nn.init.zeros_(model.decoder.cells.weight)
    torch.nn.init.ones_(model.decoder.cells.bias)
    return model


@fuzzed(THROUGH_THE_NETWORK)
@given(damaged_files(), st.none() | st.tuples(*[st.floats()] * 4))
def test_a_damaged_file_becomes_a_model_or_a_sentence(model, tmp_path_factory, data, box):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            prediction = look(model, open_picture(BytesIO(data)), box)
            kept = Kept(prediction, "fuzz", tmp_path_factory.mktemp("fuzz"), 0.5)
            _, facts = build(kept, Settings(0.5, "smooth", True))
        except (PictureError, MeshError) as error:
            assert is_one_sentence(str(error)), str(error)
            return
    assert np.isfinite(prediction.occupancy).all() and facts["watertight"]
