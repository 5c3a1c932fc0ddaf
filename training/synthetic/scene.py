"""Draws scenes: cameras as people hold them, rooms, neighbours, materials and light.

All draws are vectorised over the pictures of a batch and come from one `Draw`, so that a batch is
a function of its seed. Lengths are in the object's longest side.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import torch

from training.synthetic.assets import GROUPS, Assets
from training.synthetic.bank import ShapeBank
from training.synthetic.primitives import MATERIALS, MAX_PARTS
from training.synthetic.render import ROW, SURFACES, Scene
from voxel_model import CATEGORIES

MARGIN = 0.08  # VoxelConfig.crop_margin: what prediction adds around a box
WHOLE_SHARE = 0.28  # pictures shown whole, for the pass that finds the object
CUT_SHARE = 0.14  # pictures whose frame cuts the object, as in Pix3D (11 % truncated)
ROOM_SHARE, PLATE_SHARE = 0.45, 0.25  # the rest stands before a plain product background
TAIL = 0.12  # share of cameras from anywhere rather than where people stand
NEAR, ON_TOP, IN_FRONT = 0.38, 0.12, 0.12  # chances of a neighbour, by place
# per material: chance that the texture's own colour stays, specular, share of glass
NATURAL = dict(wood=0.7, fabric=0.3, leather=0.3, metal=0.45, plastic=0.1, painted=0.1)
NATURAL |= dict(glass=0.2, stone=0.8, paper=0.5)
SHINE = dict(wood=0.5, fabric=0.05, leather=0.6, metal=3.0, plastic=0.8, painted=0.6)
SHINE |= dict(glass=2.5, stone=0.6, paper=0.1)


class Draw:
    """Random tensors of `n` rows from one generator."""

    def __init__(self, n: int, device: torch.device, seed: int):
        self.n, self.device = n, device
        self.generator = torch.Generator(device).manual_seed(seed)

    def uniform(self, low=0.0, high=1.0, *shape: int) -> torch.Tensor:
        value = torch.rand(self.n, *shape, generator=self.generator, device=self.device)
        return low + (high - low) * value

    def normal(self, *shape: int) -> torch.Tensor:
        return torch.randn(self.n, *shape, generator=self.generator, device=self.device)

    def log(self, low: float, high: float, *shape: int) -> torch.Tensor:
        """Log-uniform between two positive numbers."""
        low, high = (torch.tensor(v, dtype=torch.float64).log().item() for v in (low, high))
        return self.uniform(low, high, *shape).exp()

    def index(self, count: int, *shape: int) -> torch.Tensor:
        return (self.uniform(0, count, *shape)).long().clamp_max(count - 1)

    def chance(self, share, *shape: int) -> torch.Tensor:
        return self.uniform(0, 1, *shape) < share


@dataclass
class Poses:
    """Azimuth and elevation (radians, our axes) of real photographs, for each category."""

    table: torch.Tensor  # (9, K, 2)

    @classmethod
    def load(cls, path: Path | None, device) -> "Poses":
        """From `poses.json`; without it from the spread that its percentiles describe."""
        if path is None or not path.is_file():
            generator = torch.Generator().manual_seed(0)
            azimuth = torch.randn(9, 512, generator=generator) * 0.7
            elevation = torch.exp(torch.randn(9, 512, generator=generator) * 0.6) * 0.3
            return cls(torch.stack([azimuth, elevation.clamp_max(1.2)], dim=-1).to(device))
        records = json.loads(path.read_text())
        rows = [
            [(-r["azimuth_deg"], r["elevation_deg"]) for r in records if r["category"] == name]
            for name in CATEGORIES
        ]
        longest = max(map(len, rows))
        table = torch.tensor([(row * longest)[:longest] for row in rows])
        return cls(torch.deg2rad(table).to(device))

    def draw(self, draw: Draw, category: torch.Tensor):
        """Azimuth and elevation (n,) radians."""
        real = self.table[category, draw.index(self.table.shape[1])]
        azimuth = real[:, 0] + 0.15 * draw.normal()
        elevation = real[:, 1] + 0.05 * draw.normal()
        free = draw.chance(TAIL)
        azimuth = torch.where(free, draw.uniform(-torch.pi, torch.pi), azimuth)
        elevation = torch.where(free, draw.uniform(-0.1, 1.05), elevation)
        return azimuth, elevation.clamp(-0.15, 1.25)


def draw_scene(draw: Draw, bank: ShapeBank, assets: Assets, poses: Poses, slot: torch.Tensor):
    """A scene around each of the shapes `slot` (n,), and its camera's azimuth and elevation."""
    slot = torch.stack([slot, draw.index(bank.slots)], dim=1)
    azimuth, elevation = poses.draw(draw, bank.category[slot[:, 0]])
    support = bank.support[slot[:, 0]]  # (n, K, 3)
    toward = torch.stack(
        [elevation.cos() * azimuth.sin(), elevation.sin(), elevation.cos() * azimuth.cos()], dim=1
    )
    # focal length over width (median 1.2) over the object's share of the width gives the distance
    focal = (draw.normal() * 0.4 + 0.18).exp().clamp(0.5, 6)
    eye = toward * (focal / draw.uniform(0.4, 1.0)).clamp(1.0, 12)[:, None]
    frame = _look(draw, eye)
    box = _project(eye, frame, support)
    photo, window = _framing(draw, box)
    floor = support[..., 1].amin(dim=1)
    yaw, scale, place = _neighbour(draw, bank, slot, support, eye, frame, floor)
    mode = draw.uniform()
    sky, sky_turn, harmonics, sun, sun_color = _light(draw, assets, toward)
    plates = len(assets.plates)
    plate = torch.where(mode < ROOM_SHARE + PLATE_SHARE, draw.index(plates), _PLAIN)
    plate = torch.where(mode < ROOM_SHARE, -1, plate)
    size = draw.uniform(0.5, 1.0)
    corner = draw.uniform(0, 1, 2) * (1 - size[:, None])
    scene = Scene(
        slot=slot,
        eye=eye,
        frame=frame,
        window=window,
        photo=photo,
        yaw=yaw,
        scale=scale,
        place=place,
        floor=floor,
        walls=_walls(draw, support, eye),
        rug=torch.cat([draw.normal(2) * 0.4, draw.uniform(0.0, 1.4, 2) - 0.3], dim=1),
        materials=_materials(draw, bank, assets, slot),
        sun=sun,
        sun_color=sun_color,
        harmonics=harmonics,
        sky=sky,
        sky_turn=sky_turn,
        plate=plate,
        plate_window=torch.cat([corner, size[:, None]], dim=1),
        plate_color=_plain_colors(draw),
        plate_shadow=torch.where(draw.chance(0.25), 0.0, draw.uniform(0.3, 1.0)),
        light_occlusion=draw.uniform(0.5, 1.2),
    )
    return scene, azimuth, elevation


