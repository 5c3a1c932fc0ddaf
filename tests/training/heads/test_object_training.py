"""Training of the object head: targets, losses, metrics, an overfit."""

from dataclasses import replace

import pytest
import torch

from core.boxes import box_iou
from images.preprocessing import PADDING_GRAY
from network import VoxelConfig, VoxelModel
from network.heads.found_maps import PLACES, PROTOTYPES, FoundMaps
from network.heads.object_head import WIDTH
from network.heads.second_look import Candidates
from training.heads.loop import HeadLoop
from training.heads.objects.loss import center_loss, generalized_iou, object_loss
from training.heads.objects.metrics import average_precision, rank_of
from training.heads.objects.room_geometry import photo_frames
from training.heads.objects.second_look_loss import second_look_loss
from training.heads.objects.targets import make_targets
from training.heads.objects.training import ObjectConfig, ObjectTraining
from training.heads.trunk import add_heads, with_heads
from training.loop.checkpoints import save_model
from training.studio.room_batches import RoomBatch
from voxel_model import load_model

CPU = torch.device("cpu")
SIDE = 16


def boxes_on_gray(count: int, seed: int) -> RoomBatch:
    """Pictures of 64 x 64 pixels with two coloured boxes that do not overlap."""
    generator = torch.Generator().manual_seed(seed)
    image = torch.full((count, 3, 64, 64), 0.5)
    which = torch.full((count, 64, 64), -1)
    boxes = torch.zeros(count, 2, 4)
    for i in range(count):
        for k in range(2):
            width, height = torch.randint(12, 28, (2,), generator=generator).tolist()
            x = 2 + 32 * k + int(torch.randint(0, 30 - width, (1,), generator=generator))
            y = int(torch.randint(0, 64 - height, (1,), generator=generator))
            color = torch.rand(3, 1, 1, generator=generator)
            image[i, :, y : y + height, x : x + width] = color
            which[i, y : y + height, x : x + width] = k
            boxes[i, k] = torch.tensor([x, y, x + width, y + height]) / 64
    category = torch.tensor([2, 6]).expand(count, 2)
    target = torch.ones(count, 2, dtype=torch.bool)
    return RoomBatch(image, which, boxes, category, target, ~target)


class FixedRooms:
    def __init__(self, rooms: RoomBatch):
        self.rooms = rooms

    def batch(self, step: int, size: int) -> RoomBatch:
        return self.rooms


def perfect_maps(rooms: RoomBatch) -> FoundMaps:
    """Maps that tell the truth in every cell near a centre."""
    targets = make_targets(rooms, SIDE)
    heat, owner = targets.heat.max(dim=1)
    index = owner.flatten(1)[..., None].expand(-1, -1, 4)
    box = targets.boxes.gather(1, index).transpose(1, 2).view(len(rooms), 4, SIDE, SIDE)
    line = torch.arange(SIDE) + 0.5
    cells = torch.stack(torch.meshgrid(line, line, indexing="xy"))
    center = torch.where(heat > 0.999, 9.0, -9.0)[:, None]
    category = torch.nn.functional.one_hot(targets.category.gather(1, owner.flatten(1)), 9)
    category = 12.0 * category.transpose(1, 2).view(len(rooms), 9, SIDE, SIDE)
    weights = torch.zeros(len(rooms), PROTOTYPES + PLACES, SIDE, SIDE)
    weights[:, PROTOTYPES] = 9  # the whole box
    return FoundMaps(
        center=center,
        offset=(box[:, :2] + box[:, 2:]) / 2 * SIDE - cells,
        size=(box[:, 2:] - box[:, :2]).log(),
        category=category,
        weights=weights,
        prototypes=torch.zeros(len(rooms), PROTOTYPES, SIDE, SIDE),
    )


def test_the_truth_has_a_small_loss_and_every_error_a_larger_one():
    rooms = boxes_on_gray(4, 0)
    targets, maps = make_targets(rooms, SIDE), perfect_maps(rooms)
    best, parts = object_loss(maps, targets)
    assert parts["box"] < 1e-3 and parts["center"] < 0.01
    wrong = {
        "center": -maps.center,
        "offset": maps.offset + 2,
        "size": maps.size + 0.5,
        "category": -maps.category,
        "weights": -maps.weights,
    }
    for name, value in wrong.items():
        assert object_loss(maps._replace(**{name: value}), targets)[0] > best + 0.05, name


