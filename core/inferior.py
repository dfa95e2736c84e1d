"""An inferior: its areas, its memory and the hits found in it, over any kind of target."""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from .arch import Arch
from .arguments import as_kind, as_text
from .images.model.asid import Asid, as_asid
from .inferior_memory import InferiorMemory
from .integers import IntegerLike, as_address, as_integer
from .intervals import Interval
from .maps.area import NAMED, Area, checked_areas
from .maps.area_map import AreaMap
from .maps.history import MapHistory
from .maps.limits import user_end
from .maps.names import base_of
from .maps.vm import VmEntries
from .ports.moment import Moment
from .ports.target import Target
from .ports.threads import Thread
from .ranges import Range
from .search.engine.search import Search
from .search.hits.hits import Hit
from .search.scanner import Searchable
from .target_now import TargetNow
from .watch import UNWATCHED, Watch

if TYPE_CHECKING:
    from .images.capture.page_dedup import Destination
    from .images.capture.page_store import PageStore
    from .images.mapped.mapped_files import MappedFiles
    from .images.model.image import Image
    from .images.model.snapshot import Snapshot


class Inferior:
    """One inferior: a live process, a core file or a buffer, with or without a debugger."""

    def __init__(self, target: Target) -> None:
        self._now, self._locator = TargetNow(target), target.locator
        self._maps = MapHistory(
            target.listers, target.clock, target.threads, target.modules, target.thread_pointers
        )
        self.vm = VmEntries(self._maps)
        self.memory = InferiorMemory(self._now, self._maps)
        self._pages: PageStore | None = None
        self._trusting: Inferior | None = None
        self._original: weakref.ref[Inferior] | None = None
        # The hits of the last pt-find, in order of address; if there are very many, the first. The command
        # sets them.
        self.last_hits: Sequence[Hit] = ()

    def __repr__(self) -> str:
        return f"Inferior(pid={self.pid}, name={self.target.name!r})"

    @property
    def target(self) -> Target:
        """What it is known by."""
        return self._now.target()

    def trusting(self) -> Inferior:
        """Return the same inferior, which reads the files that it names although nothing proves them.

        It is another model, always the same one, with a map of its own; commands keep their hits with
        `original`. Of a process of this machine the kernel tells which files are mapped, so that it stays
        itself.
        """
        if self.target.trusts_files or self.target.file_paths is not None:
            return self
        if self._trusting is None:
            self._trusting = Inferior(self.target.with_trust())
            self._trusting._original = weakref.ref(self)
        return self._trusting

    @property
    def original(self) -> Inferior:
        """The inferior that this one is the `trusting` model of, while there is that one; else itself."""
        return (self._original() if self._original else None) or self

    @property
    def arch(self) -> Arch:
        """Word size, byte order and page size, and which bits of addresses are tags now."""
        return self.target.arch

    @property
    def pid(self) -> int | None:
        """The process's identifier, where it has one."""
        return self.target.pid

    def check_presence(self) -> None:
        """Raise SourceError if the process is gone, or out of the debugger's reach."""
        if self.target.presence is not None:
            self.target.presence.check()

    def moment(self) -> Moment:
        """Return a context manager: in its block the map and the threads are read once, however often asked.

        Each command is one moment, so that it sees one map and costs what it needs, also while the inferior
        runs. `ask_again` ends it early, and `has_moved_on` tells what it has missed.
        """
        return self._now.clock.moment()

    def ask_again(self) -> None:
        """Begin a moment anew, if one lasts: what was just done may have let the inferior run."""
        self._now.clock.ask_again()

    def has_moved_on(self) -> bool:
        """Return whether the map has changed since it was read in the moment that lasts; that begins anew."""
        return self._maps.has_moved_on()

    @property
    def areas(self) -> AreaMap:
        """The areas as they are now, in a moment as they were in it; the same object until they change."""
        return self._maps.current()

    @property
    def generation(self) -> int:
        """The generation of the map: the same number means an unchanged map."""
        return self._maps.generation

    @property
    def user_end(self) -> int | None:
        """One past the highest address that a process can use here; None where that isn't known."""
        target = self.target
        number = target.machine.number if target.machine else None
        return user_end(self.areas, number, target.arch.word_size, is_whole=target.is_map_whole)

    def areas_of(self, generation: int) -> Sequence[Area]:
        """Return the areas of a generation of the map; raise InvalidArgument for one that isn't known."""
        return self._maps.at(as_integer(generation))

    @property
    def source(self) -> str:
        """The name of the lister that gave the areas."""
        return self._maps.source

    @property
    def threads(self) -> Sequence[Thread]:
        """The threads as they are now, the main one first; none where the target can't tell them."""
        return self._maps.threads()

    def find(
        self,
        pattern: Searchable,
        areas: Iterable[Interval] | None = None,
        *,
        align: int | None = None,
        limit: int | None = None,
        start: IntegerLike | None = None,
        threads: int = 0,
        watch: Watch = UNWATCHED,
    ) -> Search:
        """Search for a pattern, or several, in these areas or ranges; None: in all that may be readable.

        Return an iterator of hits in order, which says afterwards what it covered; see `Scanner.find`. An
        `align` of None is each pattern's own.
        """
        with self.moment():
            scanner = self.memory.scanner(areas, as_integer(threads), watch=as_kind(watch, Watch))
            start = None if start is None else self._now.untagged(as_address(start))
            return scanner.find(pattern, align, limit, start)

    def image(self, name: str | None = None) -> Image:
        """Return the image of the files that are mapped, each where it is; see `pt-image load`.

        Files that are no longer what was mapped are left out. Raise InvalidArgument for an impossible name.
        """
        # Imported here: few searches need images, and importing them costs more than the whole search.
        from .images.mapped.load import load_image

        with self.moment():
            return load_image(name, self.areas, self.mapped_files()).image

    def mapped_files(self, areas: AreaMap | None = None) -> MappedFiles:
        """Return the files behind these areas, or all, as they are now, each opened and proven once.

        A command calls this once and hands the result down; the next command looks at the files again.
        """
        from .images.mapped.mapped_files import MappedFiles

        target = self.target
        return MappedFiles(
            self.areas if areas is None else as_kind(areas, AreaMap),
            self.memory,
            target.as_of,
            target.began,
            prover=target.file_prover,
            paths=target.file_paths,
            page_size=target.arch.page_size,
            trusts=target.trusts_files,
            modules=target.modules,
        )

    def snapshot(
        self,
        name: str | None = None,
        areas: Iterable[Area] | None = None,
        *,
        asid: Asid | None = None,
        store: Destination | None = None,
        no_access: bool = False,
        watch: Watch = UNWATCHED,
    ) -> Snapshot:
        """Return a copy of these areas, or of all, with the map, the threads' registers and the time.

        Kinds that are better not read (`device`, `vvar`) are left out, and areas that the process itself may
        not read are so only without `no_access`; what can't be read is noted in its `coverage`. Equal pages
        are kept once, with those of other snapshots in the same `store`; by default the inferior has one of
        its own. Raise InvalidArgument for an impossible name, SourceError if memory runs out or the process
        is gone, Interrupted if the watch says so: then nothing is kept.
        """
        # Imported here: every debugger session has inferiors, few take snapshots.
        from .images.capture.capture import GIVEN_UP
        from .images.capture.page_store import PageStore
        from .images.capture.target import ReadableAreas, circumstances_of, take
        from .walk.pace import given_up

        if store is None:
            store = self._pages = self._pages or PageStore()
        as_kind(watch, Watch), as_asid(asid)
        with self.moment():
            readable = ReadableAreas.of(self.areas if areas is None else checked_areas(areas), no_access)
            with given_up(GIVEN_UP):
                reader = self.memory.ready([Range(area.start, area.end) for area in readable.wanted], watch)
                named = (area for area in readable.wanted if area.source == NAMED)
                known = [*self.areas, *named]
                about = circumstances_of(self.target, known, self.threads, self.generation, watch=watch)
            taken = take(name, readable, reader, self.target, about, store, asid=asid, watch=watch)
        self.check_presence()  # what a process no longer has isn't what it had
        return taken

    def area_now(self, address: IntegerLike) -> Area | None:
        """Return the area that contains the address, uncached: for callers without the debugger's events.

        Its kind may not be known. Costs microseconds where the kernel answers for one address (Linux 6.11),
        else reading the whole map.
        """
        address, locator = self._now.untagged(as_address(address)), self._locator
        return locator.area_at(address) if locator else self._maps.refreshed().find(address)

    def base_of(self, name: str) -> int:
        """Return the first address of the loaded object of this name at this moment; 0 if none is loaded.

        Raise InvalidArgument if several objects have the name, and if the one is loaded several times.
        """
        return base_of(self._maps.refreshed(), as_text(name), self.arch.page_size)

    def area_at(self, address: IntegerLike) -> Area | None:
        """Return the first area that contains the address, whatever tag that has, or None."""
        return self.areas.find(self._now.untagged(as_address(address)))
