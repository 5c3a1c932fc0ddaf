"""A texture shows the photo's pixels where the photo sees the surface, without light or stains."""

from io import BytesIO

import numpy as np
import pytest
import trimesh
from PIL import Image

from geometry.colors import SRGB_TO_LINEAR, to_srgb
from geometry.mesh_files import export_mesh
from geometry.photo_colors import fit_surface_colors
from geometry.texture.mesh_texture import seam_edges, without_pinches
from geometry.texture.photo_texture import photo_texture
from tests.geometry.photo_scene import TRUE_CAMERA
from tests.geometry.textured_scene import (
    BROAD,
    FINE,
    SCALE,
    Scene,
    make_scene,
    read_texture,
    true_colors,
)

SAMPLES = 40_000  # points on the side that the photo sees
PATCHES = 16  # along the longest side: a patch of two cells is what an eye sees as a stain


@pytest.fixture(scope="module")
def scene() -> Scene:
    return make_scene()


class Samples:
    """Points on the side that the photo sees and their colours there, sRGB."""

    def __init__(self, scene: Scene):
        arrays, texture = scene.arrays, scene.texture
        own = arrays.vertices - arrays.grid_center
        toward = TRUE_CAMERA.eye - own[arrays.faces].mean(axis=1)
        normals = np.cross(*np.diff(own[arrays.faces], axis=1).swapaxes(0, 1))  # length: 2 areas
        is_seen = np.einsum("ij,ij->i", normals, toward) > 0
        faces, points = texture.faces[: len(is_seen)][is_seen], texture.of_vertices(own)
        rng, area = np.random.default_rng(0), np.linalg.norm(normals[is_seen], axis=1)
        chosen = faces[rng.choice(len(faces), SAMPLES, p=area / area.sum())]
        shares = rng.dirichlet((1, 1, 1), SAMPLES)[..., None]
        self.stripes = scene.stripes
        self.points = (points[chosen] * shares).sum(axis=1)
        plain = SRGB_TO_LINEAR[arrays.colors]
        self.plain = to_srgb((plain[texture.source][chosen] * shares).sum(axis=1)).astype(int)
        tint = (texture.tint(plain)[chosen] * shares).sum(axis=1)
        read = read_texture(texture, (texture.coordinates[chosen] * shares).sum(axis=1))
        self.textured = to_srgb(read * tint).astype(int)

    def errors(self, colors: np.ndarray) -> np.ndarray:
        """(N, 3) error, without the brightness of the whole: the exposure is not known."""
        true = true_colors(self.points, self.stripes)
        return colors * (true.mean() / self.plain.mean()) - true

    def patch_errors(self, colors: np.ndarray) -> np.ndarray:
        """(P,) mean error of each patch of the surface."""
        cell = np.floor((self.points + 0.5) * PATCHES).astype(int)
        _, patch, count = np.unique(cell, axis=0, return_inverse=True, return_counts=True)
        sums = np.stack([np.bincount(patch, e) for e in self.errors(colors).T], axis=1)
        return np.linalg.norm(sums / count[:, None], axis=1)[count > 20]


def test_details_finer_than_a_cell_are_nearer_to_the_truth(scene):
    samples = Samples(scene)
    plain, textured = (np.abs(samples.errors(c)).mean() for c in (samples.plain, samples.textured))
    assert textured < 0.65 * plain  # 22 and 37 levels


@pytest.mark.parametrize("is_fitted", [False, True], ids=["true camera", "fitted camera"])
@pytest.mark.parametrize("stripes", [FINE, BROAD])
def test_there_is_no_new_stain(stripes, is_fitted):
    samples = Samples(make_scene(stripes, is_fitted=is_fitted))
    plain, textured = (samples.patch_errors(c) for c in (samples.plain, samples.textured))
    assert textured.max() < plain.max() + 3
    # stripes finer than the error of the fitted camera lie beside their place: 22 and 21
    assert textured.mean() < plain.mean() + 2
    assert (textured - plain).max() < 30  # a patch of the stripes differs from the other by 150


@pytest.mark.parametrize("growth", [0, 1, 2, 3])
@pytest.mark.parametrize("shift", [0, 8])
def test_the_background_does_not_bleed(growth, shift):
    """Masks that are too large, and a shape that covers background beside the object."""
    samples = Samples(make_scene(growth=growth, shift=shift))
    # magenta has more blue than green, the seat has less
    plain, textured = (magenta_of(colors) for colors in (samples.plain, samples.textured))
    assert textured < max(plain + 10, 20)


