"""Names of the export formats. Imports nothing, so that `convert.py --help` answers at once.

To add a format, add its name here, and its writer to `geometry/mesh_files.py`,
`geometry/voxel_files.py` or `pipeline/turntable.py`.
"""

MESH_FORMATS = ("glb", "obj", "ply", "stl", "3mf", "usdz")
PRINT_FORMATS = ("stl", "3mf")  # for 3D printers: in millimetres, one closed body
VOXEL_FORMATS = ("vox", "npz", "binvox")
TURNTABLE_FORMATS = ("webp", "mp4")  # the model turning around
MODEL_FORMATS = MESH_FORMATS + VOXEL_FORMATS
FORMATS = MODEL_FORMATS + TURNTABLE_FORMATS
ZIP_FORMAT = "zip"  # all of MODEL_FORMATS in one file
VOXEL_SUFFIXES = tuple(f".{name}" for name in VOXEL_FORMATS)
TURNTABLE_SUFFIXES = tuple(f".{name}" for name in TURNTABLE_FORMATS)
