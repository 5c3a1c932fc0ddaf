"""Import of 3D files: formats, axes, tables, closed and open meshes, large meshes."""

import csv

import numpy as np
import pytest
import trimesh

from geometry.voxel_files import export_voxels
from tests.training.lamps import open_tube
from training.data.__main__ import main as data_command
from training.shape_import.command import held_out_names
from training.shape_import.contact_sheet import ARROW_COLOR, ascii_text, marked_grid
from training.shape_import.directions import to_model_axes, turned
from training.shape_import.formats import ShapeFileError
from training.shape_import.packing import pack_shape
from training.shape_import.table import list_entries, make_entry, read_table
from training.studio.shapes.cad import PACKED_SIDE, load_pool
from training.studio.shapes.cad_packing import save_pool
from training.studio.shapes.solids import fill_surface


def chair(up: str = "+y") -> trimesh.Trimesh:
    """A seat with a back, facing +z (+y up) or -y (+z up); 1 high, 0.5 wide, 0.75 deep."""
    seat = trimesh.creation.box(bounds=[(-0.25, 0, -0.375), (0.25, 0.5, 0.375)])
    back = trimesh.creation.box(bounds=[(-0.25, 0.5, -0.375), (0.25, 1, -0.25)])
    mesh = trimesh.util.concatenate([seat, back])
    if up == "+z":
        mesh.apply_transform(trimesh.transformations.rotation_matrix(np.pi / 2, [1, 0, 0]))
    return mesh


def expected() -> np.ndarray:
    """The grid of `chair` in our axes."""
    grid = np.zeros((PACKED_SIDE,) * 3, bool)
    grid[32:96, :64, 16:112] = True
    grid[32:96, 64:, 16:32] = True
    return grid


def differing(grid: np.ndarray) -> float:
    """Share of cells that differ from `expected`; touched border cells are half a per cent."""
    return float((grid ^ expected()).mean())


def run(*arguments) -> int:
    return data_command(["import", *map(str, arguments), "--jobs", "1"])


@pytest.mark.parametrize("suffix", ["obj", "glb", "gltf", "ply", "stl", "off"])
def test_every_mesh_format_is_turned_to_our_axes(suffix, tmp_path):
    (tmp_path / "chair").mkdir()
    up = "+z" if suffix in ("ply", "stl", "off") else "+y"
    path = tmp_path / "chair" / f"a.{suffix}"
    if suffix == "gltf":
        for name, data in trimesh.exchange.gltf.export_gltf(trimesh.Scene(chair(up))).items():
            (path if name.endswith(".gltf") else path.parent / name).write_bytes(data)
    else:
        chair(up).export(path)
    (entry,) = list_entries(tmp_path)
    assert (entry.category, entry.up) == ("chair", up)
    model, closed, _ = pack_shape(tmp_path, entry)
    assert closed and differing(model.solid) < 0.02
    assert model.vertices.min() == pytest.approx(-0.5) and np.ptp(model.vertices, axis=0)[2] == 0.75


def test_grids_are_read_in_our_axes(tmp_path):
    grid = expected()
    export_voxels(grid.astype(np.float32), None, 0.5, tmp_path / "a.binvox")
    export_voxels(np.where(grid, 0.4, 0.1).astype(np.float32), None, 0.3, tmp_path / "b.npz")
    np.save(tmp_path / "c.npy", grid[::2, ::2, ::2])
    for entry in list_entries(tmp_path):
        model, closed, _ = pack_shape(tmp_path, entry)
        assert closed and differing(model.solid) < 0.002, entry.file
        assert np.ptp(model.vertices, axis=0) == pytest.approx([0.5, 1, 0.75], abs=0.02)


def test_a_grid_is_turned_like_a_mesh(tmp_path):
    turned_grid = np.rot90(expected(), axes=(2, 0))  # about y: the front at +z goes to +x
    np.save(tmp_path / "a.npy", turned_grid)
    table = tmp_path / "t.csv"
    table.write_text("file,category,front,up\na.npy,chair,+x,+y\n", encoding="utf-8")
    (entry,) = list_entries(tmp_path, read_table(table))
    assert differing(pack_shape(tmp_path, entry)[0].solid) == 0


def test_every_pair_of_directions_is_a_rotation():
    for up in ("+x", "-x", "+y", "-y", "+z", "-z"):
        for front in ("+x", "-x", "+y", "-y", "+z", "-z"):
            if up[1] == front[1]:
                with pytest.raises(ShapeFileError, match="one axis"):
                    to_model_axes(up, front)
                continue
            assert np.linalg.det(to_model_axes(up, front)) == pytest.approx(1)
            assert turned(up, turned(up, turned(up, turned(up, front)))) == front


def test_shapenets_layout_gives_category_and_axes(tmp_path):
    models = tmp_path / "03001627" / "1a2b" / "models"
    models.mkdir(parents=True)
    mesh = chair()
    mesh.apply_transform(trimesh.transformations.rotation_matrix(np.pi, [0, 1, 0]))  # faces -z
    mesh.export(models / "model_normalized.obj")
    (models / "model_normalized.solid.binvox").write_bytes(b"the same shape again")
    (entry,) = list_entries(tmp_path)
    assert (entry.name, entry.category, entry.front) == ("03001627/1a2b", "chair", "-z")
    assert differing(pack_shape(tmp_path, entry)[0].solid) < 0.02


