"""What is compared with what by file: in one process, and in two runs."""

from __future__ import annotations

import pytest
from ptatlas.core.elf.auxv import AT_PLATFORM, AT_RANDOM
from ptatlas.core.images.diff.execution import Execution
from ptatlas.core.images.diff.pairing import Match, Pairing, paired
from ptatlas.core.ranges import TOP, Range
from support.targets import area


def shifts(pairing: Pairing) -> list[tuple[list[int], list[int], int]]:
    return [
        ([each.start for each in match.before], [each.start for each in match.after], match.delta)
        for match in pairing.matches()
    ]


PROGRAM, STACK = area(0x1000, 0x2000, "/p"), area(0x90000, 0xA0000, "[stack]")
HERE = Execution(42, 0x99000, {AT_RANDOM: 0x9E009, AT_PLATFORM: 0x9E019})


# --- one process


def test_in_one_process_all_is_compared_where_it_is() -> None:
    """The map below grows a new area, which is another one's number if areas are counted."""
    before = [PROGRAM, area(0x50000, 0x51000), STACK]
    after = [PROGRAM, area(0x40000, 0x41000), area(0x50000, 0x51000), area(0x88000, 0xA0000, "[stack]")]
    later = HERE._replace(stack_pointer=0x98000)
    assert shifts(paired(before, after, HERE, later)) == [
        ([0x1000, 0x50000, 0x90000], [0x1000, 0x40000, 0x50000, 0x88000], 0)
    ]


def test_a_file_that_was_loaded_anew_elsewhere_is_found_there() -> None:
    before = [PROGRAM, area(0x50000, 0x51000, "/l"), area(0x60000, 0x61000, "/l"), STACK]
    after = [PROGRAM, area(0x50000, 0x51000, "/l"), area(0x70000, 0x71000, "/l"), STACK]
    assert shifts(paired(before, after, HERE, HERE)) == [
        ([0x1000, 0x50000, 0x90000], [0x1000, 0x50000, 0x90000], 0),
        ([0x60000], [0x70000], 0x10000),
    ]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(HERE._replace(pid=43), id="another process"),
        pytest.param(HERE._replace(auxv={AT_RANDOM: 0x9E0F9}), id="another program in the process"),
        pytest.param(HERE._replace(pid=None), id="a process that isn't known"),
    ],
)
def test_what_is_not_surely_one_process_is_compared_as_two_runs(other: Execution) -> None:
    assert not HERE.is_same(other)
    moved = [area(0x3000, 0x4000, "/p"), STACK]
    assert shifts(paired([PROGRAM, STACK], moved, HERE, other))[0] == ([0x1000], [0x3000], 0x2000)


# --- the stacks of two runs


def stack_matches(was: Execution, now: Execution) -> list[Match]:
    there = area(0xF0000, 0x100000, "[stack]")
    return list(paired([STACK], [there], was._replace(pid=1), now._replace(pid=2)).matches())


@pytest.mark.parametrize(
    ("was", "now", "delta"),
    [
        pytest.param(Execution(1, 0x99000), Execution(2, 0xF8FF0), 0x5FFF0, id="from the stack pointers on"),
        pytest.param(
            Execution(1, None, {AT_RANDOM: 0x9E000}),
            Execution(2, 0xF8FF0, {AT_RANDOM: 0xFD010}),
            0x5F010,
            id="else from the first frames on",
        ),
        pytest.param(Execution(1), Execution(2, 0xF8FF0), None, id="else not at all"),
        pytest.param(Execution(1, 0x99000), Execution(2, 0x98000), None, id="nor by what isn't in it"),
    ],
)
def test_frames_are_compared(was: Execution, now: Execution, delta: int | None) -> None:
    frames = [match for match in stack_matches(was, now) if match.delta != 0x60000]
    assert [match.delta for match in frames] == ([] if delta is None else [delta])
    assert all(match.is_stack for match in frames)


def test_what_calls_left_behind_is_not_compared() -> None:
    (frames,) = stack_matches(Execution(1, 0x99000), Execution(2, 0xF8FF0))
    assert frames.within == Range(0x99000 - 128, 0xA0000)


def test_the_texts_of_the_environment_are_compared_from_the_end() -> None:
    was = Execution(1, 0x99000, {AT_RANDOM: 0x9E009, AT_PLATFORM: 0x9E019})
    now = Execution(2, 0xF8FF0, {AT_RANDOM: 0xFDFF9, AT_PLATFORM: 0xFE009})
    assert (was.stack_base, now.stack_base) == (0x9E020, 0xFE010)
    texts, frames = stack_matches(was, now)
    assert (texts.delta, texts.within) == (0x60000, Range(0x9E020, TOP))
    assert (frames.delta, frames.within) == (0x5FFF0, Range(0x99000 - 128, 0x9E020))
