"""The instructions of both sides under a table's row, for a range of code that differs."""

from __future__ import annotations

from collections.abc import Iterator

from ...images.check.difference import BREAKPOINT, Difference
from ...images.check.disassembly import Code, code_around
from ...images.mapped.mapped_files import MappedFiles
from ...inferior import Inferior
from ...ports.program import Instruction
from ...ranges import Range
from ...render.text import Line, Span, note
from ...walk.reading import ReadsInto, readable_parts

# Ranges with instructions, at most: more aren't useful, and each costs about a millisecond.
MOST_PLACES = 64
SAME, EXPECTED, ACTUAL = " ", "-", "+"
_STYLES = {SAME: "text", EXPECTED: "expected", ACTUAL: "actual"}


class CodeAround:
    """Shows the instructions around differences in code: `-` as they should be, `+` as they are."""

    def __init__(self, inferior: Inferior, expected: ReadsInto, files: MappedFiles) -> None:
        """Take the inferior, whose target has a disassembler, what memory should hold, and its files."""
        self._files = files
        self._target, self._expected = inferior.target, expected
        self._shown, self._raw = inferior.memory, _AsTheProcessorSees(inferior)
        self._places = 0
        self._shown_to: dict[str, int] = {}  # by cause: where the last lines end

    def __call__(self, item: Difference) -> Iterator[Line]:
        """Yield the lines under a difference; to be called in order of address.

        There are none where nothing can be executed, where the lines of an earlier difference reach, and
        after `MOST_PLACES`.
        """
        disassembler = self._target.disassembler
        if disassembler is None or not self._files.may_be_code(item.area) or self._is_shown(item):
            return
        self._places += 1
        if self._places <= MOST_PLACES:
            start = self._symbol_start(item.start)
            actual = self._raw if item.cause == BREAKPOINT else self._shown
            code = code_around(Range(*item[:2]), start, self._expected, actual, disassembler)
            self._shown_to[item.cause] = code.listed_end
            yield from _lines(code)

    def _is_shown(self, item: Difference) -> bool:
        return item.end <= self._shown_to.get(item.cause, 0)

    def _symbol_start(self, address: int) -> int | None:
        symbol = self._target.symbols.symbol_at(address) if self._target.symbols else None
        return None if symbol is None else address - symbol.offset

    def notes(self) -> Iterator[Line]:
        """Yield what a table ends with where there were more places."""
        if self._places > MOST_PLACES:
            yield note(f"instructions of the first {MOST_PLACES} places only")


class _AsTheProcessorSees:
    """Raw memory, with the debugger's breakpoints, or memory as the debugger shows it where raw fails."""

    def __init__(self, inferior: Inferior) -> None:
        self._shown, self._raw = inferior.memory, inferior.memory.still_raw()

    def read_into(self, address: int, buffer: memoryview) -> int:
        """Fill the buffer as far as memory can be read; see MemoryReader."""
        done = self._shown.read_into(address, buffer)
        if self._raw is not None and done:
            seen = bytearray(done)
            for part in readable_parts(self._raw, address, memoryview(seen)):
                where = slice(part.start - address, part.end - address)
                buffer[where] = seen[where]
        return done


def _lines(code: Code) -> Iterator[Line]:
    yield from _side(SAME, code.before)
    for mark, side in ((EXPECTED, code.expected), (ACTUAL, code.actual)):
        yield from _side(mark, *side)
        if not side:
            yield (Span(f"  {mark} no instruction", _STYLES[mark]),)
    if code.is_cut:
        yield note("    ...")
    yield from _side(SAME, code.after)


def _side(mark: str, *instructions: Instruction | None) -> Iterator[Line]:
    for one in instructions:
        if one is not None:
            yield (
                Span(f"  {mark} ", _STYLES[mark]),
                Span(f"{one.address:#x}  ", "address"),
                Span(one.text, _STYLES[mark]),
            )