def test_a_wide_category_is_turned_by_a_guess_and_not_by_a_table(tmp_path):
    mesh = trimesh.creation.box((0.3, 0.5, 1.0))  # a sofa that lies along z
    (tmp_path / "sofa").mkdir()
    mesh.export(tmp_path / "sofa" / "a.glb")
    guessed = make_entry(tmp_path, "sofa/a.glb")
    given = make_entry(
        tmp_path, "sofa/a.glb", [dict(file="sofa/*", category="", front="+z", up="")]
    )
    for entry, sides in ((guessed, [1, 0.5, 0.3]), (given, [0.3, 0.5, 1])):
        assert np.ptp(pack_shape(tmp_path, entry)[0].vertices, axis=0) == pytest.approx(sides)


@pytest.mark.parametrize("turn", [0.0, 0.3])
def test_closed_meshes_are_solid_at_any_size(turn):
    box = trimesh.creation.box((1, 1, 1))
    box.apply_transform(trimesh.transformations.rotation_matrix(turn, [1, 2, 3]))
    box.apply_scale(1 / np.ptp(box.vertices, axis=0).max())
    solid = fill_surface(box.vertices, box.faces, PACKED_SIDE)
    assert solid[64, 64, 64]  # a single cell missing in a wall would empty the box
    assert box.volume <= solid.mean() <= box.volume * 1.06


def test_open_meshes_have_thin_walls(tmp_path):
    open_tube(0.5, 0.5, 1.0).export(tmp_path / "shade.glb")  # z up in a file with y up
    model, closed, _ = pack_shape(tmp_path, make_entry(tmp_path, "shade.glb"))
    assert not closed
    slice_ = model.solid[:, :, 64]  # a ring in the x-y plane
    assert slice_.any() and not slice_[64, 64]
    assert 0.02 < slice_.mean() < 0.05  # one to two cells of 128: a circumference of 2 pi 0.5


def test_meshes_of_more_than_65535_vertices_are_stored_whole(tmp_path):
    sphere = trimesh.creation.uv_sphere(0.5, count=(280, 280))
    assert len(sphere.vertices) > 65535
    sphere.export(tmp_path / "ball.ply")
    (tmp_path / "other.stl").write_bytes(trimesh.creation.box().export(file_type="stl"))
    models = [pack_shape(tmp_path, entry)[0] for entry in list_entries(tmp_path)]
    save_pool(models, tmp_path / "shapes.npz")
    ball, other = load_pool(tmp_path / "shapes.npz")
    assert ball.faces.max() == len(sphere.vertices) - 1 > 65535
    stored = trimesh.Trimesh(ball.vertices, ball.faces, process=False)
    assert stored.is_watertight and stored.volume == pytest.approx(np.pi / 6, rel=0.001)
    assert len(other.faces) == 12 and other.solid.all()


def test_the_command_writes_shapes_table_and_sheet(tmp_path, capsys):
    folder, out = tmp_path / "in", tmp_path / "out" / "shapes.npz"
    (folder / "chair").mkdir(parents=True)
    chair().export(folder / "chair" / "a.glb")
    chair("+z").export(folder / "chair" / "b.stl")
    (folder / "chair" / "broken.obj").write_text("v 1 2\n")
    assert run(folder, "--out", out) == 1
    printed = capsys.readouterr()
    assert "chair*       +z*    +y*    closed" in printed.out
    assert "skipped" in printed.err and "broken.obj" in printed.err
    assert [m.name for m in load_pool(out)] == ["chair/a", "chair/b"]
    assert out.with_suffix(".jpg").is_file()
    rows = list(csv.DictReader(out.with_suffix(".csv").open(encoding="utf-8")))
    assert [(r["front"], r["guessed"]) for r in rows] == [
        ("+z", "category front up"),
        ("-y", "category front up"),
    ]
    table = out.with_suffix(".csv").read_text(encoding="utf-8").replace("a.glb,chair", "a.glb,lamp")
    (tmp_path / "own.csv").write_text(table, encoding="utf-8")
    run(folder, "--out", out, "--table", tmp_path / "own.csv")
    assert [m.category for m in load_pool(out)] == ["lamp", "chair"]
    assert "lamp         +z     +y " in capsys.readouterr().out  # nothing is guessed any more


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ("category,front\nlamp,+z\n", "no column file"),
        ("file,front\n*,upwards\n", 'line 2: "upwards" is no direction'),
        ("file,front,up\n*,+y,-y\n", "are one axis"),
        ("file,category\nnothing/*,lamp\n", 'names "nothing/\\*"'),
        ("file,categroy\na.glb,lamp\n", 'has a column "categroy"; call it category'),
    ],
)
def test_wrong_tables_are_explained(table, sentence, tmp_path, capsys):
    folder = tmp_path / "in"
    folder.mkdir()
    chair().export(folder / "a.glb")
    (tmp_path / "t.csv").write_text(table, encoding="utf-8")
    assert run(folder, "--out", tmp_path / "o.npz", "--table", tmp_path / "t.csv") == 2
    error = capsys.readouterr().err
    assert sentence.replace("\\", "") in error and error.count("\n") == 1


