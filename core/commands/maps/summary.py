"""The areas of each kind, counted and added up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ...inferior import Inferior
from ...maps.area import Area
from ...maps.holes import largest_hole
from ...ranges import Range
from ...render.document import Document, Rows
from ...render.fields import COUNT, SIZE, TEXT, column, counted, hexadecimal, size_in_words
from .columns import Residencies, known_sum, residency_of, resident_total


class KindTotal(NamedTuple):
    """All areas of one kind: how many, their bytes, those in memory (None: not known), the largest's."""

    kind: str | None
    areas: int
    bytes: int
    rss: int | None
    largest: int


COLUMNS = (
    column("kind", TEXT),
    column("areas", COUNT),
    column("bytes", SIZE),
    column("rss", SIZE),
    column("largest", SIZE),
)


def summary_document(
    schema: str, head: Mapping[str, Any], inferior: Inferior, areas: Sequence[Area], with_rss: bool
) -> Document:
    """Return one row a kind for the areas, the largest first, and the largest free range of the map."""
    free = largest_hole(inferior.areas, inferior.user_end)
    total: dict[str, int | None] = {"areas": len(areas), "bytes": sum(area.size for area in areas)}
    tail = {"total": total, "largest_free": free_json(free)}
    text = f"{counted(len(areas), 'area')}, {size_in_words(sum(area.size for area in areas))}"
    if free:
        text += f"; largest free range: {free.start:#x}..{free.end:#x}, {size_in_words(free.size)}"
    residency = residency_of(inferior, ("rss",) if with_rss else ())
    shown = COLUMNS if with_rss else [one for one in COLUMNS if one.name != "rss"]
    found = totals(areas, residency)
    if with_rss and found:
        total["rss"] = known_sum(row.rss for row in found)
    rows = Rows("summary", found, COLUMNS, shown, shown=[*found, *_total_row(found)], empty="no areas")
    return Document.known(schema, head, rows, [text], tail=tail, found=bool(areas))


def totals(areas: Iterable[Area], residency: Residencies) -> list[KindTotal]:
    """Return one total a kind, the most bytes first."""
    groups: dict[str | None, list[Area]] = {}
    for area in areas:
        groups.setdefault(area.kind, []).append(area)
    return sorted((_total(*group, residency) for group in groups.items()), key=lambda row: -row.bytes)


def _total(kind: str | None, areas: list[Area], residency: Residencies) -> KindTotal:
    sizes = [area.size for area in areas]
    return KindTotal(kind, len(sizes), sum(sizes), resident_total(areas, residency, "rss"), max(sizes))


def _total_row(rows: Sequence[KindTotal]) -> list[KindTotal]:
    """Return the row below several kinds: all of them."""
    if len(rows) < 2:
        return []
    counts, sizes, rss, largest = zip(*(row[1:] for row in rows))
    return [KindTotal("(total)", sum(counts), sum(sizes), known_sum(rss), max(largest))]


def free_json(free: Range | None) -> dict[str, Any] | None:
    """Return a free range as documents have it; null for none."""
    return free and {"start": hexadecimal(free.start), "end": hexadecimal(free.end), "size": free.size}
