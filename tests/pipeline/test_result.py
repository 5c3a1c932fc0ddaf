"""A compact result holds no photos and gives the same files."""

import pickle
import zipfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from images.untrusted import open_image
from pipeline.detection import predict_object
from pipeline.export import export_file, export_glb
from pipeline.fusion import fuse
from pipeline.result import Result
from pipeline.settings import COLOR_SOURCES, ExportOptions, Settings
from voxel_model import VoxelModel, load_model

# bytes of a compact result with 32 cells a side: 131,072 probabilities, 2 x 98,304 colours,
# 32,768 flags, about 36,000 of the thumbnail and 43,000 of the photo's detail for a texture
MAX_COMPACT_BYTES = 470_000


@pytest.fixture(scope="module")
def model(checkpoint) -> VoxelModel:
    return load_model(checkpoint, "cpu")


@pytest.fixture(scope="module", params=[1, 3], ids=["one photo", "three fused"])
def result(model, request, picture, tmp_path_factory) -> Result:
    photo = open_image(picture)
    crops = [ImageOps.crop(photo, border) for border in (0, 12, 24)]  # similar: the cameras fit
    predictions = [predict_object(model, crop) for crop in crops[: request.param]]
    folder, threshold = tmp_path_factory.mktemp("result"), model.config.threshold
    if len(predictions) == 1:
        return Result(predictions[0], "chair", folder, threshold)
    return Result(fuse(predictions), "chair", folder, threshold, tuple(predictions))


def zip_content(path: Path) -> dict[str, bytes]:
    """The members of a zip without their times."""
    with zipfile.ZipFile(path) as bundle:
        return {name: bundle.read(name) for name in bundle.namelist()}


@pytest.mark.parametrize("times", [1, 2], ids=["once", "twice"])
def test_a_compact_result_has_the_same_colours_and_thumbnail(result, times):
    compact = result.compact().compact() if times == 2 else result.compact()
    assert compact.prediction.crop is None and compact.prediction.crop_mask is None
    assert compact.photo_predictions == ()
    assert compact.photo_count == result.photo_count == max(len(result.photo_predictions), 1)
    assert np.array_equal(compact.dimmed_crop, result.dimmed_crop)
    assert compact.dimmed_crop.mode == "RGB"
    assert np.array_equal(compact.surface_colors.shown, result.surface_colors.shown)
    assert np.array_equal(compact.surface_colors.colors, result.surface_colors.colors)
    assert np.array_equal(compact.cell_colors, result.cell_colors)
    assert (compact.surface_colors.colors != result.prediction.colors).any()  # from the photo


def test_the_thumbnail_is_encoded_once(result):
    compact = result.compact()
    assert compact.thumbnail is compact.compact().thumbnail is result.thumbnail
    with Image.open(BytesIO(result.thumbnail)) as image:
        assert image.format == "WEBP" and np.array_equal(image, result.dimmed_crop)


@pytest.mark.parametrize("colors", COLOR_SOURCES)
def test_a_compact_result_gives_the_same_files(result, colors):
    settings = Settings(0.3, "smooth", True, colors)
    for options in (ExportOptions(), ExportOptions(palette=7, faces=500)):
        whole = export_file(result, settings, "zip", options)
        compact = export_file(result.compact(), settings, "zip", options)
        assert zip_content(whole) == zip_content(compact)


@pytest.mark.parametrize("threshold", [0.1, 0.25, 0.6])
def test_a_compact_result_gives_the_same_mesh_at_any_threshold(result, threshold):
    for colors in COLOR_SOURCES:
        settings = Settings(threshold, "blocks", True, colors)
        path, facts = export_glb(result, settings)
        compact_path, compact_facts = export_glb(result.compact(), settings)
        assert path.read_bytes() == compact_path.read_bytes() and facts == compact_facts


def test_a_compact_result_is_small_and_exports_do_not_enlarge_it(result):
    compact = result.compact()
    size = len(pickle.dumps(compact))
    export_file(compact, Settings(0.1, "blocks"), "vox")  # needs colours off the surface
    assert compact.cell_colors.shape == (32, 32, 32, 3) and compact.dimmed_crop.mode == "RGB"
    assert len(pickle.dumps(compact)) == size < MAX_COMPACT_BYTES


def test_a_compact_result_shares_no_memory_with_the_batch(result):
    compact = result.compact()
    for name in ("occupancy", "colors"):
        array = getattr(compact.prediction, name)
        assert array.base is None and np.array_equal(array, getattr(result.prediction, name))


def test_a_photo_without_the_object_leaves_the_predicted_colours(result):
    no_mask = np.zeros_like(result.prediction.crop_mask)
    prediction = replace(result.prediction, crop_mask=no_mask)
    compact = Result(prediction, "chair", result.folder, result.threshold).compact()
    assert np.array_equal(compact.cell_colors, prediction.colors)
    assert compact.surface_colors.is_colored.all()
