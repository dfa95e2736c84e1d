"""The adapters of the two debuggers are parallel: who knows one finds their way in the other."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
PREFIXES = {"gdbext": "Gdb", "lldbext": "Lldb"}

# Files that only one debugger needs, each with the reason.
ALONE = {
    "gdbext": {
        "auxv": "LLDB's API doesn't tell the auxiliary vector",
        "functions": "only GDB has convenience functions",
        "hits": "only GDB has convenience variables that its `find` sets, too",
        "mi": "GDB/MI is GDB's own",
        "mappings": "GDB tells mappings in text only",
        "sections": "GDB tells regions and sections in text only",
        "selection": "most of GDB's commands know only the selected inferior",
        "stub": "LLDB can't send packets to a stub, so nothing searches there",
    },
    "lldbext": {
        "expressions": "LLDB's own evaluator writes to the process",
        "interrupts": "LLDB's first Ctrl-C only sets a flag, GDB's raises KeyboardInterrupt",
        "names": "LLDB looks up by name what GDB is handed",
        "options": "LLDB completes options that are declared to it, GDB asks",
        "register_packets": "LLDB's API asks for each register of a thread, GDB's for all",
        "uncached": "LLDB keeps what it reads, GDB doesn't",
    },
}
# Classes of shared files that only one debugger needs, each with the reason.
ALONE_CLASSES = {
    "gdbext": {
        "GdbEvents": "GDB tells by events that something ran, LLDB counts stops",
        "GdbMappings": "GDB also has the mappings of /proc of another machine",
        "GdbTerminal": "LLDB writes to its terminal or into a result",
    },
    "lldbext": {},
}
# Ports that only one debugger has: the reasons are those of the files.
ALONE_PORTS = {"gdbext": {"auxv"}, "lldbext": set()}


def files(adapter: str) -> dict[str, Path]:
    """Return the modules and rooms of an adapter by name."""
    folder = CHECKOUT / adapter
    rooms = [path.parent for path in folder.glob("*/__init__.py")]
    return {path.stem: path for path in [*folder.glob("*.py"), *rooms]}


def tree(adapter: str, name: str) -> ast.Module:
    return ast.parse((CHECKOUT / adapter / f"{name}.py").read_text())


def own_classes(adapter: str, name: str) -> set[str]:
    """Return the classes of a module that are named after the debugger."""
    defined = (node.name for node in tree(adapter, name).body if isinstance(node, ast.ClassDef))
    return {name for name in defined if name.startswith(PREFIXES[adapter])}


def ports_given(adapter: str) -> set[str]:
    """Return the names that `Target` is made with in an adapter."""
    calls = (node for node in ast.walk(tree(adapter, "target")) if isinstance(node, ast.Call))
    (made,) = (call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "Target")
    return {keyword.arg for keyword in made.keywords if keyword.arg}


def module_objects(adapter: str) -> Iterator[tuple[str, str]]:
    """Yield the module and the name of each object of a class that an adapter makes; commands are data."""
    for path in sorted((CHECKOUT / adapter).rglob("*.py")):
        for node in ast.parse(path.read_text()).body:
            value = getattr(node, "value", None)
            if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and is_class(value.func.id):
                yield path.stem, ast.unparse(node.targets[0] if isinstance(node, ast.Assign) else node)


def is_class(name: str) -> bool:
    return name[0].isupper() and name != "Command"


SHARED = sorted(files("gdbext").keys() & files("lldbext").keys())


def test_the_same_job_is_in_a_file_of_the_same_name():
    for adapter, other in (("gdbext", "lldbext"), ("lldbext", "gdbext")):
        assert files(adapter).keys() - files(other).keys() == ALONE[adapter].keys()


@pytest.mark.parametrize("name", SHARED)
def test_a_class_is_named_after_its_debugger_and_has_its_like_in_the_other(name):
    found = {adapter: own_classes(adapter, name) - ALONE_CLASSES[adapter].keys() for adapter in PREFIXES}
    jobs = {
        adapter: {one.removeprefix(PREFIXES[adapter]) for one in classes}
        for adapter, classes in found.items()
    }
    assert jobs["gdbext"] == jobs["lldbext"]


def test_both_have_the_same_ports():
    found = {adapter: ports_given(adapter) - ALONE_PORTS[adapter] for adapter in PREFIXES}
    assert found["gdbext"] == found["lldbext"]
    assert {"symbols", "evaluator", "breakpoints"} < found["gdbext"]


@pytest.mark.parametrize("adapter", PREFIXES)
def test_what_is_said_to_be_alone_is_there(adapter):
    classes = {one for name in SHARED for one in own_classes(adapter, name)}
    assert ALONE_CLASSES[adapter].keys() <= classes
    assert ALONE_PORTS[adapter] <= ports_given(adapter)


@pytest.mark.parametrize("adapter", PREFIXES)
def test_the_debugger_and_what_is_set_are_the_only_state_of_a_module(adapter):
    assert list(module_objects(adapter)) == [("debugger", "DEBUGGER"), ("settings", "CHOSEN")]
