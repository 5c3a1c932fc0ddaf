"""The losses: perfect and wrong predictions, weights of thin parts, ignored values."""

import torch

from training.loop import losses


def test_perfect_prediction_has_no_loss_and_a_wrong_one_a_large_loss():
    truth = torch.zeros(2, 16, 16, 16)
    truth[:, 4:12, 4:12, 4:12] = 1
    sure = (truth * 2 - 1) * 20
    assert losses.occupancy_bce(sure, truth, 2.0) < 1e-6
    assert losses.soft_iou(sure, truth) < 1e-3
    assert losses.soft_iou(-sure, truth) > 0.99
    mask = torch.zeros(1, 1, 64, 64)
    mask[..., 16:48, 16:48] = 1
    pooled = torch.nn.functional.avg_pool2d(mask, 4)
    assert losses.mask_loss((pooled * 2 - 1) * 20, mask) < 1e-3
    assert losses.mask_loss((pooled * 2 - 1) * -20, mask) > 1


def test_thin_parts_have_more_weight_than_faces_of_a_block():
    truth = torch.zeros(1, 16, 16, 16)
    truth[0, 8, :, 8] = 1  # a leg one cell thick
    assert torch.isclose(losses.thinness(truth)[0, 8, 8, 8], torch.tensor(1 - 2 * 3 / 27))
    block = torch.zeros(1, 16, 16, 16)
    block[0, 4:12, 4:12, 4:12] = 1
    assert losses.thinness(block)[0, 4, 8, 8] == 0  # a face
    assert (losses.thinness(truth) * (1 - truth)).sum() == 0  # empty cells have no weight


def test_a_leg_stays_thin_on_a_finer_grid():
    coarse = torch.zeros(1, 32, 32, 32)
    coarse[0, 8, :, 8] = 1
    fine = coarse.repeat_interleave(2, 1).repeat_interleave(2, 2).repeat_interleave(2, 3)
    fine[0, 17] = 0  # half a coarse cell thick
    weight = losses.thinness(fine)
    assert torch.equal(weight[0, 16, ::2, 16], losses.thinness(coarse)[0, 8, :, 8])
    assert (weight * (1 - fine)).sum() == 0


def test_thinness_is_equal_along_all_axes_and_at_the_border():
    truth = (torch.rand(2, 8, 8, 8, generator=torch.Generator().manual_seed(0)) > 0.7).float()
    weight = losses.thinness(truth)
    assert torch.equal(losses.thinness(truth.transpose(1, 3)), weight.transpose(1, 3))
    assert torch.equal(losses.thinness(truth.flip(2)), weight.flip(2))


def test_azimuth_loss_ignores_the_radius_and_unknown_angles():
    angle = torch.tensor([3.1, torch.nan])
    just_past = torch.tensor([[-3.1, 0.0]]).T
    vector = 7 * torch.cat([just_past.sin(), just_past.cos()], dim=1)
    vector.requires_grad_()
    loss = losses.azimuth_loss(vector, angle)
    assert torch.isclose(loss, 1 - torch.cos(torch.tensor(2 * torch.pi - 6.2)), atol=1e-6)
    loss.backward()
    assert vector.grad.isfinite().all() and (vector.grad[1] == 0).all()
    nothing = torch.full((2,), torch.nan)
    assert losses.azimuth_loss(vector, nothing) == 0
    assert losses.elevation_l1(torch.ones(2), nothing) == 0


def test_coordinate_loss_uses_visible_pixels_only():
    truth = torch.full((1, 3, 8, 8), torch.nan)
    predicted = torch.zeros(1, 3, 2, 2, requires_grad=True)
    assert losses.coordinates_l1(predicted, truth) == 0
    truth[..., :4, :2] = 0.3  # half of the first predicted pixel
    truth[..., 4:, 4:] = 0.1  # all of the last
    loss = losses.coordinates_l1(predicted, truth)
    assert torch.isclose(loss, torch.tensor((0.5 * 0.3 + 0.1) / 1.5))
    loss.backward()
    assert predicted.grad.isfinite().all() and (predicted.grad[0, :, 0, 1] == 0).all()


def test_color_loss_uses_known_cells_only():
    colors = torch.full((1, 3, 4, 4, 4), 0.5)
    logits = torch.full_like(colors, 30.0)  # white
    surface = torch.zeros(1, 4, 4, 4, dtype=torch.bool)
    assert losses.color_l1(logits, colors, surface) == 0
    surface[0, 1, 2, 3] = True
    assert torch.isclose(losses.color_l1(logits, colors, surface), torch.tensor(0.5))


def box_grid(*sides: int) -> torch.Tensor:
    """(1, 16, 16, 16), 1 in a centred box."""
    grid = torch.zeros(1, 16, 16, 16)
    grid[0, *(slice(8 - side // 2, 8 + side // 2) for side in sides)] = 1
    return grid


def test_extents_loss_sees_a_box_that_is_too_long_and_no_other_cells():
    truth = box_grid(8, 8, 8)
    sure = (truth * 2 - 1) * 20
    assert losses.extents_bce(sure, truth) < 1e-6
    inner = sure.clone()
    inner[0, 6:10, 6:10, 6:10] = -20  # hollow: the slices are unchanged
    assert losses.extents_bce(inner, truth) < 1e-6
    longer = (box_grid(8, 8, 10) * 2 - 1) * 20
    slices = 3 * 16
    assert torch.isclose(losses.extents_bce(longer, truth), torch.tensor(2 * 20 / slices))


def test_extents_loss_sends_the_gradient_to_the_end_of_a_missing_leg():
    truth = box_grid(8, 2, 8)
    truth[0, 4, 3:7, 4] = 1  # a leg below the board
    logits = ((truth * 2 - 1) * 20).requires_grad_()
    with torch.no_grad():
        logits[0, 4, 3, 4] = -1.0  # its foot
    losses.extents_bce(logits, truth).backward()
    assert (logits.grad[0, 4, 3, 4] < 0) and logits.grad.abs().max() == -logits.grad[0, 4, 3, 4]


def test_profile_loss_grows_with_the_height_of_a_misplaced_seat():
    def seat_at(height: int) -> torch.Tensor:
        grid = torch.zeros(1, 16, 16, 16)
        grid[0, 4:12, height : height + 2, 4:12] = 1
        return grid

    truth = seat_at(4)
    near, far = (losses.profiles_l1((seat_at(y) * 2 - 1) * 20, truth) for y in (6, 10))
    assert losses.profiles_l1((truth * 2 - 1) * 20, truth) < 1e-4
    # the profile along y moves by 2 of 16 slices; those along x and z do not change
    assert torch.isclose(near, torch.tensor(2 / 16 / 3), atol=1e-3)
    assert torch.isclose(far, 3 * near, atol=1e-3)


def test_profile_loss_of_an_empty_grid_is_finite():
    logits = torch.full((1, 16, 16, 16), -200.0, requires_grad=True)
    losses.profiles_l1(logits, torch.zeros(1, 16, 16, 16)).backward()
    assert logits.grad.isfinite().all()
