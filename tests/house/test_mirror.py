"""tests/unit mirrors the packages: what tests a module stands where the module stands, under its name."""

from __future__ import annotations

from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
UNIT = CHECKOUT / "tests" / "unit"
# About the whole core, not one module of it.
WHOLE = {"test_hostile_values.py", "test_hostile_words.py", "test_imports.py", "test_public_names.py"}


def room_of(test: Path) -> Path:
    """Return the folder of the package that a folder of tests is about."""
    folder = test.parent.relative_to(UNIT)
    return CHECKOUT / (folder if folder.parts[:1] in {("gdbext",), ("lldbext",)} else "core" / folder)


def names_in(room: Path) -> set[str]:
    """Return what a test in this room may be named after: its modules, and the room itself."""
    return {room.name, *(path.stem for path in room.glob("*.py"))}


@pytest.mark.parametrize(
    "test", sorted(UNIT.rglob("test_*.py")), ids=lambda path: str(path.relative_to(UNIT))
)
def test_a_test_stands_where_the_module_stands_that_it_is_named_after(test):
    room = room_of(test)
    assert room.is_dir(), f"there is no {room.relative_to(CHECKOUT)}"
    name = test.stem.removeprefix("test_")
    assert test.name in WHOLE or any(name == one or name.startswith(one + "_") for one in names_in(room))
