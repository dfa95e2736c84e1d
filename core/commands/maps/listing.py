"""The areas as a table or a document, with the gaps between them and where an address lies."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ...inferior import Inferior
from ...maps.area import Area
from ...maps.holes import holes
from ...ranges import Range
from ...render.document import Document, Rows
from ...render.fields import BLANK, counted, hexadecimal, size_in_words
from ...render.text import Line, note, warning
from ..shell.parse import Arguments
from .columns import DEFAULT, FIELDS, RESIDENT, Residencies, area_columns, residency_of
from .locate import Location


def listing(
    schema: str,
    head: Mapping[str, Any],
    inferior: Inferior,
    areas: list[Area],
    place: Location | None,
    arguments: Arguments,
) -> Document:
    """Return these areas in the order and with the columns that the arguments say."""
    names = _column_names(inferior, arguments)
    residency = residency_of(inferior, (*names, arguments.value("sort") or "start"))
    order = _order(arguments.value("sort") or "start", residency)
    gaps = list(_gaps(inferior, areas)) if arguments.flag("gaps") else None
    rows = Rows(
        "areas",
        sorted(areas, key=order),
        area_columns(list(dict.fromkeys((*FIELDS, *names))), residency),
        area_columns(names, residency),
        shown=None if gaps is None else sorted([*areas, *map(GapRow, gaps)], key=order),
        empty="no areas",
    )
    return Document.known(
        schema,
        head,
        rows,
        _notes(inferior, areas, place, arguments),
        tail=_tail(areas, gaps, place),
        found=bool(areas),
    )


def _column_names(inferior: Inferior, arguments: Arguments) -> list[str]:
    names = (arguments.value("columns") or ",".join(DEFAULT)).split(",")
    if arguments.flag("rss") and inferior.target.residency is not None:
        at = names.index("path") if names[-1:] == ["path"] else len(names)
        names[at:at] = [name for name in RESIDENT if name not in names]
    return names


def _order(name: str, residency: Residencies) -> Callable[[Any], Any]:
    """Return the key that rows are sorted by; the largest come first."""
    orders: dict[str, Callable[[Any], Any]] = {
        "start": lambda row: row.start,
        "size": lambda row: (-row.size, row.start),
        "rss": lambda row: (
            -(getattr(residency.get(Range(row.start, row.end)), "rss", None) or 0),
            row.start,
        ),
        "path": lambda row: (getattr(row, "path", None) or "", row.start),
    }
    return orders[name]


class GapRow:
    """An unmapped range in a table of areas: it has a place and a size, and says so where names stand."""

    path = "(unmapped)"

    def __init__(self, gap: Range) -> None:
        self.start, self.end, self.size = gap.start, gap.end, gap.size

    def __getattr__(self, _name: str) -> object:
        return BLANK  # whatever else areas have


def _gaps(inferior: Inferior, areas: list[Area]) -> Iterator[Range]:
    """Return the ranges between the first and the last of these areas that are free."""
    if not areas:
        return iter(())
    return holes(inferior.areas, areas[0].start, max(area.end for area in areas))


def _tail(areas: list[Area], gaps: list[Range] | None, place: Location | None) -> dict[str, Any]:
    tail: dict[str, Any] = {"total": {"areas": len(areas), "bytes": sum(area.size for area in areas)}}
    if gaps is not None:
        tail["gaps"] = [
            {"start": hexadecimal(gap.start), "end": hexadecimal(gap.end), "size": gap.size} for gap in gaps
        ]
    if place is not None:
        tail["at"] = place.json()
    return tail


def _notes(
    inferior: Inferior, areas: list[Area], place: Location | None, arguments: Arguments
) -> Iterator[Line]:
    if place is not None:
        yield place.line()
        return
    total, whole = len(areas), len(inferior.areas)
    count = counted(whole, "area") if total == whole else f"{total} of {counted(whole, 'area')}"
    size = size_in_words(sum(area.size for area in areas))
    yield note(f"{count}, {size}; map {inferior.generation}, from {inferior.source}")
    if arguments.flag("rss") and inferior.target.residency is None:
        yield warning("this target does not tell what is resident")
    for problem in inferior.target.problems:
        yield warning(problem)
