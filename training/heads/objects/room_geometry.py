"""Geometry of pictures of rooms: mirrored, a part of them, fewer objects; flags and visible boxes.

    rooms = flipped(cut(rooms, window, frame), flip)         # RoomBatch

Boxes and flags follow the rules of `studio/room_batches.py`.
"""

from dataclasses import fields, replace

import torch
import torch.nn.functional as F

from images.preprocessing import PADDING_GRAY
from training.studio.room_batches import RoomBatch, box_area, count_pixels, is_visible

MIN_IN_PART = 0.4  # share of a piece's box that stays in an enlarged part


def flipped(rooms: RoomBatch, flip: torch.Tensor) -> RoomBatch:
    """Returns the pictures with left and right exchanged where `flip` (B,) is True."""
    x0, y0, x1, y1 = rooms.boxes.unbind(-1)
    return replace(
        rooms,
        image=torch.where(flip[:, None, None, None], rooms.image.flip(-1), rooms.image),
        which=torch.where(flip[:, None, None], rooms.which.flip(-1), rooms.which),
        boxes=torch.where(
            flip[:, None, None], torch.stack([1 - x1, y0, 1 - x0, y1], dim=-1), rooms.boxes
        ),
    )


def cut(rooms: RoomBatch, window: torch.Tensor, frame: torch.Tensor) -> RoomBatch:
    """Enlarges a part of each picture and makes everything outside a frame gray.

    Parameters
    ----------
    rooms : RoomBatch
        Pictures.
    window : Tensor, (B, 4) float32
        x0, y0, x1, y1 of the part, shares of the picture's side.
    frame : Tensor, (B, 4) float32
        The same of the frame in the new picture.

    Returns
    -------
    RoomBatch
        A piece is ignored if less than MIN_IN_PART of it is left.
    """
    side = rooms.image.shape[-1]
    line = (torch.arange(side, device=window.device) + 0.5) / side
    size = window[:, 2:] - window[:, :2]
    along = window[:, :2, None] + size[..., None] * line  # (B, 2, S) in the old picture
    x, y = (2 * along - 1).unbind(1)
    grid = torch.stack([x[:, None].expand(-1, side, -1), y[..., None].expand(-1, -1, side)], -1)
    image = F.grid_sample(rooms.image, grid, padding_mode="border", align_corners=False)
    which = rooms.which[:, None].float()
    which = F.grid_sample(which, grid, "nearest", "border", False)[:, 0].round().long()
    in_x, in_y = ((line > frame[:, :2, None]) & (line < frame[:, 2:, None])).unbind(1)
    inside = in_y[..., None] & in_x[:, None]
    place = torch.cat([window[:, :2], window[:, :2]], dim=1)[:, None]
    whole = (rooms.boxes - place) / torch.cat([size, size], dim=1)[:, None]
    low = torch.maximum(whole[..., :2], frame[:, None, :2])
    high = torch.maximum(low, torch.minimum(whole[..., 2:], frame[:, None, 2:]))
    boxes = torch.cat([low, high], dim=-1)
    left = box_area(boxes) > MIN_IN_PART * box_area(whole)
    return with_flags(
        replace(
            rooms,
            image=torch.where(inside[:, None], image, PADDING_GRAY / 255),
            which=torch.where(inside, which, -1),
            boxes=boxes,
            is_target=rooms.is_target & left,
            is_ignored=rooms.is_ignored | (rooms.is_target & ~left),
        )
    )


def with_flags(rooms: RoomBatch) -> RoomBatch:
    """Returns rooms whose targets are visible; other pieces with visible pixels are ignored."""
    pixels = count_pixels(rooms.which, rooms.boxes.shape[1])
    target = rooms.is_target & is_visible(pixels, rooms.boxes, rooms.image.shape[-1])
    ignored = (rooms.is_target | rooms.is_ignored) & ~target & (pixels > 0)
    return replace(rooms, is_target=target, is_ignored=ignored)