def test_the_heat_is_one_at_the_centre_and_masks_are_those_of_the_objects():
    rooms = boxes_on_gray(3, 1)
    targets = make_targets(rooms, SIDE)
    assert torch.equal(targets.heat.flatten(2).argmax(dim=2), targets.cells)
    assert (targets.heat.flatten(2).amax(dim=2) == 1).all()
    areas = (rooms.boxes[..., 2:] - rooms.boxes[..., :2]).prod(dim=-1) * SIDE**2
    assert torch.allclose(targets.masks.sum(dim=(2, 3)), areas, rtol=1e-4)


def test_ignored_pieces_are_neither_right_nor_wrong():
    rooms = boxes_on_gray(1, 2)
    rooms.is_target[0, 1], rooms.is_ignored[0, 1] = False, True
    targets = make_targets(rooms, SIDE)
    heat = targets.heat.amax(dim=1)
    at_centre = torch.full((1, SIDE, SIDE), -9.0)
    at_centre.view(1, -1)[0, targets.cells[0, 0]] = 9
    without = center_loss(at_centre, heat, targets.ignored)
    at_centre.view(1, -1)[0, targets.cells[0, 1]] = 9
    assert center_loss(at_centre, heat, targets.ignored) == pytest.approx(float(without))


def test_the_generalised_iou():
    a = torch.tensor([[0.0, 0.0, 1.0, 1.0]])
    assert float(generalized_iou(a, a)) == pytest.approx(1)
    beside = torch.tensor([[2.0, 0.0, 3.0, 1.0]])
    assert float(generalized_iou(a, beside)) == pytest.approx(-1 / 3)


def test_average_precision_by_hand():
    box, other, none = (0, 0, 10, 10), (20, 0, 30, 10), (50, 50, 60, 60)
    true = [[box, other]]
    assert average_precision([[(0.9, box), (0.8, other)]], true) == 1
    assert average_precision([[(0.9, box), (0.8, none), (0.7, other)]], true) == pytest.approx(
        5 / 6
    )
    assert average_precision([[(0.9, box), (0.8, box)]], true) == pytest.approx(0.5)  # found twice
    assert average_precision([[(0.9, none), (0.5, box)]], [[box]], [[none]]) == 1
    assert average_precision([[]], true) == 0


def test_overlap_and_rank_of_boxes():
    assert box_iou((0, 0, 2, 2), (1, 0, 3, 2)) == pytest.approx(1 / 3)
    boxes = [(0, 0, 1, 1), (0, 0, 10, 9)]
    assert rank_of(boxes, (0, 0, 10, 10)) == 1 and rank_of(boxes, (50, 0, 60, 10)) is None


def test_fixed_pictures_are_learned_and_the_head_survives_its_file(tmp_path):
    torch.manual_seed(0)
    trunk = tmp_path / "trunk"
    save_model(VoxelModel(VoxelConfig(image_size=64, width=32, depth=1)), trunk, {})
    model = with_heads(trunk, objects=True)
    rooms = boxes_on_gray(4, 3)
    config = ObjectConfig(
        output=str(tmp_path / "run"), steps=90, batch_size=4, lr=3e-3, warmup=5, ema=0.5
    )
    training = ObjectTraining(model, FixedRooms(rooms), [rooms], config, CPU)
    figures = HeadLoop(training.modules, config, CPU).run(training.loss_of, training.on_save)
    assert figures["precision_50"] > 0.95
    again, extra, notes = add_heads(trunk, [tmp_path / "run" / "objects.safetensors"])
    assert again.config.objects and not extra and notes["objects"] == figures
    save_model(again, tmp_path / "out", notes)
    loaded = load_model(tmp_path / "out", "cpu")
    image = rooms.image[:1]
    assert torch.allclose(
        loaded.object_maps(image).center, again.object_maps(image).center, atol=1e-4
    )


@pytest.mark.slow
def test_a_second_look_corrects_what_a_poor_first_look_found(tmp_path):
    torch.manual_seed(0)
    sizes = {"image_size": 64, "width": 32, "depth": 1}
    save_model(VoxelModel(VoxelConfig(objects=True, **sizes)), tmp_path / "trunk", {})
    model = with_heads(tmp_path / "trunk", objects=True, second_look=True)
    rooms = boxes_on_gray(4, 3)
    first = {k: v.clone() for k, v in model.object_head.state_dict().items() if "second" not in k}
    maps = perfect_maps(rooms)
    poor = maps._replace(size=maps.size + 0.5, offset=maps.offset + 1)  # IoU under 0.5
    merged = torch.zeros(4, WIDTH, SIDE, SIDE)
    model.object_head.first_look = lambda features: (poor, merged)
    config = ObjectConfig(
        output=str(tmp_path / "run"), steps=200, batch_size=4, lr=1e-3, warmup=5, ema=0.5
    )
    config = replace(config, looks=2, first="keep")
    training = ObjectTraining(model, FixedRooms(rooms), [rooms], config, CPU)
    before = training.measure(model.object_head)["precision_50"]
    figures = HeadLoop(training.modules, config, CPU).run(training.loss_of, training.on_save)
    assert before < 0.2 and figures["precision_50"] > 0.9
    state = model.object_head.state_dict()
    assert all(torch.equal(state[name], value) for name, value in first.items())


