"""Turns linear light into a saved photograph: exposure, blur, noise, JPEG and the photo's edge."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F

from images.preprocessing import PADDING_GRAY
from training.studio.random_numbers import CAMERA_NUMBERS, Draw
from training.studio.scenes.scene import Scene

MEAN_LIGHT = 0.27  # mean linear light that the exposure aims at; 0.5 of the sRGB scale is 0.22
MAX_GAIN = 2.0  # limits the exposure: a dark scene stays dark, and black leather black
# luminance quantisation of JPEG (ITU T.81, table K.1)
QUANTISATION = (
    (16, 11, 10, 16, 24, 40, 51, 61),
    (12, 12, 14, 19, 26, 58, 60, 55),
    (14, 13, 16, 24, 40, 57, 69, 56),
    (14, 17, 22, 29, 51, 87, 80, 62),
    (18, 22, 37, 56, 68, 109, 103, 77),
    (24, 35, 55, 64, 81, 104, 113, 92),
    (49, 64, 78, 87, 103, 121, 120, 101),
    (72, 92, 95, 98, 112, 100, 103, 99),
)


@dataclass
class Exposure:
    """Camera settings of B pictures; each is (B, 1, 1, 1) unless stated."""

    white_balance: torch.Tensor  # (B, 3, 1, 1) gain of each channel
    gamma: torch.Tensor  # exponent from linear light to the saved value
    saturation: torch.Tensor
    contrast: torch.Tensor
    brightness: torch.Tensor
    gray: torch.Tensor  # bool, black-and-white film
    blur_kind: torch.Tensor  # in [0, 1]; below 0.5 narrow, below 0.75 wide, else half resolution
    blur_share: torch.Tensor  # share of the blurred picture in the blend, in [0, 1]
    grain: torch.Tensor  # standard deviation of the noise
    quality: torch.Tensor  # factor of JPEG's quantisation table
    uncompressed: torch.Tensor  # bool, no JPEG


def draw_exposure(numbers: torch.Tensor) -> Exposure:
    """Draws the camera settings of each picture.

    Parameters
    ----------
    numbers : torch.Tensor
        (B, NUMBERS) uniform random numbers; the last CAMERA_NUMBERS are used.
    """
    draw = Draw(numbers[:, -CAMERA_NUMBERS:])
    one = (1, 1, 1)
    return Exposure(
        white_balance=(0.06 * draw.normal(3, 1, 1)).exp(),
        gamma=1 / draw.uniform(1.9, 2.5, *one),
        saturation=draw.uniform(0.35, 1.1, *one),
        contrast=draw.uniform(0.95, 1.4, *one),
        brightness=0.04 * draw.normal(*one),
        gray=draw.chance(0.03, *one),
        blur_kind=draw.uniform(0, 1, *one),
        blur_share=torch.where(draw.chance(0.5, *one), 0.0, draw.uniform(0, 1, *one)),
        grain=draw.uniform(0, 1, *one) ** 3 * 0.03,
        quality=draw.log(0.1, 1.3, *one),
        uncompressed=draw.chance(0.33, *one),
    )


def draw_noise(linear: torch.Tensor, seed: int) -> torch.Tensor:
    """Draws standard normal noise of the shape of `linear`, on its device."""
    generator = torch.Generator(linear.device).manual_seed(seed + 1)
    return torch.randn(linear.shape, generator=generator, device=linear.device)


def photograph(
    exposure: Exposure,
    noise: torch.Tensor,
    linear: torch.Tensor,
    mask: torch.Tensor,
    scene: Scene,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Develops rendered pictures and crops them to the photographs.

    Parameters
    ----------
    exposure : Exposure
        Camera settings of B pictures.
    noise : torch.Tensor
        (B, 3, S, S) standard normal.
    linear : torch.Tensor
        (B, 3, S, S) linear RGB.
    mask : torch.Tensor
        (B, 1, S, S) visible mask.
    scene : Scene
        Scenes of the pictures.

    Returns
    -------
    image : torch.Tensor
        (B, 3, S, S) sRGB in [0, 1].
    mask : torch.Tensor
        (B, 1, S, S), 0 outside the photograph.
    """
    return mask_outside_photo(develop(exposure, noise, linear), mask, scene)


