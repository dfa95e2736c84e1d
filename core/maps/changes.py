"""What changed between two maps: areas added, removed, altered; as few and as exact as possible."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from ..intervals import IntervalStore
from .area import Area

ADDED, REMOVED, ALTERED = "added", "removed", "altered"

# What may be altered, by the names that users see.
FACTS = ("size", "perms", "offset", "path")
# Said where none of these is: another file of the same name is mapped there.
FILE = "file"


class AreaChange(NamedTuple):
    """One change: `before` is None for what was added, `after` for what was removed."""

    change: str
    before: Area | None
    after: Area | None

    @property
    def area(self) -> Area:
        """The area as it is, or as it last was."""
        area = self.after or self.before
        assert area is not None
        return area

    @property
    def facts(self) -> tuple[str, ...]:
        """Which of FACTS are different in an altered area; FILE alone if none is."""
        if self.before is None or self.after is None:
            return ()
        found = tuple(name for name in FACTS if getattr(self.before, name) != getattr(self.after, name))
        return found or (FILE,)


def changes(before: Sequence[Area], after: Sequence[Area]) -> list[AreaChange]:
    """Return what changed from one map to the other, in order of address.

    An area that still lies where it lay, with another size, protection, offset, name or file, is altered.
    Where areas were split or joined, only the parts that differ are listed: a page protected in the middle of
    an area is one altered page. An area that moved counts as removed and added.
    """
    old, now = list(map(_facts, before)), list(map(_facts, after))
    still = set(old).intersection(now)
    gone = [area for area, facts in zip(before, old) if facts not in still]
    new = [area for area, facts in zip(after, now) if facts not in still]
    found = [change for cluster in _clusters(gone, new) for change in _compared(*cluster)]
    return sorted(found, key=lambda change: (change.area.start, change.area.end))


def _facts(area: Area) -> tuple[object, ...]:
    """Return the facts of an area without its source and its kind, which is concluded from other areas."""
    return (*area[:5], *area[7:])


def _clusters(gone: Iterable[Area], new: Sequence[Area]) -> Iterator[tuple[list[Area], list[Area]]]:
    """Yield groups of areas, before and after, that overlap each other and nothing else."""
    items = sorted([*((area, 0) for area in gone), *((area, 1) for area in new)], key=_place)
    group: tuple[list[Area], list[Area]] = ([], [])
    end = -1
    for area, side in items:
        if area.start >= end and (group[0] or group[1]):
            yield group
            group = ([], [])
        group[side].append(area)
        end = max(end, area.end)
    if group[0] or group[1]:
        yield group


def _place(item: tuple[Area, int]) -> tuple[int, int]:
    return item[0].start, item[0].end


def _compared(gone: list[Area], new: list[Area]) -> Iterator[AreaChange]:
    if len(gone) == len(new) == 1:
        yield AreaChange(ALTERED, gone[0], new[0])
        return
    if not gone or not new:
        yield from (AreaChange(REMOVED, area, None) for area in gone)
        yield from (AreaChange(ADDED, None, area) for area in new)
        return
    yield from _joined(_pieces(gone, new))


def _pieces(gone: list[Area], new: list[Area]) -> Iterator[AreaChange]:
    """Cut both sides at all borders, and compare piece by piece."""
    borders = sorted({border for area in (*gone, *new) for border in (area.start, area.end)})
    old, now = IntervalStore(gone), IntervalStore(new)
    for start, end in zip(borders, borders[1:]):
        left, right = old.first_overlap(start, end), now.first_overlap(start, end)
        before, after = left and _part(left, start, end), right and _part(right, start, end)
        if (before and _facts(before)) != (after and _facts(after)):
            yield AreaChange(
                ADDED if before is None else REMOVED if after is None else ALTERED, before, after
            )


def _part(area: Area, start: int, end: int) -> Area:
    """Return part of an area, with the file offset of the part."""
    offset = area.offset
    if offset is not None and area.path and area.inode != 0:
        offset += start - area.start
    return area._replace(start=start, end=end, offset=offset)


def _joined(pieces: Iterable[AreaChange]) -> Iterator[AreaChange]:
    """Join neighbouring changes that say the same about parts of one area."""
    last: AreaChange | None = None
    for piece in pieces:
        if last is not None and _continues(last, piece):
            last = AreaChange(
                piece.change, _longer(last.before, piece.before), _longer(last.after, piece.after)
            )
            continue
        if last is not None:
            yield last
        last = piece
    if last is not None:
        yield last


def _continues(last: AreaChange, piece: AreaChange) -> bool:
    pairs = ((last.before, piece.before), (last.after, piece.after))
    return last.change == piece.change and all(
        (one is None and other is None) or (one is not None and other is not None and _follows(one, other))
        for one, other in pairs
    )


def _follows(one: Area, other: Area) -> bool:
    return one.end == other.start and _facts(_part(one, other.start, other.end)) == _facts(other)


def _longer(one: Area | None, other: Area | None) -> Area | None:
    return one and other and one._replace(end=other.end)
