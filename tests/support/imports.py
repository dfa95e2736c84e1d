"""Which module imports which, read from the source: nothing is run, and imports in functions count too."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

NAMESPACE = "ptatlas"


class Import(NamedTuple):
    """One import statement, names without the namespace: `core.maps.area` imports `core.errors`."""

    importer: str
    imported: str
    line: int
    types_only: bool
    """Whether it stands under `if TYPE_CHECKING` and so does not happen when the program runs."""

    def __str__(self) -> str:
        return f"{self.importer}, line {self.line}: imports {self.imported}"


@functools.cache  # it takes a second, and several tests ask
def imports_in(root: Path, package: str) -> list[Import]:
    """All imports of the package at `root / package`, also those in functions and for type checking only."""
    files = sorted((root / package).rglob("*.py"))
    return [found for file in files for found in _imports_of(file, root)]


def _imports_of(file: Path, root: Path) -> Iterator[Import]:
    module = _module_name(file, root)
    package = module if file.name == "__init__.py" else module.rpartition(".")[0]
    tree = ast.parse(file.read_text(), str(file))
    types_only = set(_nodes_for_types_only(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node, package)
            names = [_module_or_its_content(base, alias.name, root) for alias in node.names]
        else:
            continue
        for name in names:
            yield Import(module, _without_namespace(name), node.lineno, node in types_only)


def _nodes_for_types_only(tree: ast.Module) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            yield from (inner for statement in node.body for inner in ast.walk(statement))


def _module_name(file: Path, root: Path) -> str:
    parts = file.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _absolute(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return _without_namespace(node.module or "")
    parents = package.split(".")
    base = parents[: len(parents) - node.level + 1]
    return ".".join([*base, *([node.module] if node.module else [])])


def _module_or_its_content(base: str, name: str, root: Path) -> str:
    """`from base import name` depends on the module of that name if there is one, else on `base`."""
    path = root.joinpath(*base.split("."), name)
    is_module = path.with_suffix(".py").exists() or path.is_dir()
    return ".".join(filter(None, (base, name))) if is_module or not base else base


def _without_namespace(name: str) -> str:
    first, _, rest = name.partition(".")
    return rest if first == NAMESPACE else name
