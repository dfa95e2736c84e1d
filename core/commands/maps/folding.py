"""Equal neighbours of a table of areas as one row: allocators and engines map the same size over and over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ...maps.area import Area
from ...maps.area_map import AreaMap
from ...render.fields import readable_size

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


def folded(rows: Sequence[Any], every: AreaMap) -> list[Any]:
    """Return the rows, which are in order of address, with equal areas as one row where they are neighbours.

    Neighbours have no other area of the whole map between them. Rows that are no areas stay as they are.
    """
    found: list[Any] = []
    done = 0
    for start, end in _runs(rows):
        found += rows[done:start]
        for part in _neighbours(rows[start:end], every):
            found += [FoldedRow(part)] if len(part) >= FEWEST else part
        done = end
    return [*found, *rows[done:]]


def _runs(rows: Sequence[Any]) -> Iterator[tuple[int, int]]:
    """Yield from where to where there are equal areas, where these are enough for a row."""
    start = 0
    for number, (one, other) in enumerate(zip(rows, rows[1:]), 1):
        # What mostly differs comes first: this is asked for each of many thousand areas.
        if not (
            isinstance(other, Area) and isinstance(one, Area) and one[2] == other[2] and _alike(one, other)
        ):
            if number - start >= FEWEST:
                yield start, number
            start = number
    if len(rows) - start >= FEWEST:
        yield start, len(rows)


def _alike(one: Area, other: Area) -> bool:
    """Return whether areas are equal in all but where they lie."""
    return one[2:] == other[2:] and one.size == other.size


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