def develop(exposure: Exposure, noise: torch.Tensor, linear: torch.Tensor) -> torch.Tensor:
    """Converts linear light to sRGB as a camera saves it.

    Parameters
    ----------
    exposure : Exposure
        Camera settings of B pictures.
    noise : torch.Tensor
        (B, 3, S, S) standard normal.
    linear : torch.Tensor
        (B, 3, S, S) linear RGB.

    Returns
    -------
    torch.Tensor
        (B, 3, S, S) sRGB in [0, 1].
    """
    image = linear * exposure_gain(linear) * exposure.white_balance
    image = image.clamp(1e-5, 1.0) ** exposure.gamma
    gray = image.mean(dim=1, keepdim=True)
    image = gray + (image - gray) * torch.where(exposure.gray, 0.0, exposure.saturation)
    image = 0.5 + (image - 0.5) * exposure.contrast + exposure.brightness
    image = _soften(exposure, image.clamp(0, 1)) + exposure.grain * noise
    return _jpeg(exposure, image.clamp(0, 1))


def exposure_gain(linear: torch.Tensor) -> torch.Tensor:
    """Returns the gain (B, 1, 1, 1), from 1 to MAX_GAIN, that brightens dark pictures."""
    mean = linear.clamp(0, 1).mean(dim=(1, 2, 3), keepdim=True)
    return (MEAN_LIGHT / mean.clamp_min(1e-3)).clamp(1.0, MAX_GAIN)


def mask_outside_photo(
    image: torch.Tensor, mask: torch.Tensor, scene: Scene
) -> tuple[torch.Tensor, torch.Tensor]:
    """Fills the part of the crop outside the photograph with grey and clears its mask.

    Parameters
    ----------
    image : torch.Tensor
        (B, 3, S, S) sRGB.
    mask : torch.Tensor
        (B, 1, S, S).
    scene : Scene
        `window` is the crop and `photo` the photograph, both in the image plane.

    Returns
    -------
    image, mask : torch.Tensor
        Of the same shapes.
    """
    size = image.shape[-1]
    step = (torch.arange(size, device=image.device) + 0.5) / size * 2 - 1
    u = scene.window[:, 0:1] + scene.window[:, 2:3] * step  # (B, S)
    v = scene.window[:, 1:2] - scene.window[:, 2:3] * step
    in_u = (u >= scene.photo[:, 0:1]) & (u <= scene.photo[:, 2:3])
    in_v = (v >= scene.photo[:, 1:2]) & (v <= scene.photo[:, 3:4])
    inside = (in_v[:, :, None] & in_u[:, None, :])[:, None]
    return torch.where(inside, image, PADDING_GRAY / 255), mask * inside


def _soften(exposure: Exposure, image: torch.Tensor) -> torch.Tensor:
    """Blends the sharp picture with a blurred one or one of half the resolution."""
    narrow = _blur(image, (0.25, 0.5, 0.25))
    wide = _blur(narrow, (0.1, 0.2, 0.4, 0.2, 0.1))
    small = F.interpolate(F.avg_pool2d(image, 2), scale_factor=2.0, mode="bilinear")
    kind = exposure.blur_kind
    blurred = torch.where(kind < 0.5, narrow, torch.where(kind < 0.75, wide, small))
    return image + exposure.blur_share * (blurred - image)


def _blur(image: torch.Tensor, taps: tuple[float, ...]) -> torch.Tensor:
    """Separable blur by shifted sums; edge pixels are repeated."""
    for axis in (2, 3):
        half = len(taps) // 2
        pad = [0, 0, half, half] if axis == 2 else [half, half, 0, 0]
        padded = F.pad(image, pad, mode="replicate")
        size = image.shape[axis]
        image = sum(w * padded.narrow(axis, i, size) for i, w in enumerate(taps))
    return image


def _jpeg(exposure: Exposure, image: torch.Tensor) -> torch.Tensor:
    """Rounds the cosine coefficients of 8 x 8 tiles, as JPEG does at qualities of 25 to 95."""
    b = len(image)
    index = torch.arange(8, device=image.device, dtype=torch.float32)
    cosine = torch.cos((2 * index[None] + 1) * index[:, None] * torch.pi / 16) * 0.5
    cosine[0] *= 0.5**0.5
    both = torch.kron(cosine, cosine)  # (64, 64): transforms both axes of a flat tile at once
    table = torch.tensor(QUANTISATION, device=image.device, dtype=torch.float32) / 255
    step = table.flatten() * exposure.quality.view(b, 1, 1)
    tiles = image.unflatten(3, (-1, 8)).unflatten(2, (-1, 8)).transpose(3, 4)  # (B, 3, h, w, 8, 8)
    waves = (tiles.reshape(b, -1, 64) - 0.5) @ both.T
    waves = (waves / step).round() * step
    coded = (waves @ both + 0.5).view(tiles.shape).transpose(3, 4).reshape(image.shape).clamp(0, 1)
    return torch.where(exposure.uncompressed, image, coded)