_PLAIN = 10**6  # a plate number beyond every backdrop: the plain colour instead


def _look(draw: Draw, eye: torch.Tensor) -> torch.Tensor:
    """(n, 3, 3) right, up, forward: at the object, somewhat off, with a little roll."""
    forward = -torch.nn.functional.normalize(eye, dim=1)
    up = torch.zeros_like(forward)
    up[:, 1] = 1
    right = torch.nn.functional.normalize(torch.linalg.cross(forward, up), dim=1)
    up = torch.linalg.cross(right, forward)
    off = draw.normal(2, 1) * 0.08
    forward = torch.nn.functional.normalize(forward + off[:, 0] * right + off[:, 1] * up, dim=1)
    roll = draw.normal(1) * 0.03
    right = right * roll.cos() + up * roll.sin()
    right = torch.nn.functional.normalize(
        right - (right * forward).sum(dim=1, keepdim=True) * forward, dim=1
    )
    return torch.stack([right, torch.linalg.cross(right, forward), forward], dim=1)


def _project(eye, frame, points) -> torch.Tensor:
    """(n, 4) u0, v0, u1, v1 of points (n, K, 3) in the image plane."""
    seen = torch.einsum("nkc,nac->nka", points - eye[:, None], frame)
    flat = seen[..., :2] / seen[..., 2:].clamp_min(0.05)
    return torch.cat([flat.amin(dim=1), flat.amax(dim=1)], dim=1)


def _framing(draw: Draw, box: torch.Tensor):
    """What the photograph holds (n, 4), and the square crop (n, 3) that the network sees."""
    side = (box[:, 2:] - box[:, :2]).amax(dim=1, keepdim=True)
    room = side * draw.log(0.02, 1.0, 4)  # around the object, on each side
    cut = draw.chance(CUT_SHARE, 1) & (draw.index(4, 1) == torch.arange(4, device=box.device))
    extent = (box[:, 2:] - box[:, :2]).repeat(1, 2)
    room = torch.where(cut, -extent * draw.uniform(0.05, 0.4, 4), room)
    photo = torch.cat([box[:, :2] - room[:, :2], box[:, 2:] + room[:, 2:]], dim=1)
    visible = torch.cat(
        [torch.maximum(box[:, :2], photo[:, :2]), torch.minimum(box[:, 2:], photo[:, 2:])], dim=1
    )
    half = (visible[:, 2:] - visible[:, :2]).amax(dim=1) / 2
    center = (visible[:, :2] + visible[:, 2:]) / 2 + half[:, None] * 0.05 * draw.normal(2)
    half = half * (1 + 2 * MARGIN) * (0.06 * draw.normal()).exp()
    whole = draw.chance(WHOLE_SHARE)
    center = torch.where(whole[:, None], (photo[:, :2] + photo[:, 2:]) / 2, center)
    half = torch.where(whole, (photo[:, 2:] - photo[:, :2]).amax(dim=1) / 2, half)
    return photo, torch.cat([center, half[:, None]], dim=1)


