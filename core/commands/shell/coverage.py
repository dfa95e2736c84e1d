"""What a search was asked to cover, and what it did: every byte of the scope is in one of four counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ...maps.kinds import NO_READ
from ...render.fields import counted, hexadecimal, size_in_words
from ...render.text import Line, warning
from ...walk.coverage import ABSENT, UNREADABLE

# The reasons of unreadable ranges in full; any other says it all by itself.
_IN_FULL = {
    NO_READ: "the program may not read it itself: its protection has no r",
    ABSENT: "it is mapped, but nobody kept its content",
    UNREADABLE: "it is mapped, but reading it fails",
}


def coverage_json(
    searched: int,
    never_touched: int,
    unreadable: Iterable[tuple[int, int, str]],
    left_out: int,
    why_left_out: str | Mapping[str, int] | None = None,
    *,
    problems: Iterable[str] = (),
) -> dict[str, Any]:
    """Return a coverage as documents have it; its four counts add up to the size of the scope, in bytes.

    `why_left_out` is why bytes are left out, or how many for each reason; None where the document says that
    elsewhere. `because` says in words why what was not searched was not; for `problems`, of which nobody
    knows how much they cost, without a number of bytes.
    """
    unreadable = list(unreadable)
    parts = [
        {"start": hexadecimal(start), "end": hexadecimal(end), "why": why} for start, end, why in unreadable
    ]
    reasons = {why_left_out: left_out} if isinstance(why_left_out, str) else why_left_out or {}
    because = [*_rows("unreadable", _by_reason(unreadable)), *_rows("left_out", reasons)]
    because += [{"what": "problems", "why": why, "bytes": None} for why in problems]
    return {
        "searched": searched,
        "never_touched": never_touched,
        "unreadable": parts,
        "left_out": left_out,
        "because": because,
    }


def _by_reason(unreadable: Iterable[tuple[int, int, str]]) -> Mapping[str, int]:
    sizes: Counter[str] = Counter()
    for start, end, why in unreadable:
        sizes[_IN_FULL.get(why, why)] += end - start
    return sizes


def _rows(what: str, sizes: Mapping[str, int]) -> list[dict[str, Any]]:
    return [{"what": what, "why": why, "bytes": size} for why, size in sizes.items() if size]


def unread_lines(done: str, unreadable: Sequence[tuple[int, int, str]]) -> Iterator[Line]:
    """Yield the lines about ranges that could not be read; `done` says what was not done with them.

    What nobody has is told in one line: a core file leaves out dozens of areas, and doesn't say why.
    """
    failed = [item for item in unreadable if item[2] != ABSENT]
    for start, end, why in failed[:SHOWN]:
        yield warning(f"not {done}: {start:#x}..{end:#x} ({why})")
    if len(failed) > SHOWN:
        yield warning(f"not {done}: {counted(len(failed) - SHOWN, 'more range')}; --json lists them")
    absent = [item for item in unreadable if item[2] == ABSENT]
    if absent:
        size = size_in_words(sum(end - start for start, end, _ in absent))
        where = f"{absent[0][0]:#x}..{absent[0][1]:#x}"
        where += f" and {counted(len(absent) - 1, 'more range')}" if len(absent) > 1 else ""
        yield warning(f"not {done}: {size} absent, in {where}: not dumped, so zeros or anything else")


def problems_json(problems: Iterable[str]) -> dict[str, Any]:
    """Return the field of a document that says what it can't cover, as pt-maps has it: none without any."""
    found = list(problems)
    return {"problems": found} if found else {}


# Ranges that could not be read are listed one by one up to this many.
SHOWN = 5
