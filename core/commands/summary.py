"""The areas of each kind, counted and added up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, Optional

from ..maps.area import Area
from ..maps.area_map import AreaMap
from ..ranges import Range
from ..render.document import Document, Rows
from ..render.fields import COUNT, SIZE, TEXT, column, counted, hexadecimal, size_in_words


class KindTotal(NamedTuple):
    """All areas of one kind: how many, their bytes, and the bytes of the largest."""

    kind: Optional[str]
    areas: int
    bytes: int
    largest: int


COLUMNS = (column("kind", TEXT), column("areas", COUNT), column("bytes", SIZE), column("largest", SIZE))


def summary_document(schema: str, head: Mapping[str, Any], areas: Sequence[Area], whole: AreaMap) -> Document:
    """Return one row a kind for the areas, the largest first, and the largest free range of the map."""
    free = largest_gap(whole)
    total = {"areas": len(areas), "bytes": sum(area.size for area in areas)}
    tail = {"total": total, "largest_free": free and _range_json(free)}
    note = f"{counted(len(areas), 'area')}, {size_in_words(total['bytes'])}"
    if free:
        note += f"; largest free range: {free.start:#x}..{free.end:#x}, {size_in_words(free.size)}"
    rows = Rows("summary", totals(areas), COLUMNS, COLUMNS, empty="no areas")
    return Document(schema, head, rows, lambda: tail, lambda: (note,), lambda: bool(areas))


def totals(areas: Iterable[Area]) -> list[KindTotal]:
    """Return one total a kind, the most bytes first."""
    groups: dict[Optional[str], list[int]] = {}
    for area in areas:
        groups.setdefault(area.kind, []).append(area.size)
    rows = (KindTotal(kind, len(sizes), sum(sizes), max(sizes)) for kind, sizes in groups.items())
    return sorted(rows, key=lambda row: -row.bytes)


def largest_gap(areas: AreaMap) -> Optional[Range]:
    """Return the largest range between two areas, or None where there is none."""
    ends = [area.end for area in areas]
    if not ends:
        return None
    first = next(iter(areas)).start
    return max(areas.gaps(first, max(ends)), key=lambda gap: gap.size, default=None)


def _range_json(gap: Range) -> dict[str, Any]:
    return {"start": hexadecimal(gap.start), "end": hexadecimal(gap.end), "size": gap.size}
