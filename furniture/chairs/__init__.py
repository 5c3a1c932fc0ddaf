"""Chairs of all designs, weighted as in Pix3D and in homes.

In Pix3D the front is at +z and the height is the longest side; width is 0.57 to 0.73 of it, depth
0.62 to 0.77. At the median 3.8 % of the cube is solid. Upholstered bodies are solid down to their
underside, shells are thin; a third of the chairs has castors, a seventh are stools.
"""

from furniture.chairs import (
    bar_chairs,
    benches,
    dining,
    folding,
    lounge,
    office,
    rare_chairs,
    rocking,
    round_backs,
    shells,
    stools,
    tubs_and_pods,
    wooden_lounge,
)
from furniture.choices import Choices
from furniture.primitives import Furniture

DESIGNS = {
    dining.framed: 17,
    dining.parsons: 9,
    round_backs.bow_back: 6,
    round_backs.captain: 5,
    dining.cafe: 2.5,
    dining.stacking: 7,
    shells.side_shell: 6,
    shells.arm_shell: 3.5,
    tubs_and_pods.tub: 4,
    tubs_and_pods.pod: 4,
    office.task: 8,
    office.mesh: 3,
    office.executive: 8,
    office.gaming: 2,
    office.drafting: 2,
    office.conference: 2,
    stools.stool: 5,
    bar_chairs.bar_chair: 5,
    bar_chairs.pedestal_stool: 2.5,
    stools.saddle_stool: 1,
    benches.bench: 1.5,
    benches.ottoman: 1.2,
    lounge.club: 5,
    lounge.wing: 2,
    lounge.slipper: 2,
    wooden_lounge.wooden_lounge: 4,
    wooden_lounge.bent_lounge: 2.5,
    lounge.recliner: 2,
    folding.folding: 4,
    rocking.rocking: 2.5,
    rare_chairs.adirondack: 1,
    folding.director: 1,
    folding.camp_stool: 1,
    folding.crossed_frames: 1,
    rare_chairs.high_chair: 0.8,
    rare_chairs.wicker: 1,
    rare_chairs.zigzag: 0.6,
    rare_chairs.bean_bag: 0.4,
}


def chair(draw: Choices) -> Furniture:
    """Draws a chair, metres, standing on y = 0, its front at +z."""
    return draw.pick("design", DESIGNS)(draw)
