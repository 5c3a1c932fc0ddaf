"""Pictures of furnished rooms with all pieces known: boxes, categories and visible masks.

rooms = FurnishedRooms(studio)
batch = rooms.batch(step=0, size=8)      # RoomBatch
"""

from dataclasses import dataclass

import torch

from training.studio.random_numbers import random_numbers
from training.studio.scenes.furnished_rooms import (
    FURNISHED_NUMBERS,
    draw_furnished,
    object_boxes,
)
from training.studio.scenes.layouts import Layout
from training.studio.scenes.scene import Scene
from training.studio.studio import Studio

MIN_PIXELS = 40  # visible ones of a piece at 224 pixels a side; fewer are no target
MIN_VISIBLE = 0.15  # share of a piece's box that its visible pixels fill; chairs fill about 0.35
MIN_IN_FRAME = 0.3  # share of a piece's box inside the photograph
STREAM = 7  # tells these random numbers from those of the studio's own pictures


@dataclass
class RoomBatch:
    """B pictures of rooms with K objects each."""

    image: torch.Tensor  # (B, 3, S, S) float32 sRGB in [0, 1]; the photograph in its square
    which: torch.Tensor  # (B, S, S) int64, object that a pixel shows, -1 for none
    boxes: torch.Tensor  # (B, K, 4) x0, y0, x1, y1 as shares of S: whole object, cut by the photo
    category: torch.Tensor  # (B, K) int64
    is_target: torch.Tensor  # (B, K) bool, pieces that are to be found
    is_ignored: torch.Tensor  # (B, K) bool, pieces that are hardly visible: neither right nor wrong

    def __len__(self) -> int:
        """Number of pictures."""
        return len(self.image)


class FurnishedRooms:
    """Renders rooms with the shapes, assets and camera of a studio.

    Parameters
    ----------
    studio : Studio
        Its bank advances with the steps of the rooms.
    """

    def __init__(self, studio: Studio):
        self.studio = studio

    def batch(self, step: int, size: int) -> RoomBatch:
        """Renders the batch of a step: a function of the studio, step and size alone."""
        return self.sample(step, size)[0]

    @torch.no_grad()
    def sample(self, step: int, size: int) -> tuple[RoomBatch, Scene]:
        """Renders the batch of a step; returns its scenes too, which know cameras and places."""
        studio = self.studio
        studio.bank.advance(step)
        seed = hash((studio.seed, step, STREAM)) % 2**62
        numbers = random_numbers(size, studio.device, seed, FURNISHED_NUMBERS)
        scene, layout = draw_furnished(numbers, studio.bank, studio.assets)
        rays, hits, ends, light = studio.trace(scene)
        image, mask, _ = studio.shade(scene, rays, hits, ends, light)
        image, inside = studio.develop(scene, numbers, seed, image, torch.ones_like(mask))
        which = torch.where(hits[3] >= 0, hits[3], hits[-1]).long()  # what lies below a cover
        which = which.view(size, *image.shape[-2:])
        which = torch.where(inside[:, 0] > 0, which, -1)
        return self._with_targets(scene, layout, image, which), scene

    def _with_targets(
        self, scene: Scene, layout: Layout, image: torch.Tensor, which: torch.Tensor
    ) -> RoomBatch:
        """Joins pictures with the boxes of their pieces."""
        side, bank = image.shape[-1], self.studio.bank
        whole = to_square(object_boxes(scene, bank), scene.window)
        photo = to_square(scene.photo[:, None], scene.window)
        low = torch.maximum(whole[..., :2], photo[..., :2])
        high = torch.minimum(whole[..., 2:], photo[..., 2:])
        boxes = torch.cat([low, torch.maximum(low, high)], dim=-1)
        pixels = count_pixels(which, boxes.shape[1])
        in_frame = box_area(boxes) > MIN_IN_FRAME * box_area(whole)
        target = layout.is_piece & in_frame & is_visible(pixels, boxes, side)
        ignored = layout.is_piece & ~target & (pixels > 0)
        category = bank.category[scene.slot]
        return RoomBatch(image, which, boxes, category, target, ignored)


def to_square(boxes: torch.Tensor, window: torch.Tensor) -> torch.Tensor:
    """Converts boxes of the image plane to shares of the picture's side, y down.

    Parameters
    ----------
    boxes : torch.Tensor
        (n, K, 4) u0, v0, u1, v1, v up.
    window : torch.Tensor
        (n, 3) centre u, centre v, half side of the picture.
    """
    u0, v0, u1, v1 = ((boxes[..., i] - window[:, None, i % 2]) / window[:, 2:] for i in range(4))
    return torch.stack([u0 + 1, 1 - v1, u1 + 1, 1 - v0], dim=-1) / 2


def count_pixels(which: torch.Tensor, count: int) -> torch.Tensor:
    """Counts the pixels (n, K) float32 that show each of `count` objects; which (n, S, S)."""
    flat = which.flatten(1) + 1
    pixels = torch.zeros(len(flat), count + 1, device=flat.device)
    return pixels.scatter_add_(1, flat, torch.ones_like(flat, dtype=torch.float32))[:, 1:]


def is_visible(pixels: torch.Tensor, boxes: torch.Tensor, side: int) -> torch.Tensor:
    """Tells which objects (n, K) have enough visible pixels to be found.

    Parameters
    ----------
    pixels : torch.Tensor
        (n, K) visible pixels of pictures with `side` pixels a side.
    boxes : torch.Tensor
        (n, K, 4) shares of the side.
    side : int
        Pixels.
    """
    least = MIN_PIXELS * (side / 224) ** 2
    return (pixels > least) & (pixels > MIN_VISIBLE * box_area(boxes) * side**2)


def box_area(boxes: torch.Tensor) -> torch.Tensor:
    """Returns the areas (...) of boxes (..., 4)."""
    return (boxes[..., 2:] - boxes[..., :2]).clamp_min(0).prod(dim=-1)
