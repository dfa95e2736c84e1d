"""What check and diff tell alike: ranges that an interrupt may cut short, and where to go on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Generic, TypeVar, Union

from ...images.check.difference import Difference
from ...images.diff.change import MemoryChange
from ...render.document import Rows
from ...render.fields import Column, counted, hexadecimal
from ...render.text import Line, Span
from ...walk.coverage import Coverage
from ..shell.coverage import SHOWN

# After an interrupt, a table has no more rows than are written in a tenth of a second.
MOST_IF_INTERRUPTED = 500

AnyChange = TypeVar("AnyChange", bound=Union[Difference, MemoryChange])


class Ranges(Generic[AnyChange]):
    """Ranges in order of address; `stopped` is where an interrupt ended them, None if none did."""

    def __init__(self, found: Sequence[AnyChange], stopped: int | None) -> None:
        self.found, self.stopped = found, stopped

    def cut(self, told: int) -> None:
        """Keep the first ones only, which were told when an interrupt came: the next is where to go on."""
        if told < len(self.found):
            self.found, self.stopped = self.found[:told], self.found[told].start

    def rows(
        self,
        fields: Sequence[Column],
        columns: Sequence[Column],
        detail: Callable[[AnyChange], Iterable[Line]] | None,
    ) -> Rows:
        """The rows of the document."""
        shown = None if self.stopped is None else self.found[:MOST_IF_INTERRUPTED]
        return Rows("ranges", self.found, fields, columns, detail, shown, empty="")

    def stopped_json(self) -> dict[str, str] | None:
        """What the document says of an interrupt."""
        return None if self.stopped is None else {"why": "interrupted", "from": hexadecimal(self.stopped)}

    def stopped_lines(self) -> Iterator[Line]:
        """What a table says of an interrupt."""
        if self.stopped is not None:
            more = len(self.found) - MOST_IF_INTERRUPTED
            if more > 0:
                yield (Span(f"{counted(more, 'more range')}, which --format jsonl lists", "warning"),)
            yield (Span(f"interrupted; go on with --from {self.stopped:#x}", "warning"),)


def unreadable_lines(coverage: Coverage) -> Iterator[Line]:
    """What a table says of what couldn't be compared."""
    for start, end, why in coverage.unreadable[:SHOWN]:
        yield (Span(f"not compared: {start:#x}..{end:#x} ({why})", "warning"),)
    if len(coverage.unreadable) > SHOWN:
        more = counted(len(coverage.unreadable) - SHOWN, "more range")
        yield (Span(f"not compared: {more}; --json lists them", "warning"),)
