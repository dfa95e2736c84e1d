"""One thing, one name; one name, one thing: no public class or type of the core is defined twice."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

CORE = Path(__file__).resolve().parents[2] / "core"


def public_types(tree: ast.Module) -> Iterator[str]:
    """Yield the classes at the top of a module, and whatever else is defined there."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Assign):
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id


def is_public_type(name: str) -> bool:
    return name[0].isupper() and not name.isupper()


def places_of_types(core: Path) -> dict[str, list[str]]:
    places = defaultdict(list)
    for file in sorted(core.rglob("*.py")):
        for name in filter(is_public_type, public_types(ast.parse(file.read_text()))):
            places[name].append(str(file.relative_to(core)))
    return places


def test_no_public_type_is_defined_twice():
    assert {name: files for name, files in places_of_types(CORE).items() if len(files) > 1} == {}


def test_a_double_is_seen(tmp_path):
    (tmp_path / "one.py").write_text("class Area: pass")
    (tmp_path / "other.py").write_text("Area = tuple[int, int]\n_Own = PAGE = 1")
    assert places_of_types(tmp_path) == {"Area": ["one.py", "other.py"]}
