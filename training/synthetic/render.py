"""Scenes to linear pictures: distance grids are sphere-traced and lit in fused point-wise code.

Everything is written per ray with shapes (B, N), N = size * size rays of B pictures, so that
`torch.compile` turns each function into a few GPU kernels; the same code runs eagerly on CPU.
Directions and positions are in the object's frame: its unit cube around the origin, y up.
"""

from dataclasses import dataclass

import torch

from training.synthetic.assets import Assets, basis
from training.synthetic.bank import ShapeBank
from training.synthetic.primitives import MAX_PARTS
from training.synthetic.sdf import MARGIN, side_of

MARCHES, STEPS = 4, 8  # sphere-tracing steps: MARCHES calls of a kernel with STEPS unrolled
SHADOW_STEPS = 16
HIT = 0.3  # cells from the surface at which a ray has arrived
NEVER = 1e4  # ray length that stands for a miss
SURFACES = 4  # materials after the two objects' parts: floor, two walls, rug
# columns of a material row
RGB, TEXTURE, SCALE, STRENGTH, SPECULAR, GLASS, TURN, ROW = slice(0, 3), 3, 4, 5, 6, 7, 8, 9


@dataclass
class Scene:
    """Per-picture tensors; B pictures. Object 0 is the named one, object 1 stands near it."""

    slot: torch.Tensor  # (B, 2) int64 into the bank
    eye: torch.Tensor  # (B, 3)
    frame: torch.Tensor  # (B, 3, 3) rows: right, up, forward
    window: torch.Tensor  # (B, 3) centre u, centre v, half side of the crop in the image plane
    photo: torch.Tensor  # (B, 4) u0, v0, u1, v1: what the photograph holds; grey outside
    yaw: torch.Tensor  # (B,) radians, of object 1
    scale: torch.Tensor  # (B,) of object 1
    place: torch.Tensor  # (B, 3) of object 1's centre
    floor: torch.Tensor  # (B,) height of the floor
    walls: torch.Tensor  # (B, 2, 4) normal and offset: n . p = offset
    rug: torch.Tensor  # (B, 4) x, z, half x, half z
    materials: torch.Tensor  # (B, 2 * MAX_PARTS + SURFACES, ROW)
    sun: torch.Tensor  # (B, 3) unit vector toward the sun
    sun_color: torch.Tensor  # (B, 3)
    harmonics: torch.Tensor  # (B, 9, 3) irradiance / pi
    sky: torch.Tensor  # (B,) int64 panorama for reflections
    sky_turn: torch.Tensor  # (B,) radians
    plate: torch.Tensor  # (B,) int64 backdrop, -1 for a room
    plate_window: torch.Tensor  # (B, 3) u0, v0, size in [0, 1]
    plate_color: torch.Tensor  # (B, 3) linear, in place of a backdrop beyond the last
    plate_shadow: torch.Tensor  # (B,) how much of the floor's shading falls on the backdrop
    light_occlusion: torch.Tensor  # (B,) strength of ambient occlusion


def ray_directions(scene: Scene, size: int):
    """Image-plane coordinates u, v (B, N) and unit directions x, y, z (B, N)."""
    step = (torch.arange(size, device=scene.eye.device) + 0.5) / size * 2 - 1
    v, u = torch.meshgrid(-step, step, indexing="ij")
    u = scene.window[:, 0:1] + scene.window[:, 2:3] * u.reshape(1, -1)
    v = scene.window[:, 1:2] + scene.window[:, 2:3] * v.reshape(1, -1)
    right, up, forward = (scene.frame[:, i] for i in range(3))
    d = [right[:, i, None] * u + up[:, i, None] * v + forward[:, i, None] for i in range(3)]
    inverse = (d[0] ** 2 + d[1] ** 2 + d[2] ** 2).rsqrt()
    return u, v, [c * inverse for c in d]