def test_the_loss_of_the_second_look_falls_with_right_boxes_and_scores():
    rooms = boxes_on_gray(2, 4)
    wide = torch.cat([rooms.boxes[..., :2] - 0.05, rooms.boxes[..., 2:] + 0.05], dim=-1)
    boxes = torch.cat([wide, torch.full((2, 1, 4), 0.9)], dim=1)  # the third shows nothing
    cells = torch.zeros(2, 3, dtype=torch.int64)
    first = Candidates(torch.zeros(2, 3), boxes, cells)
    right = first._replace(boxes=torch.cat([rooms.boxes, boxes[:, 2:]], dim=1))
    best = right._replace(logits=torch.tensor([[9.0, 9.0, -9.0]] * 2))
    losses = [float(second_look_loss(first, one, rooms)[0]) for one in (best, right, first)]
    assert losses[0] < 0.01 < losses[1] < losses[2]
    rooms.is_target[:, 1], rooms.is_ignored[:, 1] = False, True
    unsure = best._replace(logits=torch.tensor([[9.0, -9.0, -9.0]] * 2))
    assert float(second_look_loss(first, unsure, rooms)[0]) == pytest.approx(
        float(second_look_loss(first, best, rooms)[0]), abs=1e-3
    )


def test_found_boxes_are_cut_off_at_the_photograph(tmp_path):
    rooms = boxes_on_gray(1, 5)
    rooms.image[..., 40:, :] = PADDING_GRAY / 255  # the photograph is 64 x 40 pixels
    rooms.image[..., :40, :] = 0.9
    rooms.boxes[0] = torch.tensor([[4, 8, 28, 40], [36, 10, 60, 40]]) / 64
    assert photo_frames(rooms).tolist() == [[0, 0, 64, 40]]
    save_model(VoxelModel(VoxelConfig(image_size=64, width=32, depth=1)), tmp_path, {})
    model = with_heads(tmp_path, objects=True)
    maps = perfect_maps(rooms)
    low = replace(rooms, boxes=rooms.boxes.clone())
    low.boxes[..., 3] = 72 / 64  # as if the photograph went on below
    model.object_head.first_look = lambda features: (
        perfect_maps(low)._replace(center=maps.center, category=maps.category),
        torch.zeros(1, WIDTH, SIDE, SIDE),
    )
    middle = (low.boxes[..., 1] + low.boxes[..., 3]) / 2
    assert (middle < 1).all()
    training = ObjectTraining(model, FixedRooms(rooms), [rooms], ObjectConfig(), CPU)
    assert training.measure(model.object_head)["precision_75"] == 1


def test_a_head_without_a_second_look_gets_one_and_keeps_its_weights(tmp_path):
    sizes = {"image_size": 64, "width": 32, "depth": 1}
    first = VoxelModel(VoxelConfig(objects=True, **sizes))
    save_model(first, tmp_path / "first", {})
    again = with_heads(tmp_path / "first", objects=True, second_look=True)
    trained = {name.split(".")[0] for name, p in again.named_parameters() if p.requires_grad}
    assert trained == {"object_head"} and again.object_head.second is not None
    kept = again.object_head.state_dict()
    for name, value in first.object_head.state_dict().items():
        assert torch.allclose(value.float(), kept[name].float(), atol=1e-3)


def test_a_head_that_is_there_goes_on_from_its_weights(tmp_path):
    sizes = {"image_size": 64, "width": 32, "depth": 1}
    first = VoxelModel(VoxelConfig(objects=True, descriptor=16, **sizes))
    save_model(first, tmp_path / "first", {})
    again = with_heads(tmp_path / "first", objects=True)
    trained = {name.split(".")[0] for name, p in again.named_parameters() if p.requires_grad}
    assert trained == {"object_head"}
    states = first.object_head.state_dict(), again.object_head.state_dict()
    for value, kept in zip(*(state.values() for state in states), strict=True):
        assert torch.allclose(value.float(), kept.float(), atol=1e-3)
    larger = with_heads(tmp_path / "first", descriptor=32)  # another size: a new head
    trained = {name.split(".")[0] for name, p in larger.named_parameters() if p.requires_grad}
    assert trained == {"descriptor_head"}
    assert larger.descriptor_head is not None and larger.object_head is not None
