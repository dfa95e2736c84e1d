"""The instructions around a place where code isn't what it should be, as they should be and as they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ...arch import SMALLEST_PAGE
from ...ports.program import Disassembler, Instruction
from ...ranges import TOP, Range, align_down
from ...walk.reading import ReadsInto, read_up_to

# Disassembly starts at a symbol that begins at most this many bytes before ...
NEAR = 1 << 12
# ... else this many bytes before: instructions of any length get into step within a few.
RUN_UP = 64
# Instructions listed of a place, for each side; the bytes of the longest instruction (x86: 15).
MOST, LONGEST = 8, 16

# By address and bytes: two sides share an instruction where both are equal.
_Steps = dict["tuple[int, bytes]", Instruction]


class Code(NamedTuple):
    """The instructions of both sides at a place, and the ones right before and after that both sides share.

    `is_cut`: the place goes on behind what is listed.
    """

    before: Instruction | None
    expected: tuple[Instruction, ...]
    actual: tuple[Instruction, ...]
    after: Instruction | None
    is_cut: bool

    @property
    def listed_end(self) -> int:
        """The address up to which both sides are listed; 0 where one has no instruction."""
        return min((side[-1].address + side[-1].size if side else 0) for side in (self.expected, self.actual))


def code_around(
    place: Range, symbol_start: int | None, expected: ReadsInto, actual: ReadsInto, disassembler: Disassembler
) -> Code:
    """Disassemble both sides at a range whose bytes all differ, in step with the code before it.

    `symbol_start` is where the symbol there begins, None if there is none. A side of which nothing can be
    read has no instructions.
    """
    start = _start(place.start, symbol_start, (expected, actual))
    size = min(place.end, place.start + MOST * LONGEST, TOP - LONGEST) + LONGEST - start
    left, right = (_steps(disassembler, start, read_up_to(side, start, size)) for side in (expected, actual))
    shared = [one for key, one in left.items() if key in right]
    sides = [tuple(one for one in steps.values() if _overlaps(one, place)) for steps in (left, right)]
    is_cut = any(len(side) > MOST for side in sides)
    code = Code(
        next((one for one in reversed(shared) if one.address < place.start), None),
        sides[0][:MOST],
        sides[1][:MOST],
        None,
        is_cut,
    )
    end = max((one.address + one.size for one in code.expected + code.actual), default=place.end)
    after = None if is_cut else next((one for one in shared if one.address == end), None)
    return code._replace(after=after)


def _overlaps(one: Instruction, place: Range) -> bool:
    return place.overlaps(one.address, one.address + one.size)


def _start(place: int, symbol_start: int | None, sides: Sequence[ReadsInto]) -> int:
    """Return where to start so that instructions are in step at the place; `place` if no more is readable."""
    if symbol_start is not None and 0 <= place - symbol_start <= NEAR:
        start = symbol_start
    else:
        start = max(0, align_down(place, RUN_UP) - RUN_UP)
    # Unreadable memory ends at a page boundary.
    for nearer in (start, max(start, align_down(place, SMALLEST_PAGE))):
        size = place - nearer
        if all(len(read_up_to(side, nearer, size)) == size for side in sides):
            return nearer
    return place


def _steps(disassembler: Disassembler, start: int, content: bytes) -> _Steps:
    found: _Steps = {}
    for one in disassembler.instructions(start, content):
        at = one.address - start
        found[one.address, content[at : at + one.size]] = one
    return found