def sample(grid, base, p, side: int):
    """Trilinear value at cell coordinates p = (x, y, z), clamped to the grid at `base`."""
    p = [c.clamp(0, side - 1.001) for c in p]
    cell = [c.floor() for c in p]
    fx, fy, fz = (c - f for c, f in zip(p, cell, strict=True))
    i, j, k = (f.int() for f in cell)  # 64 bits only where the whole bank is addressed
    start = base + ((i * side + j) * side + k).long()
    total = 0.0
    for ox, wx in ((0, 1 - fx), (side * side, fx)):
        for oy, wy in ((0, 1 - fy), (side, fy)):
            low, high = grid[start + ox + oy].float(), grid[start + ox + oy + 1].float()
            total = total + wx * wy * (low + fz * (high - low))
    return total


def nearest(grid, base, p, side: int):
    """Value of the cell that holds cell coordinates p."""
    i, j, k = (c.round().clamp(0, side - 1).int() for c in p)
    return grid[base + ((i * side + j) * side + k).long()]


def to_cells(p, resolution: int):
    return [(c + 0.5) * resolution + (MARGIN - 0.5) for c in p]


def enter(origin, direction):
    """Ray lengths (near, far) across the unit cube, padded by a hair; near > far: a miss."""
    near, far = 0.0, NEVER
    for o, d in zip(origin, direction, strict=True):
        d = torch.where(d.abs() < 1e-7, 1e-7, d)
        a, b = (-0.505 - o) / d, (0.505 - o) / d
        near = torch.maximum(torch.minimum(a, b), torch.as_tensor(near, device=o.device))
        far = torch.minimum(torch.maximum(a, b), torch.as_tensor(far, device=o.device))
    return near, far


def march(grid, base, origin, direction, t, far, resolution: int):
    """STEPS sphere-tracing steps; rays that arrived, or left the cube, stay where they are."""
    side, cell = side_of(resolution), 1 / resolution
    for _ in range(STEPS):
        p = to_cells([o + t * d for o, d in zip(origin, direction, strict=True)], resolution)
        distance = sample(grid, base, p, side)
        moving = (distance > HIT * cell) & (t < far)
        t = torch.where(moving, t + distance.clamp_min(0.5 * cell) * 0.95, t)
    return t


def settle(grid, base, origin, direction, t, near, far, resolution: int):
    """Ray length of the hit, NEVER for a miss, after one last correction onto the surface."""
    p = to_cells([o + t * d for o, d in zip(origin, direction, strict=True)], resolution)
    distance = sample(grid, base, p, side_of(resolution))
    arrived = (distance < 0.5 / resolution) & (t <= far) & (near < far)
    return torch.where(arrived, t + distance, NEVER)


def object_rays(scene: Scene, direction):
    """Origins and directions of the rays in the frames of both objects, and the scale of each."""
    eye = [scene.eye[:, i, None] for i in range(3)]
    c, s = scene.yaw.cos()[:, None], scene.yaw.sin()[:, None]
    away = [e - scene.place[:, i, None] for i, e in enumerate(eye)]
    origin = [o / scene.scale[:, None] for o in _turn(away, c, -s)]
    return (eye, direction), (origin, _turn(direction, c, -s))


def _turn(p, c, s):
    """Turn (x, y, z) about y by the angle whose cosine and sine are c and s."""
    x, y, z = p
    return [c * x + s * z, y, c * z - s * x]


def trace(bank: ShapeBank, scene: Scene, size: int, march_step=march, with_neighbour=True):
    """Ray lengths (B, N) to object 0 and, scaled to the scene, to object 1; NEVER for a miss."""
    _, _, direction = ray_directions(scene, size)
    grid, side = bank.distance.view(-1), side_of(bank.resolution)
    lengths = []
    for i, (origin, ray) in enumerate(object_rays(scene, direction)):
        if i == 1 and not with_neighbour:
            lengths.append(torch.full_like(direction[0], NEVER))
            continue
        base = scene.slot[:, i, None] * side**3
        near, far = enter(origin, ray)
        t = near
        for _ in range(MARCHES):
            t = march_step(grid, base, origin, ray, t, far, bank.resolution)
        t = settle(grid, base, origin, ray, t, near, far, bank.resolution)
        lengths.append(t if i == 0 else torch.where(t < NEVER, t * scene.scale[:, None], NEVER))
    return lengths


