"""Facts about a model that the page, the API and the manifest show.

facts = model_facts(arrays, cells, "chair", watertight=True)
facts["height_cm"], facts["height_range_cm"]           # 92.0, [71.2, 118.9]
"""

import numpy as np

from geometry.mesh_files import MeshArrays
from meshing import axis_bounds
from pipeline.real_size import RealSize, estimate_size


def model_facts(arrays: MeshArrays, cells: int, size: RealSize, watertight: bool) -> dict:
    """Return what is known about a model.

    Parameters
    ----------
    arrays : MeshArrays
        The model.
    cells : int
        Solid cells of its grid.
    size : RealSize
        Its estimated real size.
    watertight : bool
        Whether its surface is closed.

    Returns
    -------
    dict
        `cells`, `vertices` and `faces` (of its GLB, with those on the edge of a texture),
        `watertight`, `radius` (of the bounding sphere, in units of the grid's longest side),
        `height_cm` and `height_range_cm` (two heights between which nine pieces of ten lie).
    """
    texture = arrays.texture
    return {
        "cells": cells,
        "vertices": len(arrays.vertices if texture is None else texture.source),
        "faces": len(arrays.faces if texture is None else texture.faces),
        "watertight": watertight,
        "radius": round(float(np.linalg.norm(sides_of(arrays))) / 2, 4),
        "height_cm": size.height,
        "height_range_cm": [size.low, size.high],
    }


def sides_of(arrays: MeshArrays) -> list[float]:
    """Return width, height and depth of a mesh, (3,) float."""
    return [high - low for low, high in axis_bounds(arrays.vertices)]


def surface_size(arrays: MeshArrays, category: str) -> RealSize:
    """Return the estimated real size of a mesh of a category."""
    return estimate_size(category, sides_of(arrays))
