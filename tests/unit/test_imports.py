"""Imports run one way: the adapters import the core, and inside the core each layer only those below it."""

from __future__ import annotations

from collections import defaultdict
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
from support.imports import Import, imports_in

CHECKOUT = Path(__file__).resolve().parents[2]

# Lowest first. A module belongs to the longest name here that it begins with; it may import what is in
# layers below its own, and what has the same name here as it has.
SEARCH = (
    ("core.search.hits", "core.search.patterns"),
    ("core.search.matcher",),
    ("core.search.finders",),
    ("core.search.engine",),
    ("core.search.narrowing", "core.search.remote"),
    ("core.search.scanner", "core.search.yara"),
    ("core.search",),
)
IMAGES = (
    ("core.images.model",),
    ("core.images.mapped", "core.images.capture"),
    ("core.images.check", "core.images.diff", "core.images.exchange", "core.images.stored"),
    ("core.images",),
)
COMMANDS = (
    ("core.commands.shell",),
    ("core.commands.find", "core.commands.image", "core.commands.maps"),
    ("core.commands.registry",),
    ("core.commands.completions",),
    ("core.commands",),
)
LAYERS = (
    (
        "core.bootstrap",
        "core.byte_order",
        "core.errors",
        "core.numbers",
        "core.signals",
        "core.suggestions",
        "core.version",
    ),
    ("core.arguments", "core.integers"),
    (
        "core.arch",
        "core.brackets",
        "core.collector",
        "core.intervals",
        "core.ranges",
        "core.ticks",
        "core.watch",
    ),
    ("core.files", "core.range_set"),
    ("core.elf", "core.pool", "core.segments"),
    ("core.store",),
    ("core.maps",),
    ("core.ports",),
    ("core.maps.history", "core.maps.vm", "core.walk"),
    ("core.memory.accessors", "core.memory.contents", "core.paging"),
    ("core.sources",),
    *SEARCH,
    ("core.memory", "core.target_now"),  # a memory map is searched by the scanner
    *IMAGES,
    ("core.at_rest",),
    ("core.inferior_memory",),
    ("core.inferior",),
    ("core.inferiors", "core.opening", "core.owners", "core.render"),
    ("core.blocks",),
    ("core.references",),
    *COMMANDS,
    ("core.cli",),
    ("core",),  # the package itself, which exports names of all layers
)
# Names of one layer that may import each other all the same, as (importer, imported).
SIBLINGS_ALLOWED = frozenset({("core.maps.vm", "core.maps.history")})
OWN_PACKAGES = ("core", "gdbext", "lldbext")
FORBIDDEN = {
    "core": {"gdb", "lldb", "gdbext", "lldbext"},
    "gdbext": {"lldb", "lldbext"},
    "lldbext": {"gdb", "gdbext"},
}


def foreign_imports(imports: list[Import]) -> list[Import]:
    """Those that cross from the core to a debugger, or from one debugger to the other."""
    return [found for found in imports if _top(found.imported) in FORBIDDEN[_top(found.importer)]]


def upward_imports(imports: list[Import]) -> list[Import]:
    """Those of core modules by core modules that do not go to a lower layer."""
    height = {name: number for number, layer in enumerate(LAYERS) for name in layer}

    def goes_up(importer: str, imported: str) -> bool:
        if importer == imported or (importer, imported) in SIBLINGS_ALLOWED:
            return False
        return height[importer] <= height[imported]

    inside = [found for found in imports if _top(found.importer) == _top(found.imported) == "core"]
    return [found for found in inside if goes_up(_layer_name(found.importer), _layer_name(found.imported))]


def unlisted_modules(imports: list[Import]) -> set[str]:
    """Core modules that no layer claims."""
    modules = {name for found in imports for name in found[:2] if name.startswith("core.")}
    return {name for name in modules if _layer_name(name) == "core"}


def import_cycle(imports: list[Import]) -> list[str]:
    """Modules that import each other in a ring when the program runs, or none."""
    graph = defaultdict(set)
    for found in imports:
        if not found.types_only:
            graph[found.importer].add(found.imported)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return error.args[1]
    return []


def _top(module: str) -> str:
    return module.partition(".")[0]


def _layer_name(module: str) -> str:
    names = [name for layer in LAYERS for name in layer if f"{module}.".startswith(f"{name}.")]
    return max(names, key=len)


def _own_imports() -> list[Import]:
    return [found for package in OWN_PACKAGES for found in imports_in(CHECKOUT, package)]


def _text(imports: list[Import]) -> str:
    return "\n".join(map(str, imports))


