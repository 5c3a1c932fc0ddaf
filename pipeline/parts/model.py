"""The piece of furniture that explains a photo, fitted and coloured, or None.

    model = choose(result, bank)             # None: the smooth surface is the better model
    model.parts[0].mesh.name, model.parts[0].color
    model.choices                            # named choices; furniture.pieces.build takes them

1. Find pieces of the bank by expected overlap (`search`).
2. Warp the first few (`fitting`).
3. Compare the calibrated estimate of the best with that of the smooth surface.
4. Build its parts, warp them, colour them (`coloring`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from core.prediction import Prediction
from furniture.pieces import build
from meshing import axis_bounds
from pipeline.confidence import expected_iou
from pipeline.parts.bank import PieceBank
from pipeline.parts.coloring import part_colors
from pipeline.parts.fitting import Warp, fit_warp
from pipeline.parts.meshes import PartMesh, part_meshes
from pipeline.parts.search import find_pieces
from pipeline.real_size import estimate_size
from pipeline.result import Result

# Pieces whose proportions are fitted, 10 ms each. A random search in the parameters of the first
# three (30 steps, 0.4 s) was tried with 30,000 pieces: on 35 dev photos F-score +.017 (standard
# error .014) at 2 % and +.020 (.015) at 5 %, IoU +.003 (.005). Too little to be sure of.
FITTED = 5
# Share of the smooth surface's expected IoU that a piece needs to be shown. On 45 dev photos all
# pieces have 0.847 to 1.09, and even the fifth with the lowest shares gains .10 in F-score at
# 2 % (and loses .017 in IoU): a piece with less explains a form that no generator builds.
MIN_SHARE = 0.8
MIN_CATEGORY = 0.5  # probability of the categories of the bank, below which nothing is shown


@dataclass(frozen=True)
class Part:
    """One part in the frame of `meshing.voxels_to_mesh`: on the floor, longest side 1."""

    mesh: PartMesh
    color: tuple[int, int, int]  # sRGB


@dataclass(frozen=True)
class PartModel:
    """A piece of furniture made of parts."""

    category: str
    design: str
    choices: Mapping[str, Any]  # by full name
    parts: tuple[Part, ...]
    score: float  # expected IoU with the true object, 0 to 1
    grid: np.ndarray  # (32, 32, 32) bool, solid cells of the warped piece
    grid_center: np.ndarray  # (3,) float, the grid's middle in the frame of the parts
    warp: Warp
    index: int  # of the piece in the bank
    centimetres: float = 100.0  # of real size for one metre of the generator
    height_cm: float = 0.0  # estimated real height
    side: float = 1.0  # longest side of the parts, in longest sides of the grid
    # Colours by part and material, kept while sizes change.
    colors: Mapping[tuple[str, str], tuple[int, int, int]] = field(default_factory=dict)


def choose(
    result: Result, bank: PieceBank, on_step: Callable[[], object] = lambda: None
) -> PartModel | None:
    """Returns the piece that explains a prediction, or None if the smooth surface is better.

    Parameters
    ----------
    result : Result
        The prediction and its photo's colours.
    bank : PieceBank
    on_step : callable
        Called between the steps; what it raises ends the search.

    Returns
    -------
    PartModel or None
        The same for the same result on every machine.
    """
    prediction = result.prediction
    if not is_searchable(prediction, bank):
        return None
    index, warp, grid = fit_best(prediction, bank, on_step)
    if not is_better(warp.overlap, prediction, result.threshold):
        return None
    model = PartModel(
        category=bank.category(index),
        design="",
        choices=bank.parameters[index],
        parts=(),
        score=min(1.0, prediction.agreement * warp.overlap),
        grid=grid > 0,
        grid_center=np.zeros(3),
        warp=warp,
        index=index,
    )
    model = with_choices(model, model.choices, result)
    vertices = np.concatenate([part.mesh.vertices for part in model.parts])
    size = estimate_size(model.category, np.ptp(vertices, axis=0))
    scale = size.height / model.height_cm * model.centimetres
    return replace(model, centimetres=scale, height_cm=size.height)


def add_parts(
    result: Result, bank: PieceBank | None, on_step: Callable[[], object] = lambda: None
) -> Result:
    """Returns the result with its model of parts, or the result itself where there is none."""
    model = choose(result, bank, on_step) if bank else None
    return replace(result, part_model=model) if model else result


def with_choices(model: PartModel, choices: Mapping[str, Any], result: Result) -> PartModel:
    """Returns the model built from other choices, with the same warp.

    Parameters
    ----------
    model : PartModel
    choices : mapping
        Numbers out of range are clamped; `furniture.choices` says how.
    result : Result
        Its colours, for parts and materials that the model did not have.
    """
    piece = build(model.category, choices)
    warped = []
    for part in part_meshes(piece):
        vertices, normals = model.warp.apply(part.vertices, part.normals)
        warped.append(replace(part, vertices=vertices, normals=normals))
    colors = part_colors(warped, result.surface_colors, model.colors)
    center, side = floor_frame([part.vertices for part in warped])
    placed = [replace(part, vertices=part.vertices / side + center) for part in warped]
    parts = tuple(
        Part(mesh, tuple(color)) for mesh, color in zip(placed, colors.tolist(), strict=True)
    )
    known = {(part.mesh.part, part.mesh.material): part.color for part in parts}
    return replace(
        model,
        design=piece.name,
        choices=piece.choices.values(),
        parts=parts,
        grid_center=center,
        side=side,
        height_cm=piece.height() * model.centimetres,
        colors={**model.colors, **known},
    )


def without_meshes(result: Result) -> Result:
    """Returns the result with its parts as a list of choices: 0.05 MB in place of up to 0.6 MB."""
    model = result.part_model
    if not (model and model.parts):
        return result
    return replace(result, part_model=replace(model, parts=()))


def with_meshes(result: Result) -> Result:
    """Returns the result with its parts built from their choices; takes a tenth of a second."""
    model = result.part_model
    if not model or model.parts:
        return result
    return replace(result, part_model=with_choices(model, model.choices, result))


def is_searchable(prediction: Prediction, bank: PieceBank) -> bool:
    """Whether the bank can hold what a prediction shows."""
    occupancy = prediction.occupancy
    if occupancy.shape != (32, 32, 32) or not len(bank) or not np.isfinite(occupancy).all():
        return False
    if not np.isfinite(prediction.agreement):
        return False
    if prediction.familiarity < 0:  # not furniture
        return False
    held = {bank.category(i) for i in np.unique(bank.categories, return_index=True)[1]}
    chances = prediction.category_probabilities
    return not chances or sum(chances.get(name, 0) for name in held) >= MIN_CATEGORY


def fit_best(
    prediction: Prediction, bank: PieceBank, on_step: Callable[[], object] = lambda: None
) -> tuple[int, Warp, np.ndarray]:
    """Returns the number in the bank, the warp and the warped grid of the best piece."""
    found, fits = find_pieces(bank, prediction), []
    for grid in found.grids[:FITTED]:
        on_step()
        fits.append(fit_warp(prediction.occupancy, grid))
    votes = found.votes[:FITTED]
    best = int(np.argmax([fit.overlap + vote for fit, vote in zip(fits, votes, strict=True)]))
    return int(found.indices[best]), fits[best], fits[best].resample(found.grids[best])


def is_better(overlap: float, prediction: Prediction, threshold: float) -> bool:
    """Whether a piece is shown in place of the smooth surface.

    Parameters
    ----------
    overlap : float
        Expected overlap of the warped piece.
    prediction : Prediction
    threshold : float
        Of the smooth surface.
    """
    smooth = expected_iou(prediction.occupancy, threshold)
    return smooth > 0 and overlap >= MIN_SHARE * smooth


def floor_frame(meshes: Sequence[np.ndarray]) -> tuple[np.ndarray, float]:
    """Returns the frame in which parts stand on the floor, centred in x and z, longest side 1.

    Parameters
    ----------
    meshes : sequence of (V, 3) float
        Vertices of each part.

    Returns
    -------
    center : (3,) float
        New place of the old origin.
    side : float
        Longest side before; a vertex has its new place at `vertex / side + center`.
    """
    bounds = np.array([axis_bounds(vertices) for vertices in meshes])  # (P, 3, 2)
    low, high = bounds[..., 0].min(axis=0), bounds[..., 1].max(axis=0)
    side = float((high - low).max())
    origin = np.array([(low[0] + high[0]) / 2, low[1], (low[2] + high[2]) / 2])
    return -origin / side, side
