"""The object that a model with an object head chooses: without a box, and at a click."""

import pytest
import torch
from PIL import Image

from network import VoxelConfig, VoxelModel
from pipeline.detection import pick_object
from tests.network.test_objects import empty_maps, put
from voxel_model import find_boxes, find_objects, predict, predict_batch

PHOTO = Image.new("RGB", (160, 160), "brown")


@pytest.fixture
def model(monkeypatch) -> VoxelModel:
    """A model whose head sees a chair on the left and a surer table on the right."""
    torch.manual_seed(0)
    names = ("bed", "chair", "table")
    config = VoxelConfig(image_size=64, width=32, depth=1, objects=True, categories=names)
    model = VoxelModel(config).eval()

    def maps(features: list[torch.Tensor]):
        each = empty_maps()
        put(each, 3, 8, (0.2, 0.4), 0.7, 1)
        put(each, 12, 8, (0.3, 0.3), 0.9, 2)
        return type(each)(*(value.repeat(len(features[0]), 1, 1, 1) for value in each))

    monkeypatch.setattr(model.object_head, "forward", maps)
    torch.nn.init.constant_(model.mask_head.out.bias, -50)  # the mask head sees nothing
    return model


def without_objects(model: VoxelModel, monkeypatch) -> VoxelModel:
    monkeypatch.setattr(model.object_head, "forward", lambda features: empty_maps())
    return model


def test_prediction_without_a_box_takes_the_best_found_object(model):
    found = find_objects(model, PHOTO)
    assert [item.category for item in found] == ["table", "chair"]
    assert predict(model, PHOTO).box == pytest.approx(found[0].box)


def test_only_missing_boxes_are_found(model):
    box = (1.0, 2.0, 50.0, 60.0)
    boxes = find_boxes(model, [PHOTO, PHOTO], [box, None])
    assert boxes[0] == box and boxes[1] == find_objects(model, PHOTO)[0].box


def test_a_photo_without_found_objects_is_predicted_by_the_mask_head(model, monkeypatch):
    model = without_objects(model, monkeypatch)
    mask = torch.full((1, 1, 16, 16), -9.0)
    mask[0, 0, 4:8, 4:12] = 9
    monkeypatch.setattr(model.mask_head, "forward", lambda features: mask)
    assert find_boxes(model, [PHOTO], [None]) == [pytest.approx((40, 40, 120, 80))]


def test_twelve_boxes_of_one_photo_run_in_one_pass(model, monkeypatch):
    sizes, forward = [], model.forward
    monkeypatch.setattr(model, "forward", lambda x: (sizes.append(len(x)), forward(x))[1])
    boxes = [(10.0 * i, 20.0, 10.0 * i + 40, 90.0) for i in range(12)]
    predictions = predict_batch(model, [PHOTO] * 12, boxes)
    assert [p.box for p in predictions] == boxes and sizes == [12]


@pytest.mark.parametrize(("point", "category"), [((35, 85), "chair"), ((125, 85), "table")])
def test_a_click_takes_the_piece_whose_mask_it_hits(model, point, category):
    expected = {item.category: item.box for item in find_objects(model, PHOTO)}[category]
    assert pick_object(model, PHOTO, point).box == pytest.approx(expected)
