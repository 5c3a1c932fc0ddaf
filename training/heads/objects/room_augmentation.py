"""Changes pictures of rooms so that one rendered picture serves many training steps.

augment = RoomAugmentation(grounds)              # (N, 3, P, P) photographs without furniture
rooms = augment(rooms, seed=7)                   # RoomBatch; a function of rooms and seed alone

In this order: the picture is mirrored, a part of it is enlarged, and a frame is cut off; some
pictures keep only a few pieces and get another ground, plain or a photograph; some receive pieces
of another picture of the batch (copy-paste, Ghiasi et al. 2021); the colours change.
"""

from dataclasses import replace

import torch
import torch.nn.functional as F

from training.heads.objects.room_geometry import (
    box_overlap,
    cut,
    flipped,
    is_padding,
    of_objects,
    other_pictures,
    visible_boxes,
    with_fewer,
    with_flags,
)
from training.studio.room_batches import RoomBatch
from voxel_model import VoxelModel, normalize

MIRRORED, ENLARGED, FRAMED = 0.5, 0.6, 0.4  # shares of the pictures
NEW_GROUND, PASTED = 0.4, 0.35
ALONE, PHOTO_GROUND = 0.6, 0.3  # of the pictures with a new ground
MAX_FURNITURE = 0.003  # share of a photograph that the mask head may take for furniture
LARGEST_ZOOM = 3.0
ASPECT = 0.12  # deviation of the logarithm of width over height
WHOLE = 0.85  # IoU of box and visible pixels from which a piece is not covered by others
MAX_OBJECTS = 14  # of a picture after pasting; those with the fewest pixels are left out
SHADOW = 5  # cells of 8 pixels, width of the shadow on a new ground


class RoomAugmentation:
    """Random changes of pictures of rooms.

    Parameters
    ----------
    grounds : Tensor, (N, 3, P, P) float32 or uint8
        Photographs without furniture, sRGB, on the device of the rooms; float in [0, 1].
    """

    def __init__(self, grounds: torch.Tensor):
        self.grounds = grounds

    @torch.no_grad()
    def __call__(self, rooms: RoomBatch, seed: int) -> RoomBatch:
        """Returns changed pictures."""
        generator = torch.Generator(rooms.image.device).manual_seed(seed)
        rooms = flipped(rooms, _chance(MIRRORED, len(rooms), generator))
        rooms = cut(rooms, draw_windows(rooms, generator), draw_frames(len(rooms), generator))
        rooms = self._with_new_grounds(rooms, generator)
        rooms = pasted(rooms, other_pictures(rooms, seed), generator)
        image = torch.where(is_padding(rooms), rooms.image, recolored(rooms.image, generator))
        return replace(rooms, image=image)

    def _with_new_grounds(self, rooms: RoomBatch, generator: torch.Generator) -> RoomBatch:
        """Returns pictures, some of them with a few pieces before another ground."""
        n, side = len(rooms), rooms.image.shape[-1]
        kept = draw_kept(rooms, generator)
        chosen = _chance(NEW_GROUND, n, generator) & kept.any(dim=1)
        ground = plain_grounds(n, side, generator)
        if len(self.grounds):
            photo = _draw_photos(self.grounds, n, side, generator)
            use = _chance(PHOTO_GROUND, n, generator)
            ground = torch.where(use[:, None, None, None], photo, ground)
        kept = torch.where(chosen[:, None], kept, True)
        shown = of_objects(rooms.which, kept) | ~chosen[:, None, None]
        alpha = softened(shown)
        image = ground * (1 - _shadow(shown, generator)) * (1 - alpha) + rooms.image * alpha
        old = ~chosen[:, None, None, None] | is_padding(rooms)
        image = torch.where(old, rooms.image, image)
        return with_flags(
            replace(
                rooms,
                image=image,
                which=torch.where(shown, rooms.which, -1),
                is_target=rooms.is_target & kept,
                is_ignored=rooms.is_ignored & kept,
            )
        )


