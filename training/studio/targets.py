"""Targets of a batch: occupancy, colours and pose of each picture's named object."""

from dataclasses import replace

import torch

from furniture.primitives import MAX_MATERIALS
from training.data.batches import Batch
from training.studio.rendering.torch_functions import SCALE, STRETCH, into, nearest, to_cells
from training.studio.scenes.materials import COVER, RGB
from training.studio.scenes.scene import Scene
from training.studio.shapes import distance_grids
from training.studio.shapes.bank import ShapeBank

HIDDEN = 0.05  # distance to a cover, in sides of its cube, within which it hides a cell


def surface_cells(occupancy: torch.Tensor) -> torch.Tensor:
    """Returns the solid cells that touch an empty cell or the border.

    Parameters
    ----------
    occupancy : torch.Tensor
        (B, R, R, R) bool.

    Returns
    -------
    torch.Tensor
        (B, R, R, R) bool.
    """
    empty = torch.nn.functional.pad(~occupancy, (1,) * 6, value=True)
    r = occupancy.shape[-1]
    beside_empty = torch.zeros_like(occupancy)
    for axis in (1, 2, 3):
        for shift in (0, 2):
            window = [slice(None), *[slice(1, r + 1)] * 3]
            window[axis] = slice(shift, r + shift)
            beside_empty |= empty[tuple(window)]
    return occupancy & beside_empty


def stretched_cells(
    bank: ShapeBank, slot: torch.Tensor, stretch: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Voxelises shapes that are stretched along their axes, as `voxelize` does unstretched ones.

    Parameters
    ----------
    bank : ShapeBank
        The bank whose distance and part grids are read.
    slot : torch.Tensor
        (B,) int64, slots of the shapes.
    stretch : torch.Tensor
        (B, 3) factors; factors of 1 give the bank's own cells.

    Returns
    -------
    solid : torch.Tensor
        (B, R, R, R) bool.
    part : torch.Tensor
        (B, R, R, R) int32, index into the materials of the shape.
    """
    r, n, side = bank.cells, bank.resolution, distance_grids.side_of(bank.resolution)
    line = (torch.arange(n, device=slot.device) + 0.5) / n - 0.5
    cell = (line / stretch[..., None] + 0.5) * n + distance_grids.MARGIN
    cell = cell.floor().clamp(0, side - 1).long()
    x, y, z = cell.unbind(1)  # (B, N) each: cell of the grid at each sample
    index = (slot[:, None] * side + x)[:, :, None, None] * side + y[:, None, :, None]
    index = index * side + z[:, None, None]  # (B, N, N, N)
    distance = bank.distance.view(-1)[index].float()
    # shrinking skips cells between samples: a surface within half of such a gap counts as solid
    gap = ((1 / stretch.amin(dim=1) - 1).clamp_min(0) / 2 / n)[:, None, None, None]
    # the four lowest bits hold the part of the minimum
    packed = ((distance - gap) * 4096).floor().int() * 16 + bank.part.view(-1)[index].int()
    deepest = packed.view(-1, r, n // r, r, n // r, r, n // r).amin(dim=(2, 4, 6))
    return deepest < 0, deepest & 15


def _with_cover(bank: ShapeBank, scene: Scene, row: torch.Tensor) -> torch.Tensor:
    """Replaces the material rows (B, R^3) of the cells that a cover hides by those of the cover."""
    r, resolution = bank.cells, bank.resolution
    line = (torch.arange(r, device=row.device) + 0.5) / r - 0.5
    cells = torch.cartesian_prod(line, line, line).T  # (3, R^3) in the named object's frame
    objects = scene.cover()
    point = into(objects.pose[:, 0], cells[:, None].expand(-1, len(row), -1))  # (3, B, R^3)
    base = objects.slot * distance_grids.side_of(resolution) ** 3
    inside = (point.abs().amax(dim=0) < 0.5) & (objects.pose[:, 0, SCALE, None] > 0)
    grids, cell = bank.grids(), to_cells(point, resolution)
    hidden = inside & (nearest(grids.distance, resolution, base, cell) < HIDDEN)
    part = nearest(grids.part, resolution, base, cell).long()
    return torch.where(hidden, scene.slot.shape[1] * MAX_MATERIALS + COVER + part, row)


def make_batch(
    bank: ShapeBank,
    scene: Scene,
    image: torch.Tensor,
    mask: torch.Tensor,
    coordinates: torch.Tensor,
    azimuth: torch.Tensor,
    elevation: torch.Tensor,
    flip: torch.Tensor,
    stretched: bool = False,
) -> Batch:
    """Joins pictures with their targets.

    Parameters
    ----------
    bank : ShapeBank
        Shapes of the scenes.
    scene : Scene
        Scenes of B pictures.
    image, mask, coordinates : torch.Tensor
        (B, 3, S, S), (B, 1, S, S) and (B, 3, S, S), as `Studio.photograph` returns them.
    azimuth, elevation : torch.Tensor
        (B,) radians.
    flip : torch.Tensor
        (B,) bool, pictures that are mirrored with their targets.
    stretched : bool
        Whether the scenes stretch the named objects. False takes the bank's own cells.

    Returns
    -------
    Batch
        The batch with an empty `source`: `torch.compile` would compile the names in as constants.
    """
    slot = scene.slot[:, 0]
    occupancy, part = bank.occupancy[slot], bank.cell_part[slot]
    if stretched:
        occupancy, part = stretched_cells(bank, slot, scene.pose[:, 0, STRETCH])
    row = _with_cover(bank, scene, part.flatten(1).long())
    albedo = scene.materials[..., RGB].gather(1, row[..., None].expand(-1, -1, 3))  # linear
    albedo = albedo.clamp(0, 1) ** (1 / 2.2)
    colors = albedo.transpose(1, 2).unflatten(2, occupancy.shape[1:])
    batch = Batch(
        image=image,
        mask=mask,
        occupancy=occupancy.float(),
        colors=colors,
        surface=surface_cells(occupancy),
        category=bank.category[slot],
        azimuth=torch.remainder(azimuth + torch.pi, 2 * torch.pi) - torch.pi,
        elevation=elevation,
        coordinates=torch.where(mask > 0, coordinates, torch.nan),
        place=crop_places(scene),
        source=[],
    )
    return _mirror(batch, flip)


def crop_places(scene: Scene) -> torch.Tensor:
    """Returns the places (B, 3) of the crops in their photographs, as `Batch.place` has them."""
    low, high = scene.photo[:, :2], scene.photo[:, 2:]
    longest = (high - low).amax(dim=1, keepdim=True)
    x, y = (scene.window[:, :2] - (low + high) / 2).unbind(1)  # y up
    return torch.stack([x, -y, scene.window[:, 2]], dim=1) / longest


def _mirror(batch: Batch, flip: torch.Tensor) -> Batch:
    """Exchanges left and right where `flip` (B,) is True."""
    plain, mirrored = batch.tensors(), batch.mirrored().tensors()
    chosen = {
        name: torch.where(flip.view(-1, *[1] * (value.dim() - 1)), mirrored[name], value)
        for name, value in plain.items()
    }
    return replace(batch, **chosen)
