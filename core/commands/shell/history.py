"""What commands remember from one run to the next: of each inferior, and while there is none."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

from ...inferior import Inferior
from ...search.narrowing.last_search import LastSearch

if TYPE_CHECKING:
    from ...blocks.table import Blocks
    from ...references.leak_groups import LeakGroup
    from ...references.leaks import Leaks


@dataclass
class Remembered:
    """What commands remember of one inferior, or while there is none.

    `listed` is the generation of the map that `pt-maps` last listed; `followed`, while the map is followed,
    the one up to which its changes have been shown; `last_search` the search that `pt-find --next` continues.
    `blocks` are those of its allocators, of one value of its clock, and `leaks` those among them.
    """

    listed: int | None = None
    followed: int | None = None
    last_search: LastSearch | None = None
    blocks: BlocksThen | None = None
    leaks: LeaksThen | None = None


class BlocksThen(NamedTuple):
    """The blocks of each allocator as they were at a value of the inferior's clock."""

    clock: Hashable
    found: Sequence[Blocks]


class LeaksThen(NamedTuple):
    """The leaks as they were at a value of the inferior's clock, and in groups of those that are alike."""

    clock: Hashable
    found: Leaks
    groups: Sequence[LeakGroup]


class History:
    """What commands remember. It keeps no inferior alive, and forgets one that goes away."""

    def __init__(self) -> None:
        self._inferiors: WeakKeyDictionary[Inferior, Remembered] = WeakKeyDictionary()
        self._without = Remembered()
        self.searched: int | None = None  # the process of the last search
        self._programs: dict[int, str] = {}  # what each process ran when its map was last listed
        self._followed: dict[int, str | None] = {}  # what each process that is followed ran at its last stop

    def of(self, inferior: Inferior | None) -> Remembered:
        """Return what is remembered of the inferior; of None, what is while there is no inferior.

        One and the same for an inferior, however much it trusts files.
        """
        if inferior is None:
            return self._without
        return self._inferiors.setdefault(inferior.original, Remembered())

    def follow(self, inferior: Inferior, generation: int | None) -> None:
        """Follow the inferior's map from a generation on; None: no longer."""
        self.of(inferior).followed = generation
        if inferior.pid is not None:
            self._followed.pop(inferior.pid, None)
            if generation is not None:
                self._followed[inferior.pid] = inferior.target.name

    def is_followed(self, inferior: Inferior) -> bool:
        """Return whether the inferior's map is followed, or was that of the program before in its process."""
        return self.of(inferior).followed is not None or inferior.pid in self._followed

    def followed_before(self, inferior: Inferior) -> str | None:
        """Return the program that a followed process ran before, if that is another one, else None."""
        name = None if inferior.pid is None else self._followed.get(inferior.pid)
        return name if name != inferior.target.name else None

    def run_before(self, inferior: Inferior) -> str | None:
        """Return the program that the process ran when its map was last listed, if that was another one.

        A process that calls execve(2) becomes another inferior.
        """
        pid, name = inferior.pid, inferior.target.name
        before = None if pid is None or name is None else self._programs.get(pid)
        return before if before != name else None

    def keep_program(self, inferior: Inferior) -> None:
        """Keep which program the process runs, for its map is listed."""
        if inferior.pid is not None and inferior.target.name is not None:
            self._programs[inferior.pid] = inferior.target.name

    def keep(self, inferior: Inferior | None, search: LastSearch) -> None:
        """Keep a search as the inferior's last one, and give the inferior its hits."""
        self.of(inferior).last_search = search
        self.searched = inferior.pid if inferior else None
        if inferior is not None:
            inferior.original.last_hits = search.hits