def test_the_written_table_is_read_again_whatever_the_names(tmp_path, capsys):
    (tmp_path / "in" / "x").mkdir(parents=True)
    for name in (
        "lamp [old].glb",
        "lamp, big.glb",
        "Stehlämpchen 台灯.glb",
        "x/model.obj",
        "x.glb",
    ):
        chair().export(tmp_path / "in" / name)
    out = tmp_path / "o.npz"
    assert run(tmp_path / "in", "--out", out) == 0
    table = out.with_suffix(".csv").read_text(encoding="utf-8").replace(",in,", ",lamp,")
    table = table.replace("file,", "File,").replace("x/model.obj,x", ".\\x\\model.obj,lamp")
    (tmp_path / "own.csv").write_text(table, encoding="utf-8")
    assert run(tmp_path / "in", "--out", out, "--table", tmp_path / "own.csv") == 0
    models = load_pool(out)
    assert {model.category for model in models} == {"lamp"}
    assert len({model.name for model in models}) == 5  # x/model.obj and x.glb differ


def test_the_other_formats_of_a_shape_are_named(tmp_path, capsys):
    (tmp_path / "in").mkdir()
    for suffix in ("obj", "glb", "stl"):
        chair().export(tmp_path / "in" / f"a.{suffix}")
    assert run(tmp_path / "in", "--out", tmp_path / "o.npz") == 0
    assert "2 files are the same shapes in another format" in capsys.readouterr().out
    assert len(load_pool(tmp_path / "o.npz")) == 1


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--held-out", "o.npz"), "name two files"),
        (("--held-out", "held"), "must end in .npz"),
        (("--held-out", "a.glb/held.npz"), "cannot be made"),
    ],
)
def test_wrong_outputs_are_explained_before_the_work(
    options, sentence, tmp_path, capsys, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    chair().export(tmp_path / "a.glb")
    assert run(".", "--out", "o.npz", *options) == 2
    printed = capsys.readouterr()
    assert sentence in printed.err and printed.err.count("\n") == 1 and not printed.out


def test_a_category_of_one_shape_holds_none_out(tmp_path, capsys):
    chair().export(tmp_path / "a.glb")
    held = tmp_path / "held.npz"
    held.write_bytes(b"of an earlier import")
    assert run(tmp_path, "--out", tmp_path / "o.npz", "--held-out", held) == 0
    assert "No shape is held out" in capsys.readouterr().out and not held.exists()


def test_folders_without_shapes_are_explained(tmp_path, capsys):
    assert run(tmp_path / "nowhere", "--out", tmp_path / "o.npz") == 2
    assert run(tmp_path, "--out", tmp_path / "o.npz") == 2
    (tmp_path / "a.npy").write_bytes(b"no array")
    assert run(tmp_path, "--out", tmp_path / "o.npz") == 2
    lines = capsys.readouterr().err.splitlines()
    assert [line.split()[0] for line in lines] == ["There", str(tmp_path), "No"]
    assert not (tmp_path / "o.npz").exists()


def test_the_sheet_marks_the_front(tmp_path):
    chair().export(tmp_path / "a.glb")
    grid, colors = marked_grid(pack_shape(tmp_path, make_entry(tmp_path, "a.glb"))[0])
    arrow = np.argwhere(grid & (colors == ARROW_COLOR).all(axis=-1))
    shape = np.argwhere(grid & (colors != ARROW_COLOR).any(axis=-1))
    assert arrow[:, 2].min() > shape[:, 2].max()  # in front of the shape, +z
    assert set(arrow[:, 1]) == {shape[:, 1].min()}  # on the floor


def test_captions_have_letters_of_the_font():
    assert ascii_text("3: Lämpchen Ø 台") == "3: Lampchen ? ?"


def test_held_out_shapes_depend_on_the_names_alone(tmp_path):
    class Named:
        def __init__(self, name, category):
            self.name, self.category = name, category

    models = [Named(f"{c}/{i}", c) for c in ("lamp", "plant") for i in range(20)]
    chosen = held_out_names(models)
    assert {sum(n.startswith(c) for n in chosen) for c in ("lamp/", "plant/")} == {3}
    assert chosen == held_out_names(models[::-1])
    assert held_out_names([Named("a", "lamp")]) == set()


@pytest.mark.parametrize("command", ["import", "render"])
def test_the_help_of_each_command_shows_how_it_is_typed(command, capsys):
    assert data_command([]) == 2 and data_command(["--help"]) == 0
    assert f"training.data {command} " in capsys.readouterr().out
    with pytest.raises(SystemExit):
        data_command([command, "--help"])
    assert f"usage: python -m training.data {command} " in capsys.readouterr().out
