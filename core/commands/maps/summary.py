"""The areas of each kind, counted and added up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ...inferior import Inferior
from ...maps.area import Area
from ...maps.holes import largest_hole
from ...render.document import Document, Rows
from ...render.fields import COUNT, SIZE, TEXT, column, counted, hexadecimal, size_in_words
from .columns import Residencies, residency_of


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
    free = largest_hole(inferior.areas)
    total = {"areas": len(areas), "bytes": sum(area.size for area in areas)}
    tail = {"total": total, "largest_free": largest_free_json(inferior)}
    text = f"{counted(len(areas), 'area')}, {size_in_words(total['bytes'])}"
    if free:
        text += f"; largest free range: {free.start:#x}..{free.end:#x}, {size_in_words(free.size)}"
    residency = residency_of(inferior, ("rss",) if with_rss else ())
    shown = COLUMNS if with_rss else [one for one in COLUMNS if one.name != "rss"]
    rows = Rows("summary", totals(areas, residency), COLUMNS, shown, empty="no areas")
    return Document.known(schema, head, rows, [text], tail=tail, found=bool(areas))


def totals(areas: Iterable[Area], residency: Residencies) -> list[KindTotal]:
    """Return one total a kind, the most bytes first."""
    groups: dict[str | None, list[Area]] = {}
    for area in areas:
        groups.setdefault(area.kind, []).append(area)
    return sorted((_total(*group, residency) for group in groups.items()), key=lambda row: -row.bytes)


def _total(kind: str | None, areas: list[Area], residency: Residencies) -> KindTotal:
    sizes = [area.size for area in areas]
    told = [known.rss for area in areas if (known := residency.get(area.range)) and known.rss is not None]
    return KindTotal(kind, len(sizes), sum(sizes), sum(told) if told else None, max(sizes))


def largest_free_json(inferior: Inferior) -> dict[str, Any] | None:
    """Return the largest free range of the whole map as documents have it; null where there is none."""
    free = largest_hole(inferior.areas)
    return free and {"start": hexadecimal(free.start), "end": hexadecimal(free.end), "size": free.size}
