"""What the page shows of a room: all pieces of a photo in the viewer, and a line about them.

model, facts = scene_shown(session, settings)    # of a session whose displayed model has a scene
"""

from collections import Counter

from pipeline.scene.files import export_scene_display
from pipeline.scene.pictures import first_scene_view, scene_view
from pipeline.scene.scene import Scene
from pipeline.settings import Settings
from webapp.components.pieces import piece_label
from webapp.components.viewer import view_of, viewer_file
from webapp.sessions import Session

SHOWN = "Smooth surfaces where the pieces stand, sizes estimated. Pick one to change it alone."


def scene_shown(session: Session, settings: Settings) -> tuple[dict, dict]:
    """Return the viewer's value and the facts of the displayed room."""
    model, scene = session.model, session.scene
    path, facts = export_scene_display(scene, settings)
    facts["headline"] = scene_headline(scene, facts)
    facts["shown"] = SHOWN
    views = view_of(*first_scene_view(scene)), view_of(*scene_view(scene))
    return viewer_file(path, model.photo, model.name, "room", *views), facts


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