@torch.no_grad()
def without_furniture(model: VoxelModel, photos: torch.Tensor) -> torch.Tensor:
    """Returns those of the photographs (N, 3, P, P) uint8 that show no furniture to the model.

    Furniture on a ground is no target, so that the head would learn to overlook it.
    """
    size, kept = model.config.image_size, []
    for part in photos.split(32):
        image = F.interpolate(part.float() / 255, (size, size), mode="bilinear", antialias=True)
        shown = model.mask_logits(normalize(image)) > 0
        kept.append(part[shown.float().mean(dim=(1, 2, 3)) < MAX_FURNITURE])
    return torch.cat(kept)


def draw_windows(rooms: RoomBatch, generator: torch.Generator) -> torch.Tensor:
    """Draws the part (B, 4) x0, y0, x1, y1 of each picture that is enlarged; it shows a piece."""
    n, device = len(rooms), rooms.image.device
    piece = (rooms.is_target + 1e-6).multinomial(1, generator=generator)
    box = rooms.boxes.gather(1, piece[..., None].expand(-1, -1, 4))[:, 0]
    longest = (box[:, 2:] - box[:, :2]).amax(dim=1, keepdim=True)
    wanted = 0.25 + 0.75 * torch.rand(n, 1, generator=generator, device=device)
    zoom = (wanted / longest.clamp_min(0.05)).clamp(1, LARGEST_ZOOM)
    zoom = torch.where(_chance(ENLARGED, n, generator)[:, None], zoom, 1.0)
    stretch = (ASPECT * torch.randn(n, 1, generator=generator, device=device)).exp()
    size = (torch.cat([stretch, 1 / stretch], dim=1) / zoom).clamp(max=1.0)
    middle = (box[:, :2] + box[:, 2:]) / 2
    place = torch.rand(n, 2, generator=generator, device=device)  # of the piece in the part
    low = (middle - size * (0.2 + 0.6 * place)).clamp_min(0).minimum(1 - size)
    return torch.cat([low, low + size], dim=1)


def draw_frames(count: int, generator: torch.Generator) -> torch.Tensor:
    """Draws the frame (B, 4) of the photograph in its square: full width or full height."""
    device = generator.device
    share = 0.55 + 0.45 * torch.rand(count, generator=generator, device=device)
    share = torch.where(_chance(FRAMED, count, generator), share, 1.0)
    upright = _chance(0.5, count, generator)
    half = torch.stack([torch.where(upright, share, 1.0), torch.where(upright, 1.0, share)], 1) / 2
    return torch.cat([0.5 - half, 0.5 + half], dim=1)


def draw_kept(rooms: RoomBatch, generator: torch.Generator) -> torch.Tensor:
    """Draws which pieces (B, K) stay on a new ground: one, or some; none that others cover."""
    free = rooms.is_target & (box_overlap(visible_boxes(rooms), rooms.boxes) > WHOLE)
    rank = torch.rand(free.shape, generator=generator, device=free.device) * free
    one = (rank == rank.amax(dim=1, keepdim=True)) & free
    some = free & (rank > 0.4)
    return torch.where(_chance(ALONE, len(rooms), generator)[:, None], one, some | one)


def pasted(rooms: RoomBatch, other: RoomBatch, generator: torch.Generator) -> RoomBatch:
    """Returns the pictures; in some, pieces of `other` are pasted in front of their own."""
    taken = draw_kept(other, generator) & _chance(PASTED, len(rooms), generator)[:, None]
    shown = of_objects(other.which, taken)
    alpha = softened(shown)
    count = rooms.boxes.shape[1]
    joined = {
        name: torch.cat([getattr(rooms, name), getattr(other, name)], dim=1)
        for name in ("boxes", "category")
    }
    merged = with_flags(
        RoomBatch(
            image=other.image * alpha + rooms.image * (1 - alpha),
            which=torch.where(shown, other.which + count, rooms.which),
            **joined,
            is_target=torch.cat([rooms.is_target, taken], dim=1),
            is_ignored=torch.cat([rooms.is_ignored, torch.zeros_like(taken)], dim=1),
        )
    )
    return with_fewer(merged, MAX_OBJECTS)


