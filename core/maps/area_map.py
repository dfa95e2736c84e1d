"""The areas of an address space, ordered, overlapping if need be, and asked by address or range."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator
from itertools import islice

from ..arguments import as_list
from ..errors import InvalidArgument
from ..integers import IntegerLike, as_address
from ..intervals import IntervalStore
from ..ranges import TOP, Range, check_range
from .area import Area, checked_area, checked_areas

_START, _END = operator.itemgetter(0), operator.itemgetter(1)


class AreaMap:
    """Areas by (start, end). They may overlap, but no two have the same start and end.

    Every query finds the first by (start, end), or iterates in that order. An iterator owns its
    state: several run at once, in several threads; after a change of the map it raises MapChanged.
    """

    def __init__(self, areas: Iterable[Area] = ()) -> None:
        """Take the areas; sorted input is fastest. Raise InvalidArgument as for `add`."""
        given = as_list(areas)
        self._store = IntervalStore(given if _are_plain(given) else checked_areas(given))
        _check_all(list(self._store))

    @property
    def generation(self) -> int:
        """How often this map was changed."""
        return self._store.generation

    def add(self, area: Area) -> None:
        """Add an area; what stands for its start and end becomes integers.

        Raise InvalidArgument, and change nothing, when its range is empty, reversed or outside the 64-bit
        address space, or when there is an area with the same start and end.
        """
        area = checked_area(area)
        if self._store.exact(area.start, area.end) is not None:
            raise InvalidArgument(f"there is an area {area.start:#x}..{area.end:#x} already")
        self._store.add(area)

    def remove(self, area: Area) -> None:
        """Remove an area; raise InvalidArgument if it isn't there."""
        if not self._store.remove(checked_area(area)):
            raise InvalidArgument(f"there is no {area!r}")

    def clear(self) -> None:
        """Remove all areas."""
        self._store.clear()

    def __len__(self) -> int:
        return len(self._store)

    def __iter__(self) -> Iterator[Area]:
        return iter(self._store)

    def __contains__(self, area: object) -> bool:
        return isinstance(area, Area) and _are_plain([area]) and self._store.exact(*area[:2]) == area

    def __repr__(self) -> str:
        return f"AreaMap({len(self)} areas)"

    def find_exact(self, start: IntegerLike, end: IntegerLike) -> Area | None:
        """Return the area with exactly this start and end, or None."""
        return self._store.exact(as_address(start), as_address(end))

    def find(self, address: IntegerLike) -> Area | None:
        """Return the first area that contains the address, or None."""
        address = as_address(address)
        return self._store.first_overlap(address, address + 1)

    def find_all(self, address: IntegerLike) -> Iterator[Area]:
        """Yield the areas that contain the address."""
        address = as_address(address)
        return self._store.overlaps(address, address + 1)

    def find_overlap(self, start: IntegerLike, end: IntegerLike) -> Area | None:
        """Return the first area that shares an address with the range, or None.

        An empty range shares none; a reversed one is InvalidArgument.
        """
        first, last = as_address(start), as_address(end)
        return self._store.first_overlap(first, last) if _holds_any(first, last) else None

    def find_overlaps(self, start: IntegerLike, end: IntegerLike) -> Iterator[Area]:
        """Yield the areas that share an address with the range; see `find_overlap`."""
        first, last = as_address(start), as_address(end)
        return self._store.overlaps(first, last) if _holds_any(first, last) else iter(())

    def gaps(self, start: IntegerLike = 0, end: IntegerLike = TOP) -> Iterator[Range]:
        """Yield the ranges between `start` and `end` that no area covers, in order."""
        first, last = as_address(start), as_address(end)
        return _gaps(self.find_overlaps(first, last), first, last)


def _gaps(areas: Iterator[Area], start: int, end: int) -> Iterator[Range]:
    free = start
    for area in areas:
        if area.start > free:
            yield Range(free, area.start)
        free = max(free, area.end)
    if free < end:
        yield Range(free, end)


def _are_plain(areas: list[Area]) -> bool:
    """Return whether nothing stands for an area or an integer: each is one already, whatever its value."""
    return (
        {Area}.issuperset(map(type, areas))
        and {int}.issuperset(map(type, map(_START, areas)))
        and {int}.issuperset(map(type, map(_END, areas)))
    )


def _holds_any(start: int, end: int) -> bool:
    if start > end:
        raise InvalidArgument(f"the range {start:#x}..{end:#x} is reversed")
    return start < end


def _check_all(areas: list[Area]) -> None:
    """Raise InvalidArgument for a range that `add` would refuse; the areas are in order."""
    starts, ends = list(map(_START, areas)), list(map(_END, areas))
    if not all(map(operator.lt, starts, ends)) or min(starts, default=0) < 0 or max(ends, default=0) > TOP:
        for start, end in zip(starts, ends):
            check_range(start, end)
    if not all(map(operator.lt, starts, islice(starts, 1, None))):
        _check_distinct(list(zip(starts, ends)))


def _check_distinct(pairs: list[tuple[int, int]]) -> None:
    for left, right in zip(pairs, islice(pairs, 1, None)):
        if left == right:
            raise InvalidArgument(f"two areas {left[0]:#x}..{left[1]:#x}")