def planes(scene: Scene, direction):
    """Ray lengths to the floor and the two walls, NEVER where they are behind the camera."""
    out = [(scene.floor[:, None] - scene.eye[:, 1:2]) / direction[1].clamp_max(-1e-5)]
    out[0] = torch.where(direction[1] < -1e-5, out[0], NEVER)
    for i in range(2):
        n, offset = scene.walls[:, i, :3], scene.walls[:, i, 3:]
        along = sum(n[:, k, None] * direction[k] for k in range(3))
        length = (offset - (n * scene.eye).sum(dim=1, keepdim=True)) / along.clamp_max(-1e-5)
        out.append(torch.where(along < -1e-5, length, NEVER))
    return out


def shade(bank: ShapeBank, assets: Assets, scene: Scene, lengths, size: int):
    """Linear RGB (B, 3, size, size) and visible mask (B, 1, size, size) from traced lengths."""
    tensors = (bank.distance.view(-1), bank.part.view(-1))
    return shade_rays(*tensors, bank.resolution, assets, scene, *lengths, size)


def shade_rays(
    grid, parts, resolution: int, assets: Assets, scene: Scene, first, second, size: int
):
    side = side_of(resolution)
    u, v, direction = ray_directions(scene, size)
    floor, wall_a, wall_b = planes(scene, direction)
    t = torch.stack([first, second, floor, wall_a, wall_b]).amin(dim=0)
    open_sky = t >= NEVER
    t = t.clamp_max(50.0)
    own, other = (first <= t) & ~open_sky, (second <= t) & ~open_sky
    point = [scene.eye[:, i, None] + t * direction[i] for i in range(3)]

    # the frame of whichever object was hit, for normals, parts and textures
    c, s = scene.yaw.cos()[:, None], scene.yaw.sin()[:, None]
    away = [(p - scene.place[:, i, None]) / scene.scale[:, None] for i, p in enumerate(point)]
    local = [torch.where(own, p, q) for p, q in zip(point, _turn(away, c, -s), strict=True)]
    base = torch.where(own, scene.slot[:, 0:1], scene.slot[:, 1:2]) * side**3
    cells = to_cells(local, resolution)
    normal = _gradient(grid, base, cells, side)
    part = nearest(parts, base, cells, side).long()
    world = [torch.where(own, a, b) for a, b in zip(normal, _turn(normal, c, s), strict=True)]
    on_floor, on_a = (floor <= t) & ~own & ~other, (wall_a <= t) & ~own & ~other
    hit = own | other
    for i in range(3):
        flat = torch.where(on_a, scene.walls[:, 0, i, None], scene.walls[:, 1, i, None])
        flat = torch.where(on_floor, 1.0 if i == 1 else 0.0, flat)
        world[i] = torch.where(hit, world[i], flat)

    on_rug = on_floor & _within(point[0], scene.rug[:, 0], scene.rug[:, 2])
    on_rug = on_rug & _within(point[2], scene.rug[:, 1], scene.rug[:, 3])
    plain = torch.where(on_floor, torch.where(on_rug, 3, 0), torch.where(on_a, 1, 2))
    row = torch.where(own, part, torch.where(other, part + MAX_PARTS, plain + 2 * MAX_PARTS))
    material = scene.materials.gather(1, row[..., None].expand(-1, -1, ROW))  # (B, N, ROW)
    where = [torch.where(hit, a, b) for a, b in zip(local, point, strict=True)]
    facing = [torch.where(hit, a, b) for a, b in zip(normal, world, strict=True)]
    albedo = material[..., RGB] * _texture(assets, material, where, facing)

    lit = _light(grid, scene, point, world, resolution, own)
    shine = _reflection(assets, scene, world, direction)
    fresnel = (1 + sum(d * n for d, n in zip(direction, world, strict=True)).clamp(-1, 0)) ** 5
    gloss = (material[..., SPECULAR] * (0.06 + 0.94 * fresnel))[..., None]
    color = albedo * lit * (1 - gloss) + gloss * shine

    backdrop = _backdrop(assets, scene, u, v)
    shadow = (lit / scene.harmonics[:, None, 0].mul(0.2821).add(1e-3)).mean(dim=-1, keepdim=True)
    shadow = 1 + scene.plate_shadow[:, None, None] * (shadow.clamp(0.25, 1.0) - 1)
    behind = torch.where(on_floor[..., None], shadow, 1.0) * backdrop
    use_plate = (scene.plate >= 0)[:, None, None] & ~hit[..., None]
    color = torch.where(use_plate | open_sky[..., None], behind, color)
    see_through = torch.where(hit, material[..., GLASS], 0.0)[..., None]
    color = color * (1 - see_through) + see_through * (0.8 * behind + 0.2 * shine)

    b = len(first)
    image = color.transpose(1, 2).reshape(b, 3, size, size)
    return image, own.float().view(b, 1, size, size)