def plain_grounds(count: int, side: int, generator: torch.Generator) -> torch.Tensor:
    """Draws grounds (B, 3, S, S) of one colour with a slope; most are near white or gray."""
    device = generator.device
    rand = lambda *shape: torch.rand(*shape, generator=generator, device=device)  # noqa: E731
    gray = 1 - 0.7 * rand(count, 1) ** 3
    tint = torch.where(_chance(0.3, count, generator)[:, None], 0.5, 0.06)
    color = (gray + tint * (rand(count, 3) - 0.5))[..., None, None]
    line = torch.linspace(-0.5, 0.5, side, device=device)
    slope = 0.25 * (rand(count, 2, 1, 1, 1) - 0.5)
    ramp = slope[:, 0] * line[:, None] + slope[:, 1] * line  # (B, 1, S, S)
    white = _chance(0.35, count, generator)[:, None, None, None]
    return torch.where(white, 1.0, color + ramp).clamp(0, 1).expand(-1, 3, -1, -1)


def recolored(image: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Changes exposure, contrast, saturation, white balance and sharpness of pictures."""
    n = len(image)

    def around(spread: float, channels: int = 1) -> torch.Tensor:
        values = torch.randn(n, channels, generator=generator, device=image.device)
        return (spread * values).clamp(-2 * spread, 2 * spread).exp()[..., None, None]

    blurred = F.avg_pool2d(F.pad(image, (1, 1, 1, 1), mode="replicate"), 3, 1)
    image = torch.where(_chance(0.2, n, generator)[:, None, None, None], blurred, image)
    gray = image.mean(dim=1, keepdim=True)
    saturation = torch.where(_chance(0.08, n, generator)[:, None, None, None], 0.0, around(0.35))
    image = gray + (image - gray) * saturation
    image = (image - 0.5) * around(0.2) + 0.5
    return (image * around(0.2) * around(0.06, 3)).clamp(0, 1) ** around(0.2)


def _draw_photos(grounds: torch.Tensor, count: int, side: int, generator) -> torch.Tensor:
    """Draws photographs (B, 3, S, S), half of them mirrored, as a part of at least two thirds."""
    index = torch.randint(len(grounds), (count,), generator=generator, device=grounds.device)
    photo = grounds[index]
    if photo.dtype == torch.uint8:
        photo = photo.float() / 255
    size = 1 - torch.rand(count, generator=generator, device=grounds.device) / 3
    sign = torch.where(_chance(0.5, count, generator), size, -size)
    zero = torch.zeros_like(size)
    turn = torch.stack([sign, zero, zero, zero, size, zero], dim=1).view(-1, 2, 3)
    grid = F.affine_grid(turn, [count, 3, side, side], align_corners=False)
    return F.grid_sample(photo, grid, align_corners=False)


def softened(shown: torch.Tensor) -> torch.Tensor:
    """Returns weights (B, 1, S, S) that fall at the edge of a mask, inside it."""
    mask = shown[:, None].float()
    return torch.minimum(mask, F.avg_pool2d(mask, 3, 1, 1, count_include_pad=False))


def _shadow(shown: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Draws the share (B, 1, S, S) of light that pieces keep from the ground near their feet."""
    n, half = len(shown), SHADOW // 2
    mask = F.avg_pool2d(shown[:, None].float(), 8)
    mask = F.avg_pool2d(mask, SHADOW, 1, half)
    below = F.pad(mask, (0, 0, half, 0))[:, :, : mask.shape[2]]
    below = F.interpolate(below, shown.shape[1:], mode="bilinear")
    depth = 0.6 * torch.rand(n, 1, 1, 1, generator=generator, device=shown.device)
    return below * depth


def _chance(share: float, count: int, generator: torch.Generator) -> torch.Tensor:
    """Returns `count` bools that are True with a probability."""
    return torch.rand(count, generator=generator, device=generator.device) < share
