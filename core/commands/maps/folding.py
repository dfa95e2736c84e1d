"""Equal neighbours of a table of areas as one row: allocators and engines map the same size over and over."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ...maps.area import Area
from ...maps.area_map import AreaMap
from ...render.fields import Column, readable_size

# So many at least become one row: two are shown as they are, with the addresses of both.
FEWEST = 3


class FoldedRow:
    """Areas that follow each other and are equal but for where they lie; the rest is as the first has it."""

    def __init__(self, areas: Sequence[Area]) -> None:
        self.areas = areas
        self.start, self.end = areas[0].start, areas[-1].end
        self.size = f"{len(areas)} x {readable_size(areas[0].size)}"

    def __getattr__(self, name: str) -> Any:
        return getattr(self.areas[0], name)


def with_sizes(columns: Sequence[Column]) -> list[Column]:
    """Return the columns with sizes of both kinds of rows: of areas, and of several."""
    return [
        one._replace(kind=one.kind._replace(text=_size_text)) if one.name == "size" else one
        for one in columns
    ]


def _size_text(size: int | str) -> str:
    return size if isinstance(size, str) else readable_size(size)


def folded(
    areas: Sequence[Area],
    every: AreaMap,
    *,
    touching: bool = False,
    also: Callable[[Area], object] = lambda _area: None,
) -> list[Area | FoldedRow]:
    """Return the areas, which are in order of address, with equal ones as one row where they are neighbours.

    Neighbours have no other area of the whole map between them; if they are to be touching, nothing at all.
    What is `also` shown of an area has to be equal, too.
    """

    def is_like(one: Area, other: Area) -> bool:
        are_near = not touching or one.end == other.start
        return are_near and _facts(one) == _facts(other) and also(one) == also(other)

    found: list[Area | FoldedRow] = []
    done = 0
    for start, end in _runs(areas, is_like):
        found += areas[done:start]
        for part in _neighbours(areas[start:end], every):
            found += [FoldedRow(part)] if len(part) >= FEWEST else part
        done = end
    return [*found, *areas[done:]]


def _runs(areas: Sequence[Area], is_like: Callable[[Area, Area], bool]) -> Iterator[tuple[int, int]]:
    """Yield from where to where each area is like the one before, where these are enough for a row."""
    start = 0
    for number, (one, other) in enumerate(zip(areas, areas[1:]), 1):
        # What mostly differs comes first: this is asked for each of many thousand areas.
        if one[2] != other[2] or not is_like(one, other):
            if number - start >= FEWEST:
                yield start, number
            start = number
    if len(areas) - start >= FEWEST:
        yield start, len(areas)


def _facts(area: Area) -> tuple[object, ...]:
    """Return all that is known of an area but where it lies."""
    return area.size, *area[2:]


def _neighbours(areas: Sequence[Area], every: AreaMap) -> Iterator[list[Area]]:
    """Yield the areas in parts, each of which has no other area between its first and its last."""
    part: list[Area] = []
    others = every.find_overlaps(areas[0].start, areas[-1].end)
    for area in areas:
        is_next = next(others, None) == area
        if not is_next:
            yield part
            part = []
            others = every.find_overlaps(area.end, areas[-1].end) if area.end < areas[-1].end else others
        part.append(area)
    yield part
