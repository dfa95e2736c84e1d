"""A process with memory that userfaultfd is to fill in and never does: nothing in a debugger waits for it.

A session that hangs is a time-out of its next prompt; see `PATIENCE` in tests/support/session.py.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.asking import run_json
from support.children import Child, ChildError
from support.compile import PROGRAMS, compile_c
from support.session import Session

PAGE = 4096
WHY = "filled in by userfaultfd"
MISSING = ("missing", "shared", "code", "minor")
READ = "from ptatlas.{}ext import inferior; print(inferior().memory.{})"


@pytest.fixture
def child(build_dir) -> Iterator[Child]:
    try:
        child = Child(compile_c(PROGRAMS / "filled_in.c", build_dir, "-pthread"))
    except ChildError as error:
        pytest.skip(f"the kernel refuses userfaultfd: {error}")
    with child:
        yield child


@pytest.fixture
def session(child, start_loaded) -> Session:
    session = start_loaded()
    session.attach(child.pid)
    return session


def test_all_commands_and_accessors_return_and_say_what_they_could_not_read(session, child):
    never = list(map(child.place, MISSING))
    unreadable = sorted((hex(place.address + PAGE), hex(place.end), WHY) for place in never)

    found = run_json(session, "pt-find ' text' --limit 0")
    assert reasons(found) == unreadable
    assert {hex(place.address) for place in never} <= {
        hex(int(hit["address"], 16) // PAGE * PAGE) for hit in found["hits"]
    }
    narrowed = run_json(session, "pt-find ' text' --next")
    assert len(narrowed["hits"]) == len(found["hits"])
    text = session.run("pt-find ' text' -k shared -k anon")
    assert text.count(f"({WHY})") == len(MISSING)

    assert reasons(run_json(session, "pt-image snapshot all")) == unreadable
    assert f"({WHY})" in session.run("pt-image snapshot again")
    assert run_json(session, "pt-image diff all live")["ranges"] == []
    assert reasons(run_json(session, "pt-image diff live live")) == unreadable
    assert run_json(session, "pt-image diff live all -C 64")["ranges"] == []
    run_json(session, "pt-image check")
    run_json(session, "pt-image check -p s")
    run_json(session, "pt-image check all -p r")

    place = child.place("missing")
    shown = session.run(f"pt-find ' text' --in {place.address:#x},+{PAGE} -C 8192")
    assert "missing text" in shown
    assert "??" in shown
    read = f"is_mapped({place.address + PAGE:#x})"
    assert "False" in session.run_python(READ.format(session.name, read))
    read = f"get_string({place.address:#x})"
    assert "missing text" in session.run_python(READ.format(session.name, read))
    assert "False" in session.run_python(READ.format(session.name, f"is_string({place.end - 16:#x})"))


def reasons(document) -> list[tuple[str, str, str]]:
    """What couldn't be read for the reason that this is about."""
    parts = document["coverage"]["unreadable"]
    return [(part["start"], part["end"], part["why"]) for part in parts if part["why"] == WHY]
