"""Procedural furniture: one generator for each category, from choices to a piece.

All lengths are metres; y is up and z points to the front. `pieces.build` makes a piece from its
list of named choices.
"""

from collections.abc import Callable

from furniture.choices import Choices
from furniture.primitives import Furniture

Generator = Callable[[Choices], Furniture]


def generators() -> dict[str, Generator]:
    """Returns the generator of each category; each call of a generator draws a new piece."""
    from furniture import beds, chairs, desks, sofas, tables
    from furniture.objects import misc, tools
    from furniture.storage import bookcases, wardrobes

    return {
        "bed": beds.bed,
        "bookcase": bookcases.bookcase,
        "chair": chairs.chair,
        "desk": desks.desk,
        "misc": misc.misc,
        "sofa": sofas.sofa,
        "table": tables.table,
        "tool": tools.tool,
        "wardrobe": wardrobes.wardrobe,
    }
