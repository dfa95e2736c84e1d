"""What changed in the map, from stop to stop, in both debuggers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.asking import BREAK, CONTINUE, run_json
from support.compile import PROGRAMS, compile_c
from support.session import Session

AREA, PAGE = 0x200000000000, 0x1000
STEPS = ("mapped", "touched", "protected", "back", "grown", "holed", "file", "renamed", "unmapped", "brk")


def part(first: int, last: int, perms: str = "rw-p", path: str = "") -> tuple[str, str, str, str]:
    """An area of tests/programs/steps.c, by its pages."""
    return hex(AREA + first * PAGE), hex(AREA + last * PAGE), perms, path


def expected(old: str, new: str) -> dict[str, list[tuple[str, Any, Any]]]:
    """What each step changes: the word, the area before, and the area after."""
    return {
        "mapped": [("added", None, part(0, 4))],
        "touched": [],
        "protected": [("altered", part(1, 2), part(1, 2, "r--p"))],
        "back": [("altered", part(1, 2, "r--p"), part(1, 2))],
        "grown": [("altered", part(0, 4), part(0, 8))],
        "holed": [("removed", part(2, 3), None)],
        "file": [("added", None, part(64, 65, "r--p", old))],
        "renamed": [("altered", part(64, 65, "r--p", old), part(64, 65, "r--p", new))],
        "unmapped": [
            ("removed", part(0, 2), None),
            ("removed", part(3, 8), None),
            ("removed", part(64, 65, "r--p", new), None),
        ],
    }


def told(document: Any) -> list[tuple[str, Any, Any]]:
    def side(area: Any) -> Any:
        return area and (area["start"], area["end"], area["perms"], area["path"])

    return [(each["change"], side(each["before"]), side(each["after"])) for each in document["changes"]]


@pytest.fixture
def stepping(start_loaded: Callable[..., Session], build_dir: Path, tmp_path: Path) -> Session:
    """A session whose program stands before its first step."""
    (tmp_path / "old").write_bytes(bytes(PAGE))
    program = compile_c(PROGRAMS / "steps.c", build_dir)
    session = start_loaded(program, tmp_path / "old", tmp_path / "new")
    session.run(BREAK[session.name].format("step"))
    session.run("run")
    return session


def test_each_stop_tells_exactly_what_changed_and_the_timestamp_moves_then_and_only_then(stepping, tmp_path):
    run_json(stepping, "pt-maps")
    changes = expected(str(tmp_path / "old"), str(tmp_path / "new"))
    for step in STEPS:
        before = int(stepping.run("pt-maps --timestamp"))
        stepping.run(CONTINUE[stepping.name])
        after = int(stepping.run("pt-maps --timestamp"))
        document = run_json(stepping, "pt-maps --changed")
        assert after - before == bool(document["changes"]), step
        if step == "brk":
            assert [(each["change"], each["after"]["path"]) for each in document["changes"]] in (
                [("added", "[heap]")],
                [("altered", "[heap]")],
            )
        else:
            assert told(document) == changes[step], step


def test_a_map_that_is_followed_tells_its_changes_by_itself(stepping):
    assert stepping.run("pt-maps --follow on") == ""
    answers = [stepping.run(CONTINUE[stepping.name]) for _ in ("mapped", "touched", "protected")]
    assert [hex(AREA) in answers[0], "change" in answers[1], hex(AREA + PAGE) in answers[2]] == [
        True,
        False,
        True,
    ]
    assert stepping.run("pt-maps --follow off") == ""
    assert "change" not in stepping.run(CONTINUE[stepping.name])


def test_changes_since_an_older_generation(stepping):
    first = int(stepping.run("pt-maps --timestamp"))
    for _ in ("mapped", "touched", "protected"):
        stepping.run(CONTINUE[stepping.name])
        stepping.run("pt-maps --timestamp")
    found = told(run_json(stepping, f"pt-maps --since {first}"))
    assert found == [
        ("added", None, part(0, 1)),
        ("added", None, part(1, 2, "r--p")),
        ("added", None, part(2, 4)),
    ]


def test_what_is_altered_is_told_before_and_after(stepping):
    stepping.run(CONTINUE[stepping.name])
    stepping.run("pt-maps")
    stepping.run(CONTINUE[stepping.name])
    stepping.run(CONTINUE[stepping.name])
    (change,) = run_json(stepping, "pt-maps --changed")["changes"]
    assert change["what"] == ["perms"]
    assert "perms rw-p -> r--p" in stepping.run("pt-maps --since 1")


EXEC = """
#include <unistd.h>
__attribute__((noinline)) void ready(void) { __asm__ volatile("" ::: "memory"); }
int main(int count, char **words)
{
    ready();
    return count > 1 ? execv(words[1], (char *[]){words[1], 0}) : 0;
}
"""


def test_after_exec_another_program_runs(start_loaded, build_dir, tmp_path):
    other = tmp_path / "other-program"
    other.write_bytes(compile_c(EXEC, build_dir).read_bytes())
    other.chmod(0o700)
    session = start_loaded(compile_c(EXEC, build_dir), other)
    session.run(BREAK[session.name].format("ready"))
    session.run("run")
    session.run("pt-maps")
    session.run("pt-maps --follow on")
    # LLDB would set it in the other program too, and say so whenever it likes.
    session.run({"gdb": "delete 1", "lldb": "breakpoint delete 1"}[session.name])
    session.run("catch exec" if session.name == "gdb" else "settings set target.process.stop-on-exec true")
    stop = session.run(CONTINUE[session.name])
    for answer in (stop, session.run("pt-maps --changed")):
        assert "another program runs now: other-program, before it was program" in answer
        assert "nothing to compare with" in answer
    # It is followed on: what the dynamic linker maps until the program begins.
    session.run(BREAK[session.name].format("main"))
    following = session.run(CONTINUE[session.name])
    assert "libc.so" in following
    assert "another program" not in following


def test_the_first_look_has_nothing_to_compare_with(stepping):
    assert stepping.run("pt-maps --changed").startswith("nothing to compare with")


@pytest.mark.parametrize("generation", ["99", "0", "x", "-1"])
def test_a_generation_that_is_not_known_is_an_error(stepping, generation):
    answer = stepping.run(f"pt-maps --since={generation}").removeprefix("error: ")
    assert answer.startswith(("pt-maps: there is no generation", "pt-maps: --since takes a generation"))


def test_what_is_resident_is_shown_when_it_is_asked_for(stepping):
    for _ in ("mapped", "touched"):
        stepping.run(CONTINUE[stepping.name])
    area = run_json(stepping, f"pt-maps {AREA:#x} --rss --columns start,vmflags")["areas"][0]
    assert (area["rss"], area["pss"], area["swap"], area["dirty"]) == (4 * PAGE, 4 * PAGE, 0, 4 * PAGE)
    assert "rd" in area["vmflags"]
    assert "rss" not in run_json(stepping, f"pt-maps {AREA:#x}")["areas"][0]
