"""Families of CAD models that no run trains on.

    held_out("meshes/table/IKEA_VEJMON_2.glb")      # True: the whole series is for validation

Variants of a series, and models of one creator, resemble each other. Each family is therefore in
the training pool as a whole or not at all. About 10 % of the models of every category are held
out. Most of them belong to the sets `sweethome` and `more`, which no run before run 8 has used.
"""

from fnmatch import fnmatchcase

# fnmatch patterns of files, relative to the folder of the pool
HELD_OUT = (
    # Pix3D: whole IKEA series, and single scans of chairs, misc and tools
    "meshes/bed/IKEA_BRIMNES_*",
    "meshes/bookcase/IKEA_KILBY_*",
    "meshes/chair/IKEA_POANG_*",
    "meshes/chair/SS_0[37]0*",
    "meshes/chair/SS_1[137]0*",
    "meshes/desk/IKEA_GALANT_*",
    "meshes/misc/SS_05*",
    "meshes/sofa/IKEA_LYCKSELE*",
    "meshes/table/IKEA_VEJMON_*",
    "meshes/tool/SS_3*",
    "meshes/wardrobe/IKEA_ANEBODA_*",
    # all models of one creator
    "sweethome/*/sh3d_katorlegaz__*",
    "sweethome/*/sh3d_blendswap-cc-by__cafe_set_*",
    "sweethome/*/sh3d_blendswap-cc-by__bedsideTable.*",
    "sweethome/*/sh3d_blendswap-cc-by__juniorBed.*",
    "sweethome/*/sh3d_blendswap-cc-by__simpleDesk.*",
    "sweethome/*/sh3d_blendswap-cc-by__wardrobe.*",
    "sweethome/*/sh3d_blendswap-cc-0__oak*",
    # series and single models of the other creators
    "sweethome/*/sh3d_scopia__wooden_office_*",
    "sweethome/*/sh3d_scopia__rattan*",
    "sweethome/bed/sh3d_blendswap-cc-by__lettoCloud.*",
    "sweethome/bookcase/sh3d_blendswap-cc-by__bookcase.*",
    "sweethome/chair/sh3d_blendswap-cc-0__silla2.*",
    "sweethome/chair/sh3d_blendswap-cc-0__thonet.*",
    "sweethome/chair/sh3d_blendswap-cc-by__armChair2.*",
    "sweethome/chair/sh3d_blendswap-cc-by__classSeat.*",
    "sweethome/chair/sh3d_blendswap-cc-by__foldingChair.*",
    "sweethome/sofa/sh3d_blendswap-cc-by__couch3.*",
    "sweethome/wardrobe/sh3d_blendswap-cc-by__wardrobe2.*",
    "more/polyhaven__painted_wooden_cabinet_02.*",
    "more/polyhaven__wooden_table_02.*",
)


def held_out(file: str) -> bool:
    """Returns True if a model is held out for validation.

    Parameters
    ----------
    file : str
        Path of the GLB, relative to the folder of the pool, with forward slashes.
    """
    return any(fnmatchcase(file, pattern) for pattern in HELD_OUT)