def is_padding(rooms: RoomBatch) -> torch.Tensor:
    """Tells which pixels (B, 1, S, S) lie outside the photograph: they are exactly gray."""
    return (rooms.image - PADDING_GRAY / 255).abs().amax(dim=1, keepdim=True) < 1e-4


def photo_frames(rooms: RoomBatch) -> torch.Tensor:
    """Returns the boxes (B, 4) int64 of the photographs in their squares, in pixels."""
    shown = ~is_padding(rooms)[:, 0]
    ends = []
    for line in (shown.any(dim=1), shown.any(dim=2)):  # columns, rows (B, S)
        number = torch.arange(line.shape[1], device=line.device)
        first = torch.where(line, number, line.shape[1]).amin(dim=1)
        ends.append((first, torch.where(line, number + 1, 0).amax(dim=1)))
    (x0, x1), (y0, y1) = ends
    return torch.stack([x0, y0, x1, y1], dim=1)


def visible_boxes(rooms: RoomBatch) -> torch.Tensor:
    """Returns the boxes (B, K, 4) of the visible pixels of each object; empty ones are 0."""
    which = rooms.which[:, ::2, ::2]  # half the resolution is exact enough
    side = which.shape[-1]
    rows = []
    for k in range(rooms.boxes.shape[1]):
        shown = which == k
        ends = []
        for line in (shown.any(dim=1), shown.any(dim=2)):  # columns, rows (B, S)
            number = torch.arange(side, device=line.device)
            first = torch.where(line, number, side).amin(dim=1)
            ends.append((first, torch.where(line, number + 1, 0).amax(dim=1)))
        (x0, x1), (y0, y1) = ends
        rows.append(torch.stack([x0, y0, x1, y1], dim=1) / side)
    boxes = torch.stack(rows, dim=1)
    return torch.where(boxes[..., :1] < boxes[..., 2:3], boxes, 0.0)


def box_overlap(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Returns the intersection over union (...) of boxes (..., 4)."""
    low, high = torch.maximum(a[..., :2], b[..., :2]), torch.minimum(a[..., 2:], b[..., 2:])
    shared = (high - low).clamp_min(0).prod(dim=-1)
    return shared / (box_area(a) + box_area(b) - shared).clamp_min(1e-9)


def other_pictures(rooms: RoomBatch, seed: int) -> RoomBatch:
    """Returns for each picture another one of the batch."""
    shift = 1 + seed % max(len(rooms) - 1, 1)
    return RoomBatch(*(getattr(rooms, field.name).roll(shift, 0) for field in fields(rooms)))


def with_fewer(rooms: RoomBatch, most: int) -> RoomBatch:
    """Returns the rooms with the `most` objects of each picture that have most pixels."""
    pixels = count_pixels(rooms.which, rooms.boxes.shape[1])
    order = pixels.argsort(dim=1, descending=True)[:, :most]
    number = torch.full_like(pixels, -1, dtype=torch.long)
    number.scatter_(1, order, torch.arange(order.shape[1], device=order.device).expand_as(order))
    number = F.pad(number, (1, 0), value=-1)  # row 0 is that of pixels without object
    which = number.gather(1, rooms.which.flatten(1) + 1).view_as(rooms.which)
    values = {
        name: getattr(rooms, name).gather(1, order)
        for name in ("category", "is_target", "is_ignored")
    }
    boxes = rooms.boxes.gather(1, order[..., None].expand(-1, -1, 4))
    return RoomBatch(image=rooms.image, which=which, boxes=boxes, **values)


def of_objects(which: torch.Tensor, chosen: torch.Tensor) -> torch.Tensor:
    """Tells which pixels (B, S, S) show one of the chosen (B, K) objects."""
    table = F.pad(chosen, (1, 0), value=False)  # column 0 is that of pixels without object
    return table.gather(1, which.flatten(1) + 1).view_as(which)
