"""The modules that a source file imports, read from its syntax tree."""

import ast
from collections.abc import Iterator
from pathlib import Path


def imported(path: Path) -> Iterator[tuple[str, int]]:
    """First part of the name of each module that a file imports, and the line."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name.split(".")[0], node.lineno
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0], node.lineno
