"""pt-find --break: a breakpoint at every hit, or at none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ...errors import InvalidArgument
from ...images.model.image import LIVE
from ...maps.protection import Protection
from ...ports import Breakpoints
from ...render.fields import counted
from ...render.text import Line, Span
from ..shell.context import Context
from ..shell.parse import Arguments
from .result import Found
from .rows import FoundHit

MOST = 64


def breaking_of(context: Context, arguments: Arguments) -> Breaking:
    """Return what will set the breakpoints; InvalidArgument where none can be set."""
    if arguments.flag("count"):
        raise InvalidArgument("--break and --count don't go together", hint="a count has no single hits")
    if arguments.value("image") not in (None, LIVE):
        raise InvalidArgument("an image takes no breakpoints", hint="search the process itself")
    port = context.require_process().target.breakpoints
    if port is None:
        raise InvalidArgument("no breakpoint can be set here: that takes a debugger and a live process")
    return Breaking(port)


class Breaking:
    """Sets breakpoints at the hits of a search once it has found them all, and says which."""

    def __init__(self, breakpoints: Breakpoints) -> None:
        self._breakpoints = breakpoints
        self._numbers: Sequence[int] = ()
        self._data: Sequence[int] = ()
        self._is_interrupted = False

    @staticmethod
    def limit(wanted: int) -> int:
        """Return after how many hits the search may stop: one too many shows that there are."""
        return min(wanted or MOST + 1, MOST + 1)

    def set_at(self, found: Found) -> Iterator[FoundHit]:
        """Take all hits, set the breakpoints, and return the hits.

        InvalidArgument where they are too many, AtlasError where one can't be set: then none is, and the
        last search stays what it was. An interrupted search sets none.
        """
        hits = found.collected()
        addresses = list(dict.fromkeys(hit.address for hit in hits))
        if len(addresses) > MOST:
            raise InvalidArgument(
                f"there are more than {MOST} hits, and no breakpoint was set", hint="a scope, or -l 64"
            )
        self._is_interrupted = found.is_interrupted
        if addresses and not self._is_interrupted:
            self._numbers = self._breakpoints.insert(addresses)
            self._data = [hit.address for hit in hits if not _is_code(hit)]
        found.keep()
        return iter(hits)

    def json(self) -> dict[str, Any]:
        """Return what a document says: the numbers, in the order of the hits' addresses."""
        return {"breakpoints": list(self._numbers)}

    def lines(self) -> Iterator[Line]:
        """Yield what a table says below."""
        if self._numbers:
            numbers = ", ".join(map(str, self._numbers))
            yield (Span(f"breakpoint{'s' if len(self._numbers) > 1 else ''} {numbers}", "note"),)
        if self._data:
            what = f"{counted(len(self._data), 'hit')} not in code, such as {self._data[0]:#x}"
            yield (Span(f"{what}: the program may see a breakpoint there as changed data", "warning"),)
        if self._is_interrupted:
            yield (Span("interrupted before all hits were known, so no breakpoint was set", "warning"),)


def _is_code(hit: FoundHit) -> bool:
    area: Any | None = hit.area
    return area is None or area.allows(Protection.EXEC) is not False
