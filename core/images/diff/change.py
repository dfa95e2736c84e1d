"""A range that is different on the second side of a comparison from what it was on the first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ...maps.area import Area

ADDED, REMOVED, ALTERED, CHANGED = "added", "removed", "altered", "changed"
# Of what changed, so much is kept to be shown.
MOST_SHOWN = 1 << 16


class MemoryChange(NamedTuple):
    """A range that is new, gone, mapped differently, or holds other bytes.

    Addresses are those of the second side, or of the first for what is gone. `start_before` is where it
    was on the first side, None for what is new. `before` and `after` are the first `MOST_SHOWN` bytes of
    what changed, else empty. `note` says what is known of why it did, or None.
    """

    change: str
    start: int
    end: int
    area: Area
    area_before: Area | None = None
    start_before: int | None = None
    before: bytes = b""
    after: bytes = b""
    note: str | None = None

    @property
    def path(self) -> str | None:
        """The file that is mapped there, or the area's name."""
        return self.area.path

    @property
    def file_offset(self) -> int | None:
        """Where in the file the range begins, None where there is none."""
        return None if self.area.offset is None else self.area.offset + self.start - self.area.start


def merged(ordered: Iterable[MemoryChange]) -> Iterator[MemoryChange]:
    """Join changes of bytes that touch; chunks had cut them."""
    group: list[MemoryChange] = []
    for item in ordered:
        if group and not _continues(item, group[-1]):
            yield _one(group)
            group = []
        group.append(item)
    if group:
        yield _one(group)


def _continues(item: MemoryChange, last: MemoryChange) -> bool:
    return item.change == last.change == CHANGED and (item.start, item.area) == (last.end, last.area)


def _one(group: list[MemoryChange]) -> MemoryChange:
    if len(group) == 1:
        return group[0]
    before = b"".join(item.before for item in group)[:MOST_SHOWN]
    after = b"".join(item.after for item in group)[:MOST_SHOWN]
    return group[0]._replace(end=group[-1].end, before=before, after=after)