def _walls(draw: Draw, support, eye) -> torch.Tensor:
    """(n, 2, 4): two upright planes at right angles behind the object, facing the camera."""
    heading = torch.atan2(eye[:, 0], eye[:, 2]) + draw.normal() * 0.5
    out = []
    for turn, low, far_share in ((0.0, 0.01, 0.15), (torch.pi / 2, 0.1, 0.5)):
        n = torch.stack(
            [(heading + turn).sin(), torch.zeros_like(heading), (heading + turn).cos()], dim=1
        )
        n = n * torch.where((n * eye).sum(dim=1, keepdim=True) >= 0, 1.0, -1.0)
        back = torch.einsum("nkc,nc->nk", support, n).amin(dim=1)
        gap = torch.where(draw.chance(far_share), 40.0, draw.log(low, 3.0))
        out.append(torch.cat([n, (back - gap)[:, None]], dim=1))
    return torch.stack(out, dim=1)


def _neighbour(draw: Draw, bank: ShapeBank, slot, support, eye, frame, floor):
    """Yaw (n,), scale (n,), centre (n, 3) of the second object; behind the camera if none."""
    kind = draw.uniform()
    on_top = (kind >= NEAR) & (kind < NEAR + ON_TOP)
    front = (kind >= NEAR + ON_TOP) & (kind < NEAR + ON_TOP + IN_FRONT)
    none = kind >= NEAR + ON_TOP + IN_FRONT
    scale = torch.where(on_top, draw.log(0.1, 0.4), draw.log(0.4, 1.6))
    scale = torch.where(front, draw.log(0.25, 0.8), scale)
    camera = torch.atan2(eye[:, 0], eye[:, 2])
    # beside and behind: away from the camera's line of sight
    heading = torch.where(front, camera + draw.normal() * 0.5, camera + torch.pi + draw.normal())
    toward = torch.stack([heading.sin(), torch.zeros_like(heading), heading.cos()], dim=1)
    other = bank.support[slot[:, 1]]
    reach = torch.einsum("nkc,nc->nk", support, toward).amax(dim=1)
    radius = other[..., [0, 2]].norm(dim=-1).amax(dim=1) * scale
    distance = reach + radius * draw.uniform(0.7, 1.0) + draw.log(0.01, 0.8)
    place = toward * distance[:, None]
    place[:, 1] = floor - other[..., 1].amin(dim=1) * scale
    # on top: some point of the footprint, at the height of what is solid there
    low, high = support.amin(dim=1), support.amax(dim=1)
    spot = low + (high - low) * draw.uniform(0.15, 0.85, 3)
    cell = ((spot + 0.5) * bank.cells).long().clamp(0, bank.cells - 1)
    height = bank.top[slot[:, 0], cell[:, 0], cell[:, 2]]
    spot[:, 1] = height - other[..., 1].amin(dim=1) * scale
    place = torch.where(on_top[:, None], spot, place)
    behind = eye - frame[:, 2] * 30
    place = torch.where(none[:, None], behind, place)
    return draw.uniform(-torch.pi, torch.pi), scale, place


def _light(draw: Draw, assets: Assets, toward):
    """Sky number, its turn, harmonics (n, 9, 3), sun direction and colour (n, 3)."""
    sky = draw.index(len(assets.skies))
    elevation, around = draw.uniform(0.35, 1.4), draw.uniform(-torch.pi, torch.pi)
    sun = torch.stack(
        [elevation.cos() * around.sin(), elevation.sin(), elevation.cos() * around.cos()], dim=1
    )
    warm = draw.normal(1) * 0.08
    tint = torch.cat([1 + warm, torch.ones_like(warm), 1 - warm], dim=1)
    strength = torch.where(draw.chance(0.6, 1), draw.log(0.1, 2.5, 1), 0.0)
    harmonics = assets.harmonics[sky]
    # a mean sky gives what it has of light from everywhere; normal photographs are exposed for it
    gray = harmonics[:, 0].mean(dim=1)[:, None, None] * 0.2821
    ambient = harmonics / gray.clamp_min(1e-3)
    colorless = ambient.mean(dim=2, keepdim=True)
    ambient = colorless + (ambient - colorless) * draw.uniform(0.0, 0.7, 1, 1)
    exposure = draw.log(0.65, 1.25, 1) / (1 + 0.4 * strength)
    return (
        sky,
        draw.uniform(-torch.pi, torch.pi),
        ambient * exposure[..., None],
        sun,
        strength * tint * exposure,
    )


