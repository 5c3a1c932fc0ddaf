"""Measures of baked shapes: occupancy, bounding boxes and outermost points."""

import torch
import torch.nn.functional as F

MIDDLE = 0.3  # share of a footprint's side on each side of its centre that counts as the middle
PILE = 0.05  # of the longest side: a duvet or a cushion lies less above the median
FRONT_END = 0.42  # share of a footprint's depth before the centre beyond which its end begins


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


def top_heights(distance: torch.Tensor) -> torch.Tensor:
    """Returns the height of the highest solid point at every second x and z.

    Parameters
    ----------
    distance : torch.Tensor
        (S, N, N, N), without a margin.

    Returns
    -------
    torch.Tensor
        (S, N / 2, N / 2) float32 in the unit cube; -0.5 where no cell is solid.
    """
    n = distance.shape[-1]
    height = (torch.arange(n, device=distance.device) + 0.5) / n - 0.5
    columns = distance[:, ::2, :, ::2]
    # the surface lies at the distance of the highest solid cell above its centre
    surface = height[:, None] - columns.clamp(-1 / n, 0)
    return torch.where(columns < 0, surface, -0.5).amax(dim=2)


def rest_heights(top: torch.Tensor, extent: torch.Tensor) -> torch.Tensor:
    """Returns the height of the upper side in the middle: of a mattress, a duvet or a seat.

    Parameters
    ----------
    top : torch.Tensor
        (S, R, R) of `top_heights`.
    extent : torch.Tensor
        (S, 3) sides of the bounding boxes, as shares of the longest.

    Returns
    -------
    torch.Tensor
        (S,) float32 in the unit cube.
    """
    x, z = _footprint(top, extent)
    inside = (x.abs() < MIDDLE)[:, :, None] & (z.abs() < MIDDLE)[:, None]
    heights = torch.where(inside, top, torch.nan).flatten(1)
    median = heights.nanmedian(dim=1, keepdim=True).values
    # what lies on it counts, a high pile or a post does not
    close = heights <= median + PILE
    return torch.where(close, heights, median).amax(dim=1)


def foot_heights(top: torch.Tensor, extent: torch.Tensor) -> torch.Tensor:
    """Returns the greatest height (S,) at the front end, of a footboard if there is one.

    Arguments are those of `rest_heights`.
    """
    _, z = _footprint(top, extent)
    return torch.where((z > FRONT_END)[:, None], top, -0.5).amax(dim=(1, 2))


def side_heights(top: torch.Tensor, extent: torch.Tensor) -> torch.Tensor:
    """Returns the greatest height (S,) along the sides before the head, of the bars of a crib.

    Arguments are those of `rest_heights`.
    """
    x, z = _footprint(top, extent)
    beside = (x.abs() > FRONT_END)[:, :, None] & (z.abs() < MIDDLE)[:, None]
    return torch.where(beside, top, -0.5).amax(dim=(1, 2))


def _footprint(top: torch.Tensor, extent: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Coordinates x and z (S, R) of the cells as shares of the sides of the footprint."""
    r = top.shape[-1]
    axis = (torch.arange(r, device=top.device) + 0.5) / r - 0.5
    return axis / extent[:, :1], axis / extent[:, 2:]


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