def _within(value, center, half):
    return (value - center[:, None]).abs() < half[:, None]


def _gradient(grid, base, p, side: int):
    """Unit normal: central differences one cell apart."""
    slopes = []
    for axis in range(3):
        ends = []
        for sign in (1, -1):
            q = list(p)
            q[axis] = q[axis] + sign
            ends.append(sample(grid, base, q, side))
        slopes.append(ends[0] - ends[1])
    inverse = (slopes[0] ** 2 + slopes[1] ** 2 + slopes[2] ** 2 + 1e-12).rsqrt()
    return [s * inverse for s in slopes]


def _texture(assets: Assets, material, point, normal):
    """(B, N, 3) factor of mean 1: the texture on the axis that the surface faces most."""
    x, y, z = point
    ax, ay, az = (n.abs() for n in normal)
    on_x, on_y = (ax >= ay) & (ax >= az), ay >= az
    u = torch.where(on_x, z, x)
    v = torch.where(on_x, y, torch.where(on_y, z, y))
    u, v = (
        torch.where(material[..., TURN] > 0.5, v, u) * material[..., SCALE],
        torch.where(material[..., TURN] > 0.5, u, v) * material[..., SCALE],
    )
    tile = assets.textures.shape[1]
    u, v = (u - u.floor()) * tile, (v - v.floor()) * tile
    i, j = v.floor().long(), u.floor().long()
    fi, fj = (v - i)[..., None], (u - j)[..., None]
    index = material[..., TEXTURE].long()
    i, j, i1, j1 = i % tile, j % tile, (i + 1) % tile, (j + 1) % tile
    look = assets.textures
    upper = look[index, i, j].float() * (1 - fj) + look[index, i, j1].float() * fj
    lower = look[index, i1, j].float() * (1 - fj) + look[index, i1, j1].float() * fj
    texel = upper * (1 - fi) + lower * fi
    return 1 + material[..., STRENGTH, None] * (texel - 1)


def _light(grid, scene: Scene, point, normal, resolution: int, own):
    """(B, N, 3) light on a point: soft sky, darker in corners, and the sun with shadows."""
    shadow = _shadow(grid, scene, point, normal, resolution)
    facing = sum(scene.sun[:, i, None] * normal[i] for i in range(3)).clamp_min(0)
    c, s = scene.sky_turn.cos()[:, None], scene.sky_turn.sin()[:, None]
    waves = basis(torch.stack(_turn(normal, c, s), dim=-1)).unbind(-1)
    sky = sum(w[..., None] * scene.harmonics[:, None, k] for k, w in enumerate(waves))
    sky = sky.clamp_min(0.02)
    occlusion = _occlusion(grid, scene, point, normal, resolution)
    return sky * occlusion[..., None] + (facing * shadow)[..., None] * scene.sun_color[:, None]