def _plain_colors(draw: Draw) -> torch.Tensor:
    """(n, 3) linear colours of product backgrounds: mostly white, some grey, a few tinted."""
    gray = torch.where(draw.chance(0.7, 1), 1.0, draw.uniform(0.3, 1.0, 1))
    tinted = draw.uniform(0.2, 0.9, 3)
    return torch.where(draw.chance(0.15, 1), tinted, gray.expand(-1, 3))


def _paint(draw: Draw, *shape: int) -> torch.Tensor:
    """(n, *shape, 3) linear colours as furniture is dyed: whites, blacks, greys, browns, vivid."""
    kind = draw.uniform(0, 1, *shape)[..., None]
    tone = draw.uniform(0, 1, *shape)[..., None]
    vivid = draw.uniform(0, 1, *shape, 3) ** 2.0
    brown = torch.tensor([0.42, 0.24, 0.11], device=draw.device) * (0.15 + 1.6 * tone)
    color = torch.where(kind < 0.25, 0.6 + 0.35 * tone.expand_as(vivid), vivid * 0.9)
    color = torch.where((kind >= 0.25) & (kind < 0.42), 0.01 + 0.05 * tone, color)
    color = torch.where((kind >= 0.42) & (kind < 0.57), 0.08 + 0.4 * tone, color)
    color = torch.where((kind >= 0.57) & (kind < 0.72), brown, color)
    return (color * (1 + 0.06 * draw.normal(*shape, 3))).clamp(0.004, 0.95)


def _rows(draw: Draw, assets: Assets, group: torch.Tensor) -> torch.Tensor:
    """(n, K, ROW) material rows for group numbers (n, K)."""
    k = group.shape[1]
    natural = torch.tensor([*(NATURAL[m] for m in MATERIALS), 0.8, 0.4], device=draw.device)
    shine = torch.tensor([*(SHINE[m] for m in MATERIALS), 0.3, 0.05], device=draw.device)
    texture = assets.groups[group, draw.index(assets.groups.shape[1], k)]
    keep = draw.uniform(0, 1, k) < natural[group]
    own = assets.means[texture] * (1 + 0.15 * draw.normal(k, 1))
    color = torch.where(keep[..., None], own, _paint(draw, k)).clamp(0.004, 0.95)
    see_through = (group == MATERIALS.index("glass")) * draw.uniform(0.3, 0.85, k)
    strength = draw.uniform(0.15, 1.0, k) * torch.where(keep, 1.0, draw.uniform(0.0, 1.0, k))
    columns = [
        texture.float(),
        draw.log(0.7, 6.0, k),
        strength,
        (shine[group] * draw.uniform(0, 1, k)).clamp_max(2.5),
        see_through,
        draw.chance(0.5, k).float(),
    ]
    return torch.cat([color, torch.stack(columns, dim=-1)], dim=-1)


def _materials(draw: Draw, bank: ShapeBank, assets: Assets, slot) -> torch.Tensor:
    """(n, 2 * MAX_PARTS + SURFACES, ROW) for both objects, the floor, the walls and the rug."""
    group = bank.materials[slot].flatten(1)  # (n, 2 * MAX_PARTS)
    rows = _rows(draw, assets, group)
    # parts of one material mostly share their colour and cloth: take the first part's row
    halves = rows.view(draw.n, 2, MAX_PARTS, ROW)
    same = group.view(draw.n, 2, MAX_PARTS)
    first = (same[..., :, None] == same[..., None, :]).int().argmax(dim=-1)
    shared = halves.gather(2, first[..., None].expand(-1, -1, -1, ROW))
    together = draw.chance(0.75, 2, 1, 1)
    halves = torch.where(together, shared, halves).clone()
    painted = bank.textured[slot] & draw.chance(0.65, 2)
    own = bank.own_color[slot] ** 2.2
    halves[..., :3] = torch.where(painted[..., None, None], own.clamp(0.004, 0.95), halves[..., :3])
    floor, wall = GROUPS.index("floor"), GROUPS.index("wall")
    kinds = torch.tensor([floor, wall, wall, GROUPS.index("fabric")], device=draw.device)
    room = _rows(draw, assets, kinds.expand(draw.n, -1))
    room[:, :, 4] = draw.log(0.25, 2.5, SURFACES)  # a wall's pattern is larger than a chair's
    room[:, 2] = torch.where(draw.chance(0.6, 1), room[:, 1], room[:, 2])
    return torch.cat([halves.flatten(1, 2), room], dim=1)
