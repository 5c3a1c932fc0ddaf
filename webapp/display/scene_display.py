"""Updates of the page for a room: all pieces of a photo in the viewer, and a line about them.

glb, model, facts = scene_shown(session, settings)       # of a session that displays a room
"""

from collections import Counter
from pathlib import Path

from pipeline.scene.files import export_shown_scene
from pipeline.scene.pictures import first_scene_view, scene_view
from pipeline.scene.scene import Scene
from pipeline.settings import PARTS, Settings
from webapp.components.pieces import piece_label
from webapp.components.viewer import view_of, viewer_file
from webapp.sessions.session import Session
from webapp.sessions.session_files import save_scene_picture

SHOWN = "{surface} where the pieces stand, sizes estimated. Pick one to change it alone."


def scene_shown(
    session: Session, settings: Settings, is_final: bool = True
) -> tuple[Path | None, dict, dict]:
    """Return the GLB to download, the viewer's value and the facts of the displayed room.

    The picture for the history is made of the same meshes. Without `is_final`, parts will replace
    the surfaces: there is no GLB and no picture yet.
    """
    model, scene = session.model, session.scene
    files = export_shown_scene(scene, settings, with_glb=is_final)
    if is_final:
        save_scene_picture(scene, lambda: files.meshes, session.folder, model.name)
    facts = files.facts
    facts["headline"] = scene_headline(scene, facts)
    facts["shown"] = scene_sentence(facts, settings, is_final)
    views = view_of(*first_scene_view(scene)), view_of(*scene_view(scene))
    value = viewer_file(files.display, model.photo, model.name, "room", *views)
    return files.glb, value, facts


def scene_sentence(facts: dict, settings: Settings, is_final: bool = True) -> str:
    """Return which surfaces the pieces have."""
    if settings.style == PARTS and not is_final:
        return "Looking for the parts ..."
    count, total = facts["made_of_parts"], facts["pieces"]
    surface = "Blocks" if settings.style == "blocks" else "Smooth surfaces"
    if count:
        kept = {0: "", 1: ", the other one is smooth"}.get(
            total - count, f", the other {total - count} are smooth"
        )
        made = "All pieces are" if count == total else f"{count} of {total} pieces are"
        return f"{made} made of parts{kept}; sizes are estimated. Pick one to change it alone."
    return SHOWN.format(surface=surface)


def scene_headline(scene: Scene, facts: dict) -> str:
    """Return for example "A room: 1 table and 4 chairs · about 2.3 x 1.8 m"."""
    counts = Counter(piece.result.prediction.category for piece in scene.pieces)
    names = [_counted(name, count) for name, count in counts.most_common()]
    listed = " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
    width, _, depth = facts["size_cm"]
    return f"A room: {listed} · about {width / 100:.1f} × {depth / 100:.1f} m"


def _counted(category: str, count: int) -> str:
    """Return for example "4 chairs"."""
    name = piece_label(category)
    return f"1 {name}" if count == 1 else f"{count} {name}s"
