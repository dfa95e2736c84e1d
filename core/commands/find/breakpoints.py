"""pt-find --break: a breakpoint at every hit, or at none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ...errors import InvalidArgument
from ...images.model.image import LIVE
from ...maps.protection import Protection
from ...ports.program import Breakpoints
from ...render.fields import counted
from ...render.text import Line, note, warning
from ..shell.context import Context
from ..shell.parse import Arguments
from .answers import HitsAnswer
from .mode import Mode
from .report import Report
from .result import Found
from .rows import FoundHit

MOST = 64


def breakpoints_of(
    context: Context, arguments: Arguments, limit: int | None, around: int
) -> ShownBreakpoints:
    """Return the port that sets breakpoints; raise InvalidArgument if there is none."""
    if arguments.flag("count"):
        raise InvalidArgument("--break and --count don't go together", hint="a count has no single hits")
    if arguments.value("image") not in (None, LIVE):
        raise InvalidArgument("an image takes no breakpoints", hint="search the process itself")
    port = context.require_process().target.breakpoints
    if port is None:
        raise InvalidArgument("no breakpoint can be set here: that takes a debugger and a live process")
    return ShownBreakpoints(port, limit, around, context.tell)


class ShownBreakpoints:
    """Hits one by one, and a breakpoint at each once all are known."""

    def __init__(
        self, breakpoints: Breakpoints, limit: int | None, around: int, tell: Callable[[Line], None]
    ) -> None:
        self._breakpoints, self._around, self._tell = breakpoints, around, tell
        # One hit beyond the limit shows that there are too many.
        self.limit = min(limit or MOST + 1, MOST + 1)

    def answer(self, mode: Mode, found: Found, report: Report) -> BreakpointsAnswer:
        """Take all hits, warn of those in data, set the breakpoints, and return the answer.

        Raise InvalidArgument if they are too many, AtlasError if one can't be set: then none is, and the last
        search stays what it was. An interrupted search sets none.
        """
        hits = found.collected()
        addresses = list(dict.fromkeys(hit.address for hit in hits))
        if len(addresses) > MOST:
            raise InvalidArgument(
                f"there are more than {MOST} hits, and no breakpoint was set", hint="a scope, or -l 64"
            )
        numbers: Sequence[int] = ()
        warnings: list[str] = []
        if addresses and not found.is_interrupted:
            warnings = list(self._warnings(hits))
            for text in warnings:
                self._tell(warning(text))
            numbers = self._breakpoints.insert(addresses)
        found.keep()
        return BreakpointsAnswer(mode, found, report, hits, self._around, numbers, warnings)

    def _warnings(self, hits: Sequence[FoundHit]) -> Iterator[str]:
        """Yield that the program reads a breakpoint in data as the data, and what to do instead."""
        data = [hit for hit in hits if not _is_code(hit)]
        if data:
            first = data[0]
            yield (
                f"{counted(len(data), 'hit')} not in code, such as {first.address:#x}: "
                "the program may see a breakpoint there as changed data; a watchpoint leaves it as it is: "
                + self._breakpoints.watch_command(first.address, len(first.content))
            )


class BreakpointsAnswer(HitsAnswer):
    """Every hit as a row, and which breakpoints were set: `numbers` in the order of the hits' addresses."""

    def __init__(
        self,
        mode: Mode,
        found: Found,
        report: Report,
        hits: Sequence[FoundHit],
        around: int,
        numbers: Sequence[int],
        warnings: Sequence[str],
    ) -> None:
        super().__init__(mode, found, report, hits, around)
        self._numbers, self._warnings = numbers, warnings
        # Writing the hits may be interrupted later; that changes nothing about the breakpoints.
        self._is_interrupted = found.is_interrupted

    def tail(self) -> Mapping[str, Any]:
        """Return the report on the hits, the numbers of the breakpoints, and what is risky about them."""
        return {**super().tail(), "breakpoints": list(self._numbers), "warnings": list(self._warnings)}

    def notes(self) -> Iterator[Line]:
        """Yield the report on the hits, and the breakpoints."""
        yield from super().notes()
        if self._numbers:
            numbers = ", ".join(map(str, self._numbers))
            yield note(f"breakpoint{'s' if len(self._numbers) > 1 else ''} {numbers}")
        if self._is_interrupted:
            yield warning("interrupted before all hits were known, so no breakpoint was set")


def _is_code(hit: FoundHit) -> bool:
    return hit.area is None or hit.area.allows(Protection.EXEC) is not False
