"""The map entry by entry, with a generation number: FreeBSD's PT_VM_TIMESTAMP and PT_VM_ENTRY."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import NamedTuple

from ..errors import EndOfMap, InvalidCookie, PathTooLong
from ..integers import as_integer_if_given
from .area import Area
from .history import MapHistory
from .protection import Protection


class Cookie(NamedTuple):
    """The position of a walk over the entries: which map, and which of its entries."""

    generation: int
    position: int


class VmEntry(NamedTuple):
    """An entry of the map, after FreeBSD ptrace(2): `last` is the last address, itself included."""

    cookie: Cookie
    start: int
    last: int
    protection: Protection | None
    offset: int | None
    path: str | None

    def __repr__(self) -> str:
        return f"VmEntry({self.start:#x}..{self.last:#x}, {self.protection}, path={self.path!r})"


class VmEntries:
    """The VM entries of an inferior. Every method raises SourceError if its map can't be read."""

    def __init__(self, history: MapHistory) -> None:
        self._history = history
        self._areas: tuple[int, list[Area]] = (0, [])

    def timestamp(self) -> int:
        """Return the generation of the map: the same number means an unchanged map."""
        return self._history.generation

    def entry(self, cookie: Cookie | None = None, path_capacity: int | None = None) -> VmEntry:
        """Return the first entry, or the one after the entry that gave the cookie.

        Raise EndOfMap after the last entry, InvalidCookie for a cookie that this map never gave (one of an
        earlier generation is of another map), and PathTooLong if the path with its NUL has more than
        `path_capacity` bytes; an entry without a path needs none.
        """
        areas = self._current()
        index = 0 if cookie is None else self._index(cookie, len(areas)) + 1
        if index == len(areas):
            raise EndOfMap("the last entry was the last one")
        path = areas[index].path
        required = len(os.fsencode(path)) + 1 if path else 0
        capacity = as_integer_if_given(path_capacity)
        if capacity is not None and required > capacity:
            raise PathTooLong(required)
        return self._entry(index, areas[index])

    def entries(self) -> Iterator[VmEntry]:
        """Yield all entries of the map as it is now."""
        return (self._entry(index, area) for index, area in enumerate(self._current()))

    def _current(self) -> list[Area]:
        generation = self._history.generation
        if self._areas[0] != generation:
            self._areas = generation, list(self._history.current())
        return self._areas[1]

    def _entry(self, index: int, area: Area) -> VmEntry:
        cookie = Cookie(self._areas[0], index)
        return VmEntry(cookie, area.start, area.end - 1, area.protection, area.offset, area.path)

    def _index(self, cookie: Cookie, count: int) -> int:
        is_ours = isinstance(cookie, Cookie) and cookie.generation == self._areas[0]
        if not is_ours or not 0 <= cookie.position < count:
            raise InvalidCookie(
                f"{cookie!r} is no cookie of this map", hint="the map may have changed; start again"
            )
        return cookie.position
