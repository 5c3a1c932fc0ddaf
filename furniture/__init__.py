"""Procedural furniture: for each category a function from choices to a piece."""

from collections.abc import Callable

from furniture.choices import Choices
from furniture.primitives import Furniture

Generator = Callable[[Choices], Furniture]


def generators() -> dict[str, Generator]:
    """Category name to generator; each call of a generator draws a new piece."""
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
