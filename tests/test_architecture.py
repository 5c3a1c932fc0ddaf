"""Imports point one way where import-linter cannot say so.

The contracts in `pyproject.toml` hold the packages. They cannot name a module that is not in a
package, so the four files at the top are held here. They also cannot say "these libraries and no
others", so the lists of allowed libraries are here too.
"""

import sys
from pathlib import Path

import pytest

from tests.source_imports import imported

ROOT = Path(__file__).parent.parent
DOORS = {"app", "convert", "voxel_model", "meshing"}
PACKAGES = {path.parent.name for path in ROOT.glob("*/__init__.py")}
PRODUCT = {"webapp", "batch", "pipeline", "network", "geometry", "furniture", "images", "core"}

# The modules of the project that each door may import.
DOOR_IMPORTS = {
    "app": {"webapp", "pipeline", "images", "voxel_model", "core"},
    "convert": {"batch", "pipeline", "core", "voxel_model", "meshing"},
    "voxel_model": {"network", "images", "core"},
    "meshing": {"geometry", "core", "pipeline"},  # default_mesh imports pipeline when called
}
# The doors that each package may import.
PACKAGE_DOORS = {
    "core": set(),
    "images": set(),
    "geometry": set(),
    "furniture": set(),
    "network": set(),
    "pipeline": {"voxel_model", "meshing"},
    "batch": {"voxel_model", "meshing"},
    "webapp": {"voxel_model", "meshing"},
    "training": {"voxel_model", "meshing"},
}
# The packages and the libraries that a package below the network may import.
PACKAGE_IMPORTS = {
    "core": {"numpy", "scipy", "PIL", "skimage", "httpx"},
    "images": {"core", "numpy", "PIL", "pillow_heif", "skimage"},
    "geometry": {"core", "numpy", "scipy", "skimage", "trimesh", "PIL", "fast_simplification"},
    "furniture": {"core", "numpy"},
}


def violations(paths: list[Path], names: set[str], allowed: set[str]) -> list[str]:
    """Imports of a module in `names` that is not in `allowed`, as "file:line: module"."""
    assert paths
    return [
        f"{path.relative_to(ROOT)}:{line}: {module}"
        for path in sorted(paths)
        for module, line in imported(path)
        if module in names and module not in allowed
    ]


@pytest.mark.parametrize("door", sorted(DOORS))
def test_a_door_imports_the_packages_below_it_only(door):
    others = (PACKAGES | DOORS) - {door}
    assert violations([ROOT / f"{door}.py"], others, DOOR_IMPORTS[door]) == []


@pytest.mark.parametrize("package", sorted(PACKAGE_DOORS))
def test_a_package_imports_no_door_above_it(package):
    files = list((ROOT / package).rglob("*.py"))
    assert violations(files, DOORS, PACKAGE_DOORS[package]) == []


@pytest.mark.parametrize("package", sorted(PACKAGE_IMPORTS))
def test_a_package_below_the_network_imports_its_few_libraries_only(package):
    files = list((ROOT / package).rglob("*.py"))
    names = {module for path in files for module, _ in imported(path)}
    names -= set(sys.stdlib_module_names) | {package}
    assert violations(files, names, PACKAGE_IMPORTS[package]) == []


def test_every_package_of_the_project_is_held():
    assert PACKAGES - {"tests", "benchmarks"} == set(PACKAGE_DOORS) == PRODUCT | {"training"}
    assert {path.stem for path in ROOT.glob("*.py")} == DOORS