def test_the_core_knows_no_debugger_and_an_adapter_only_its_own():
    assert not _text(foreign_imports(_own_imports()))


def test_inside_the_core_imports_go_down():
    assert not _text(upward_imports(imports_in(CHECKOUT, "core")))


def test_every_module_of_the_core_has_its_layer():
    assert not unlisted_modules(imports_in(CHECKOUT, "core"))


def test_no_modules_import_each_other_in_a_ring():
    assert not import_cycle(_own_imports())


# The checker itself, on a small tree.

EMPTY_TREE = {
    "core/__init__.py": "",
    "core/errors.py": "",
    "core/maps/__init__.py": "",
    "core/maps/area.py": "",
    "core/images/__init__.py": "",
    "core/images/model/__init__.py": "",
    "core/search/__init__.py": "",
    "gdbext/__init__.py": "",
    "lldbext/__init__.py": "",
}


@pytest.fixture
def imports_of_tree(tmp_path):
    """Give the imports of the small tree with some files of other content."""

    def write(changes: dict[str, str]) -> list[Import]:
        for name, content in {**EMPTY_TREE, **changes}.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(content)
        return [found for package in OWN_PACKAGES for found in imports_in(tmp_path, package)]

    return write


@pytest.mark.parametrize(
    ("file", "statement"),
    [
        pytest.param("core/errors.py", "import gdb", id="core imports gdb"),
        pytest.param("core/errors.py", "import lldb", id="core imports lldb"),
        pytest.param("core/errors.py", "from ..gdbext import plugin", id="core imports its adapter"),
        pytest.param("core/errors.py", "import ptatlas.lldbext", id="core imports its adapter by full name"),
        pytest.param("core/maps/area.py", "def late():\n    import gdb.types", id="core imports gdb late"),
        pytest.param("gdbext/__init__.py", "import lldb", id="gdbext imports lldb"),
        pytest.param("lldbext/__init__.py", "from gdb import types", id="lldbext imports gdb"),
        pytest.param("lldbext/__init__.py", "from ptatlas import gdbext", id="lldbext imports gdbext"),
    ],
)
def test_an_import_across_the_boundary_is_caught(imports_of_tree, file, statement):
    assert len(foreign_imports(imports_of_tree({file: statement}))) == 1


@pytest.mark.parametrize(
    ("file", "statement"),
    [
        pytest.param("core/errors.py", "from .maps import area", id="up"),
        pytest.param("core/errors.py", "from . import maps", id="up, the package by name"),
        pytest.param("core/maps/area.py", "from ..images import Image", id="up, from a package"),
        pytest.param("core/maps/area.py", "from ptatlas.core.images import Image", id="up, by full name"),
        pytest.param("core/sources/__init__.py", "from ..search import scanner", id="to a room above"),
        pytest.param("core/errors.py", "from .. import core", id="to the whole core"),
        pytest.param(
            "core/errors.py",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .maps.area import Area",
            id="up, for types only",
        ),
    ],
)
def test_an_import_that_does_not_go_down_is_caught(imports_of_tree, file, statement):
    assert len(upward_imports(imports_of_tree({file: statement}))) == 1


def test_imports_that_go_down_or_stay_in_their_package_are_fine(imports_of_tree):
    imports = imports_of_tree(
        {
            "core/__init__.py": "from .images import Image",
            "core/maps/area.py": "from ..errors import AtlasError",
            "core/images/__init__.py": "from ..maps.area import Area\nfrom .model.section import Section",
            "core/images/model/section.py": "import bisect\nfrom ... import errors",
            "gdbext/__init__.py": "import gdb\nfrom ptatlas.core import images",
        }
    )
    assert len(imports) == 8
    assert not upward_imports(imports)
    assert not foreign_imports(imports)
    assert not import_cycle(imports)


def test_a_module_without_a_layer_is_caught(imports_of_tree):
    assert unlisted_modules(imports_of_tree({"core/news.py": "import os"})) == {"core.news"}


@pytest.mark.parametrize(
    ("back", "ring"),
    [
        pytest.param("from .area import Area", True, id="at the top"),
        pytest.param("def late():\n    from .area import Area", True, id="late"),
        pytest.param("if TYPE_CHECKING:\n    from .area import Area", False, id="for types only"),
    ],
)
def test_a_ring_inside_a_package_is_caught(imports_of_tree, back, ring):
    imports = imports_of_tree({"core/maps/area.py": "from .kind import Kind", "core/maps/kind.py": back})
    assert set(import_cycle(imports)) == ({"core.maps.area", "core.maps.kind"} if ring else set())