def _clamped(grid, base, p, resolution: int):
    """Distance at any point: the grid's value where the cube is nearest, plus the way there."""
    inside = [c.clamp(-0.5, 0.5) for c in p]
    outside = sum((c - i) ** 2 for c, i in zip(p, inside, strict=True)).sqrt()
    value = nearest(grid, base, to_cells(inside, resolution), side_of(resolution)).float()
    return value + outside


def _shadow(grid, scene: Scene, point, normal, resolution: int):
    """Share of the sun seen past object 0, soft by how narrowly the ray passes."""
    base = scene.slot[:, 0:1] * side_of(resolution) ** 3
    cell = 1 / resolution
    start = [p + 3 * cell * n for p, n in zip(point, normal, strict=True)]
    t = torch.full_like(start[0], 1.5 * cell)
    seen = torch.ones_like(t)
    for _ in range(SHADOW_STEPS):
        p = [o + t * scene.sun[:, i, None] for i, o in enumerate(start)]
        distance = _clamped(grid, base, p, resolution)
        seen = torch.minimum(seen, (10 * distance / t + 0.2).clamp(0, 1))
        t = t + distance.clamp(cell, 0.25)
    return seen


def _occlusion(grid, scene: Scene, point, normal, resolution: int):
    """Ambient light that reaches a point, from four distances along its normal (Evans 2006)."""
    base = scene.slot[:, 0:1] * side_of(resolution) ** 3
    blocked = 0.0
    for k, reach in enumerate((0.02, 0.05, 0.1, 0.2)):
        p = [o + reach * n for o, n in zip(point, normal, strict=True)]
        distance = _clamped(grid, base, p, resolution)
        blocked = blocked + (reach - distance).clamp_min(0) / reach * 0.5**k
    return (1 - scene.light_occlusion[:, None] * 0.55 * blocked).clamp(0.08, 1)


def _reflection(assets: Assets, scene: Scene, normal, direction):
    """(B, N, 3) radiance of the panorama in the mirror direction."""
    along = 2 * sum(d * n for d, n in zip(direction, normal, strict=True))
    mirror = [d - along * n for d, n in zip(direction, normal, strict=True)]
    rows, columns = assets.skies.shape[-2:]
    polar = mirror[1].clamp(-1, 1).acos() / torch.pi * rows
    around = torch.atan2(mirror[0], mirror[2]) + scene.sky_turn[:, None]
    around = (around / (2 * torch.pi)) % 1 * columns
    i = polar.long().clamp(0, rows - 1)
    j = around.long().clamp(0, columns - 1)
    return assets.skies[scene.sky[:, None], :, i, j].float().clamp_max(8)


def _backdrop(assets: Assets, scene: Scene, u, v):
    """(B, N, 3) linear backdrop photograph, fixed to the photo's frame."""
    side = assets.plates.shape[-1]
    width = (scene.photo[:, 2] - scene.photo[:, 0])[:, None]
    x = (u - scene.photo[:, 0:1]) / width * scene.plate_window[:, 2:3] + scene.plate_window[:, 0:1]
    y = (scene.photo[:, 3:4] - v) / width * scene.plate_window[:, 2:3] + scene.plate_window[:, 1:2]
    i = (y.clamp(0, 0.999) * side).long()
    j = (x.clamp(0, 0.999) * side).long()
    count = len(assets.plates)
    texel = assets.plates[scene.plate.clamp(0, count - 1)[:, None], :, i, j]
    plain = (scene.plate >= count)[:, None, None]
    return torch.where(plain, scene.plate_color[:, None], (texel.float() / 255) ** 2.2)
