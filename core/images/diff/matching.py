"""Which areas of one run of a program are which of another, wherever they were loaded."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import NamedTuple

from ...maps.area import Area

STACK = "[stack]"


class AreaGroup(NamedTuple):
    """Areas that keep their distances from run to run; `origin` is what they are measured from.

    What is in a stack above `texts`, where that is known, keeps its distance from the stack's end instead;
    what is below `lowest` isn't in use.
    """

    key: Hashable
    origin: int
    areas: tuple[Area, ...]
    is_stack: bool = False
    texts: int | None = None
    lowest: int = 0

    @property
    def end(self) -> int:
        """The address after its last byte."""
        return self.areas[-1].end


class GroupPlace(NamedTuple):
    """An address, as the group that it lies in and its distance from that group's origin.

    In a stack, `from_end` is the distance from its end: what lies there are the arguments and the
    environment, which keep that one. Between two groups, both are in the key, and how far they are apart.
    """

    key: Hashable
    distance: int
    from_end: int | None = None

    def is_same(self, other: GroupPlace) -> bool:
        """Return whether both are one place."""
        if self.key != other.key:
            return False
        return self.distance == other.distance or (
            self.from_end is not None and self.from_end == other.from_end
        )


def groups_of(areas: Iterable[Area]) -> dict[Hashable, AreaGroup]:
    """Sort areas, which come in order, into groups.

    A file's areas are one group for each time it was loaded, with the anonymous areas that touch them:
    its variables. Other anonymous areas are recognised by what lies before them. A stack is measured from its
    end, since it grows down.
    """
    found: dict[Hashable, AreaGroup] = {}
    for key, members in _clusters(areas):
        is_stack = members[0].path == STACK
        origin = members[-1].end if is_stack else members[0].start
        found[key] = AreaGroup(key, origin, tuple(members), is_stack)
    return found


def _clusters(areas: Iterable[Area]) -> Iterator[tuple[Hashable, list[Area]]]:
    seen: Counter[tuple[str, str]] = Counter()
    members: list[Area] = []
    key: Hashable = None
    anchor = ""
    for area in areas:
        if members and _belongs(area, members):
            members.append(area)
            continue
        if members:
            yield key, members
        anchor = area.path or anchor
        name = (anchor, "itself" if area.path else "after it")
        seen[name] += 1
        key, members = (*name, seen[name]), [area]
    if members:
        yield key, members


def _belongs(area: Area, members: Sequence[Area]) -> bool:
    """Return whether an area is one more of a group that ends before it."""
    last, name = members[-1], members[0].path or ""
    if area.path and area.path == name:
        # A file that begins anew was loaded once more.
        return name.startswith("[") or not (area.offset == 0 and any(each.offset == 0 for each in members))
    return not area.path and area.start == last.end and name != STACK


class Atlas:
    """Finds where addresses lie, by group and distance."""

    def __init__(self, groups: Iterable[AreaGroup]) -> None:
        placed = [(area, group) for group in groups for area in group.areas]
        placed.sort(key=lambda each: each[0][:2])
        self._starts = [area.start for area, _ in placed]
        self._ends = [area.end for area, _ in placed]
        self._groups = [group for _, group in placed]

    def place(self, address: int) -> GroupPlace | None:
        """Return the place of an address, which may be an area's end; None if it is beyond all areas."""
        index = bisect_right(self._starts, address) - 1
        if index < 0:
            return None
        group = self._groups[index]
        if address > self._ends[index] and group is not self._groups[min(index + 1, len(self._groups) - 1)]:
            return self._between(index, address)
        if address > group.end:
            return None
        from_end = group.end - address if group.is_stack else None
        return GroupPlace(group.key, address - group.origin, from_end)

    def _between(self, index: int, address: int) -> GroupPlace:
        """Return the place of an address between two groups, where an area may have been that is gone."""
        below, above = self._groups[index], self._groups[index + 1]
        return GroupPlace((below.key, above.key, above.origin - below.origin), address - below.origin)
