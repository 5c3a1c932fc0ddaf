"""Measures of baked shapes: occupancy, bounding boxes and outermost points."""

import torch
import torch.nn.functional as F


def voxelize(
    distance: torch.Tensor, part: torch.Tensor, cells: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Reduces fine grids to occupancy by max-pooling: a thin leg fills every cell that it crosses.

    Parameters
    ----------
    distance : torch.Tensor
        (S, N, N, N) float32, without a margin.
    part : torch.Tensor
        (S, N, N, N) uint8.
    cells : int
        Cells a side of the result; divides N.

    Returns
    -------
    solid : torch.Tensor
        (S, cells, cells, cells) bool.
    part : torch.Tensor
        (S, cells, cells, cells) uint8, of the deepest point in the cell.
    """
    ratio = distance.shape[-1] // cells
    deepest, index = F.max_pool3d(-distance[:, None], ratio, return_indices=True)
    solid = deepest[:, 0] > 0
    nearest = part.flatten(1).gather(1, index.flatten(1)).view_as(solid)
    return solid, nearest


def extents(solid: torch.Tensor) -> torch.Tensor:
    """Returns the sides of the bounding boxes.

    Parameters
    ----------
    solid : torch.Tensor
        (S, N, N, N) bool.

    Returns
    -------
    torch.Tensor
        (S, 3) float32, as shares of the longest side.
    """
    sides = []
    for axis in (1, 2, 3):
        others = [a for a in (1, 2, 3) if a != axis]
        filled = solid.any(dim=others[1]).any(dim=others[0])  # (S, N)
        cell = torch.arange(solid.shape[axis], device=solid.device)
        high = torch.where(filled, cell, -1).amax(dim=1)
        low = torch.where(filled, cell, solid.shape[axis]).amin(dim=1)
        sides.append((high - low + 1).clamp_min(1))
    sides = torch.stack(sides, dim=1)
    return sides / sides.amax(dim=1, keepdim=True)


def supports(occupancy: torch.Tensor, directions: torch.Tensor) -> torch.Tensor:
    """Returns the outermost solid point in each direction.

    Parameters
    ----------
    occupancy : torch.Tensor
        (S, R, R, R) bool.
    directions : torch.Tensor
        (K, 3) unit vectors.

    Returns
    -------
    torch.Tensor
        (S, K, 3) corners of cells in the unit cube, centred at 0.
    """
    if occupancy.shape[-1] > 32:  # a finer grid does not improve the framing
        occupancy = F.max_pool3d(occupancy.float(), occupancy.shape[-1] // 32).bool()
    r = occupancy.shape[-1]
    axis = (torch.arange(r, device=occupancy.device) + 0.5) / r - 0.5
    points = torch.cartesian_prod(axis, axis, axis)  # (R^3, 3)
    along = points @ directions.T  # (R^3, K)
    out = []
    for grid in occupancy.flatten(1):  # one piece at a time, to limit memory
        masked = torch.where(grid[:, None], along, -torch.inf)
        out.append(points[masked.argmax(dim=0)] + directions.sign() * 0.5 / r)
    return torch.stack(out)


def support_directions(count: int, device: torch.device) -> torch.Tensor:
    """Returns directions that are spread evenly over the sphere by the golden angle.

    Parameters
    ----------
    count : int
        Number of directions.
    device : torch.device
        Device of the result.

    Returns
    -------
    torch.Tensor
        (count, 3) unit vectors.
    """
    index = torch.arange(count, device=device) + 0.5
    y = 1 - 2 * index / count
    ring = (1 - y * y).sqrt()
    angle = index * 2.399963
    return torch.stack([ring * angle.cos(), y, ring * angle.sin()], dim=1)
