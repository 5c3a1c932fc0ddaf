"""What a visit holds between calls is a third of a prediction and gives the same bytes."""

import pickle
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import ImageOps

from benchmarks.stress.visitor import PICTURES
from images.untrusted import open_image
from pipeline.detection import predict_object
from pipeline.export import COLOR_SOURCES, ExportOptions, Result, Settings, export_file, export_glb
from pipeline.fusion import fuse
from voxel_model import VoxelModel, load_model
from webapp.sessions import Visit

LARGEST = 320_000  # bytes of a model of 32 cells a side: 229,376 of them its probabilities, colours


@pytest.fixture(scope="module")
def model(checkpoint) -> VoxelModel:
    return load_model(checkpoint, "cpu")


@pytest.fixture(scope="module", params=[1, 3], ids=["one photo", "three fused"])
def kept(model, request, tmp_path_factory) -> Result:
    photo = open_image(PICTURES[0])
    closer = [ImageOps.crop(photo, border) for border in (0, 12, 24)]  # of one piece: cameras fit
    seen = [predict_object(model, picture) for picture in closer[: request.param]]
    folder, level = tmp_path_factory.mktemp("kept"), model.config.threshold
    if len(seen) == 1:
        return Result(seen[0], "chair", folder, level)
    return Result(fuse(seen), "chair", folder, level, tuple(seen))


def content(path: Path) -> dict[str, bytes]:
    """A zip's files, without the time at which they were put in it."""
    with zipfile.ZipFile(path) as bundle:
        return {name: bundle.read(name) for name in bundle.namelist()}


@pytest.mark.parametrize("again", [False, True], ids=["once", "twice"])
def test_colours_and_picture_of_a_slim_one_are_those_of_the_whole(kept, again):
    slim = kept.compact().compact() if again else kept.compact()
    assert slim.prediction.crop is None and slim.photo_predictions == ()
    assert slim.photo_count == kept.photo_count == max(len(kept.photo_predictions), 1)
    assert np.array_equal(slim.dimmed_crop, kept.dimmed_crop) and slim.dimmed_crop.mode == "RGB"
    assert np.array_equal(slim.surface_colors.is_colored, kept.surface_colors.is_colored)
    assert np.array_equal(slim.surface_colors.colors, kept.surface_colors.colors)
    assert np.array_equal(slim.cell_colors, kept.cell_colors)
    assert (slim.surface_colors.colors != kept.prediction.colors).any()  # or the photo told nothing


@pytest.mark.parametrize("colors", COLOR_SOURCES)
def test_every_file_of_a_slim_one_is_that_of_the_whole(kept, colors):
    slim, settings = kept.compact(), Settings(0.3, "smooth", True, colors)
    for finish in (ExportOptions(), ExportOptions(palette=7, faces=500)):
        whole, other = (export_file(each, settings, "zip", finish) for each in (kept, slim))
        assert content(whole) == content(other)


@pytest.mark.parametrize("threshold", [0.1, 0.25, 0.6])
def test_another_shape_of_a_slim_one_is_that_of_the_whole(kept, threshold):
    for colors in COLOR_SOURCES:
        settings = Settings(threshold, "blocks", True, colors)
        (path, facts), (other, said) = (
            export_glb(kept, settings),
            export_glb(kept.compact(), settings),
        )
        assert path.read_bytes() == other.read_bytes() and facts == said


def test_a_visit_holds_little_and_calls_leave_no_more(kept):
    visit = Visit(kept.folder).add(kept)
    before = len(pickle.dumps(visit))
    export_file(visit.kept, Settings(0.1, "blocks"), "vox")
    assert len(pickle.dumps(visit)) == before < LARGEST


def test_a_photo_that_tells_nothing_leaves_the_predicted_colours(kept):
    blank = replace(kept.prediction, crop_mask=np.zeros_like(kept.prediction.crop_mask))
    slim = Result(blank, "chair", kept.folder, kept.threshold).compact()
    assert np.array_equal(slim.cell_colors, blank.colors) and slim.surface_colors.is_colored.all()