def magenta_of(colors: np.ndarray) -> int:
    """Return how magenta the colours are, 0 to 255: the 99.9th percentile."""
    return int(np.percentile(colors[:, 2] - colors[:, 1], 99.9))


def test_both_copies_of_a_vertex_on_the_seam_have_one_color(scene):
    arrays, texture = scene.arrays, scene.texture
    copies = np.arange(len(arrays.vertices), len(texture.source))
    originals = texture.source[copies]
    assert len(copies) > 50
    assert texture.is_textured[copies].all() and not texture.is_textured[originals].any()
    colors = read_texture(texture, texture.coordinates)
    shown = to_srgb(colors * texture.tint(SRGB_TO_LINEAR[arrays.colors])).astype(int)
    difference = np.abs(shown[copies] - shown[originals]).max(axis=1)
    assert np.median(difference) < 6 and np.percentile(difference, 90) < 16
    # without the texture a vertex has its own colour: the strip is white
    assert (
        np.abs(shown[: len(arrays.vertices)] - arrays.colors)[
            ~texture.is_textured[: len(arrays.vertices)]
        ].max()
        <= 2
    )


def test_a_texture_is_small_and_has_the_photos_resolution(scene):
    texture = scene.texture
    assert len(texture.jpeg) < 1_000_000
    picture = Image.open(BytesIO(texture.jpeg))
    points = texture.of_vertices(scene.arrays.vertices - scene.arrays.grid_center)
    in_photo = (TRUE_CAMERA.project(points) * SCALE)[texture.is_textured, :2]
    in_texture = (texture.coordinates * picture.size)[texture.is_textured]
    assert np.ptp(in_photo - in_texture, axis=0).max() < 0.1  # moved, not scaled


def test_front_faces_alone_have_the_texture(scene):
    texture, normals = scene.texture, scene.arrays.normals
    points = scene.arrays.vertices - scene.arrays.grid_center
    seen = texture.source[texture.is_textured]
    camera = scene.prediction
    toward = np.sin(np.radians(camera.azimuth)), 0, np.cos(np.radians(camera.azimuth))
    assert (normals[seen] @ toward > -0.6).all()
    # the front of the back rest is seen, its back is not
    assert (points[seen][:, 2] > -0.38).all()


def test_without_the_photo_there_is_no_texture(scene):
    view = fit_surface_colors(scene.prediction, 0.5).view
    arrays = scene.arrays
    empty = view._replace(mask=np.zeros_like(view.mask))
    points = arrays.vertices - arrays.grid_center
    assert photo_texture(points, arrays.faces, arrays.normals, arrays.colors, empty) is None


def test_the_file_is_one_closed_surface(scene, tmp_path):
    mesh = scene.arrays.to_trimesh()
    path = export_mesh(scene.arrays._replace(texture=scene.texture), tmp_path / "seat.glb")
    for options in ({}, {"process": True}):
        loaded = trimesh.load(path, force="mesh", **options)
        assert loaded.is_watertight and loaded.is_winding_consistent
        assert loaded.volume == pytest.approx(mesh.volume, rel=1e-5)
        assert loaded.euler_number == mesh.euler_number
        assert len(loaded.split(only_watertight=False)) == 1


def test_a_seam_does_not_touch_itself():
    mesh = trimesh.creation.icosphere(2)
    rng = np.random.default_rng(0)
    is_textured = without_pinches(mesh.faces, rng.random(len(mesh.faces)) < 0.8, len(mesh.vertices))
    edges = seam_edges(mesh.faces, is_textured, len(mesh.vertices))
    assert len(edges) > 10
    assert len(np.unique(edges[:, 0])) == len(edges) == len(np.unique(edges[:, 1]))


def test_a_slanted_surface_hides_itself_nowhere(scene):
    """The top of the seat, 20 degrees from the view: its own nearer points do not occlude it."""
    arrays, texture = scene.arrays, scene.texture
    points, count = arrays.vertices - arrays.grid_center, len(arrays.vertices)
    is_top = (arrays.normals[:, 1] > 0.95) & (points[:, 1] < 0)
    has_texture = np.zeros(count, bool)
    has_texture[texture.source[texture.is_textured]] = True
    assert has_texture[is_top].mean() > 0.98
