"""From linear light to what a camera saves: exposure, blur, noise, JPEG, and the photo's edge."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F

from images.preprocessing import PADDING_GRAY
from training.studio.random_numbers import CAMERA_NUMBERS, Draw
from training.studio.scenes.scene import Scene

MEAN_LIGHT = 0.27  # mean linear light that a camera aims at; 0.5 of the sRGB scale is 0.22
MOST_GAIN = 2.0  # beyond it a dark scene stays dark, and black leather black
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
class Camera:
    """How one batch is exposed and saved; all (B, 1, 1, 1) but where said."""

    balance: torch.Tensor  # (B, 3, 1, 1) white balance
    gamma: torch.Tensor
    saturation: torch.Tensor
    contrast: torch.Tensor
    brightness: torch.Tensor
    gray: torch.Tensor  # bool, black-and-white film
    blur: torch.Tensor  # in [0, 1], which kind
    blurred: torch.Tensor  # share of it
    grain: torch.Tensor
    quality: torch.Tensor  # factor of JPEG's table
    spared: torch.Tensor  # bool, no JPEG


def draw_camera(numbers: torch.Tensor) -> Camera:
    """The camera of each row of a batch's random numbers."""
    draw = Draw(numbers[:, -CAMERA_NUMBERS:])
    one = (1, 1, 1)
    return Camera(
        balance=(0.06 * draw.normal(3, 1, 1)).exp(),
        gamma=1 / draw.uniform(1.9, 2.5, *one),
        saturation=draw.uniform(0.4, 1.15, *one),
        contrast=draw.uniform(0.75, 1.2, *one),
        brightness=0.04 * draw.normal(*one),
        gray=draw.chance(0.03, *one),
        blur=draw.uniform(0, 1, *one),
        blurred=torch.where(draw.chance(0.35, *one), 0.0, draw.uniform(0, 1, *one)),
        grain=draw.uniform(0, 1, *one) ** 3 * 0.03,
        quality=draw.log(0.1, 1.3, *one),
        spared=draw.chance(0.33, *one),
    )


def draw_noise(linear: torch.Tensor, seed: int) -> torch.Tensor:
    """Standard normal numbers of a picture's shape, on its device."""
    generator = torch.Generator(linear.device).manual_seed(seed + 1)
    return torch.randn(linear.shape, generator=generator, device=linear.device)


def photograph(camera: Camera, noise, linear, mask, scene: Scene):
    """sRGB picture (B, 3, S, S) as a camera saves it, and visible mask, of `render`'s two."""
    return frame(develop(camera, noise, linear), mask, scene)


def develop(camera: Camera, noise: torch.Tensor, linear: torch.Tensor) -> torch.Tensor:
    """(B, 3, S, S) linear light -> sRGB in [0, 1] as a camera would have saved it."""
    image = (linear * expose(linear) * camera.balance).clamp(1e-5, 1.0) ** camera.gamma
    gray = image.mean(dim=1, keepdim=True)
    image = gray + (image - gray) * torch.where(camera.gray, 0.0, camera.saturation)
    image = 0.5 + (image - 0.5) * camera.contrast + camera.brightness
    image = _soften(camera, image.clamp(0, 1)) + camera.grain * noise
    return _jpeg(camera, image.clamp(0, 1))


def expose(linear: torch.Tensor) -> torch.Tensor:
    """(B, 1, 1, 1) gain of a camera that brightens dark rooms and leaves bright ones."""
    mean = linear.clamp(0, 1).mean(dim=(1, 2, 3), keepdim=True)
    return (MEAN_LIGHT / mean.clamp_min(1e-3)).clamp(1.0, MOST_GAIN)


def frame(image: torch.Tensor, mask: torch.Tensor, scene: Scene):
    """Grey where the crop leaves the photograph, and no mask there."""
    size = image.shape[-1]
    step = (torch.arange(size, device=image.device) + 0.5) / size * 2 - 1
    u = scene.window[:, 0:1] + scene.window[:, 2:3] * step  # (B, S)
    v = scene.window[:, 1:2] - scene.window[:, 2:3] * step
    in_u = (u >= scene.photo[:, 0:1]) & (u <= scene.photo[:, 2:3])
    in_v = (v >= scene.photo[:, 1:2]) & (v <= scene.photo[:, 3:4])
    inside = (in_v[:, :, None] & in_u[:, None, :])[:, None]
    return torch.where(inside, image, PADDING_GRAY / 255), mask * inside


def _soften(camera: Camera, image: torch.Tensor) -> torch.Tensor:
    """A blend of the sharp picture with blurred and shrunk ones, in random shares."""
    narrow = _blur(image, (0.25, 0.5, 0.25))
    wide = _blur(narrow, (0.1, 0.2, 0.4, 0.2, 0.1))
    small = F.interpolate(F.avg_pool2d(image, 2), scale_factor=2.0, mode="bilinear")
    kind = camera.blur
    blurred = torch.where(kind < 0.5, narrow, torch.where(kind < 0.75, wide, small))
    return image + camera.blurred * (blurred - image)


def _blur(image: torch.Tensor, taps: tuple[float, ...]) -> torch.Tensor:
    """Separable blur by shifted sums, the edge repeated."""
    for axis in (2, 3):
        half = len(taps) // 2
        pad = [0, 0, half, half] if axis == 2 else [half, half, 0, 0]
        padded = F.pad(image, pad, mode="replicate")
        size = image.shape[axis]
        image = sum(w * padded.narrow(axis, i, size) for i, w in enumerate(taps))
    return image


def _jpeg(camera: Camera, image: torch.Tensor) -> torch.Tensor:
    """Rounds 8x8 cosine coefficients as JPEG does at qualities of about 25 to 95."""
    b = len(image)
    index = torch.arange(8, device=image.device, dtype=torch.float32)
    cosine = torch.cos((2 * index[None] + 1) * index[:, None] * torch.pi / 16) * 0.5
    cosine[0] *= 0.5**0.5
    both = torch.kron(cosine, cosine)  # both axes in one product of tiles with a (64, 64) matrix
    table = torch.tensor(QUANTISATION, device=image.device, dtype=torch.float32) / 255
    step = table.flatten() * camera.quality.view(b, 1, 1)
    tiles = image.unflatten(3, (-1, 8)).unflatten(2, (-1, 8)).transpose(3, 4)  # (B, 3, h, w, 8, 8)
    waves = (tiles.reshape(b, -1, 64) - 0.5) @ both.T
    waves = (waves / step).round() * step
    coded = (waves @ both + 0.5).view(tiles.shape).transpose(3, 4).reshape(image.shape).clamp(0, 1)
    return torch.where(camera.spared, image, coded)
