"""pt-maps: the areas of the inferior, which of them, and what lies at an address."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Optional

from ..inferior import Inferior
from ..maps.area import Area
from ..ranges import Range
from ..render.document import Document, Result, Rows, Text
from ..render.escape import visible
from ..render.fields import (
    ADDRESS,
    COUNT,
    NAME,
    OFFSET,
    PERMS,
    SIZE,
    TEXT,
    column,
    counted,
    hexadecimal,
    size_in_words,
)
from ..render.text import Line, Span
from .context import Context
from .locate import Place, locate
from .parse import Arguments
from .scope import Scope
from .summary import summary_document
from .values import Values

SCHEMA = "ptatlas.maps/1"

COLUMNS = {
    one.name: one
    for one in (
        column("start", ADDRESS),
        column("end", ADDRESS),
        column("size", SIZE),
        column("perms", PERMS),
        column("offset", OFFSET),
        column("kind", TEXT),
        column("path", NAME),
        column("inode", COUNT),
        column("device", TEXT),
        column("source", TEXT),
    )
}
DEFAULT = ("start", "end", "size", "perms", "offset", "kind", "path")
FIELDS = (*DEFAULT, "source")
SORTS = {
    "start": lambda row: row.start,
    "size": lambda row: -row.size,
    "path": lambda row: (getattr(row, "path", None) or "", row.start),
}


def maps(context: Context, arguments: Arguments) -> Result:
    """Answer pt-maps."""
    inferior = context.process
    if arguments.flag("timestamp"):
        return _timestamp(inferior, arguments)
    scope = Scope.of(arguments, arguments.positionals, Values(inferior))
    areas = scope.areas(inferior.areas)
    if arguments.flag("summary"):
        return summary_document(SCHEMA, head(inferior), areas, inferior.areas)
    where = scope.wheres[0] if len(scope.wheres) == 1 else None
    return _listing(inferior, areas, locate(inferior, where) if isinstance(where, int) else None, arguments)


def head(inferior: Inferior) -> dict[str, Any]:
    """Return what every document of this schema says of the inferior."""
    arch = inferior.arch
    problems = list(inferior.target.problems)
    return {
        "generation": inferior.generation,
        "source": inferior.source,
        "pid": inferior.pid,
        "word_size": arch.word_size,
        "endian": arch.endian,
        "page_size": arch.page_size,
        **({"problems": problems} if problems else {}),
    }


def _timestamp(inferior: Inferior, arguments: Arguments) -> Result:
    if arguments.format == "table":
        return Text((str(inferior.vm.timestamp()),))
    return Document(SCHEMA, head(inferior))


def _listing(inferior: Inferior, areas: list[Area], place: Optional[Place], arguments: Arguments) -> Document:
    names = (arguments.value("columns") or ",".join(DEFAULT)).split(",")
    order = SORTS[arguments.value("sort") or "start"]
    gaps = list(_gaps(inferior, areas)) if arguments.flag("gaps") else None
    rows = Rows(
        "areas",
        sorted(areas, key=order),
        [COLUMNS[name] for name in dict.fromkeys((*FIELDS, *names))],
        [COLUMNS[name] for name in names],
        shown=None if gaps is None else sorted([*areas, *map(Gap, gaps)], key=order),
        empty="no areas",
    )
    return Document(
        SCHEMA,
        head(inferior),
        rows,
        lambda: _tail(areas, gaps, place),
        lambda: _notes(inferior, areas, place),
        lambda: bool(areas),
    )


class Gap:
    """An unmapped range in a table of areas: it has a place and a size, and says so where names stand."""

    path = "(unmapped)"

    def __init__(self, gap: Range) -> None:
        self.start, self.end, self.size = gap.start, gap.end, gap.size


def _gaps(inferior: Inferior, areas: list[Area]) -> Iterator[Range]:
    """The ranges between the first and the last of these areas that no area at all covers."""
    if not areas:
        return iter(())
    return inferior.areas.gaps(areas[0].start, max(area.end for area in areas))


def _tail(areas: list[Area], gaps: Optional[list[Range]], place: Optional[Place]) -> dict[str, Any]:
    tail: dict[str, Any] = {"total": {"areas": len(areas), "bytes": sum(area.size for area in areas)}}
    if gaps is not None:
        tail["gaps"] = [
            {"start": hexadecimal(gap.start), "end": hexadecimal(gap.end), "size": gap.size} for gap in gaps
        ]
    if place is not None:
        tail["at"] = place.json()
    return tail


def _problem_lines(inferior: Inferior) -> Iterator[Line]:
    """What is wrong with the source, such as files of a core that aren't the ones that were mapped."""
    for problem in inferior.target.problems:
        yield (Span(visible(problem), "warning"),)


def _notes(inferior: Inferior, areas: list[Area], place: Optional[Place]) -> Iterator[Line]:
    if place is not None:
        yield place.line()
        return
    total, whole = len(areas), len(inferior.areas)
    count = counted(whole, "area") if total == whole else f"{total} of {counted(whole, 'area')}"
    size = size_in_words(sum(area.size for area in areas))
    yield (Span(f"{count}, {size}; map {inferior.generation}, from {inferior.source}", "note"),)
    yield from _problem_lines(inferior)
