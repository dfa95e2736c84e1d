"""What is wrong, or out of the ordinary, with page tables: each thing once, with the first places of it."""

from __future__ import annotations

from typing import NamedTuple

# One table, several entries: as for guests' shared zero tables.
SHARED = "table reached by several entries"
# One table, several levels: a loop, or a table that maps itself so that all tables have addresses.
SEVERAL_LEVELS = "table used at several levels"
TOO_MANY = "more ranges than the limit"
# Places that a note keeps; the others are counted.
_PLACES = 16


class EntryPlace(NamedTuple):
    """An entry: the level, the physical address and number of its table's row, its value if it was read.

    `start`..`end` are the virtual addresses that it is there for, on the first way to it.
    """

    start: int
    end: int
    level: str
    address: int
    value: int | None

    def __str__(self) -> str:
        value = "" if self.value is None else f" = {self.value:#x}"
        return f"{self.level} at {self.address:#x}{value}, for {self.start:#x}..{self.end:#x}"


class PagingNote(NamedTuple):
    """Something about page tables: what, how often, and the first places in the order of the walk."""

    what: str
    times: int = 1
    places: tuple[EntryPlace, ...] = ()

    def __str__(self) -> str:
        first = f": {self.places[0]}" if self.places else ""
        return f"{self.what}{first}" if self.times == 1 else f"{self.times} x {self.what}{first}"


class NoteBook:
    """Notes in the making."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._places: dict[str, list[EntryPlace]] = {}

    def add(self, what: str, place: EntryPlace | None = None, count: int = 1) -> None:
        """Count something, with a place where it is."""
        self._counts[what] = self._counts.get(what, 0) + count
        places = self._places.setdefault(what, [])
        if place is not None and len(places) < _PLACES:
            places.append(place)

    @property
    def notes(self) -> tuple[PagingNote, ...]:
        """The notes, in the order in which each was first made."""
        return tuple(PagingNote(what, n, tuple(self._places[what])) for what, n in self._counts.items())
