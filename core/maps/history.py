"""The map of an inferior as it is now, read anew only when it may have changed, and as it was."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

from ..errors import InvalidArgument, SourceDenied, SourceError
from ..ports.areas import AreaLister
from ..ports.moment import held
from ..ports.program import ModuleLister
from ..ports.running import Clock
from ..ports.threads import Thread, ThreadLister, ThreadPointers
from .area import Area
from .area_map import AreaMap
from .kinds import classify

KEPT = 256


class MapHistory:
    """The current map and its generation number, which moves exactly when the map has changed.

    While the clock stands still, a query costs next to nothing. When it has moved, the map is read once and
    compared. Listers are tried in order; if one is denied, the next is used. The last `KEPT` generations are
    kept, and share the areas that stay the same.
    """

    def __init__(
        self,
        listers: Sequence[AreaLister],
        clock: Clock,
        threads: ThreadLister | None = None,
        modules: ModuleLister | None = None,
        thread_pointers: ThreadPointers | None = None,
    ) -> None:
        """Take the ports: `threads` locate the stacks, `modules` name the files that are loaded objects.

        `thread_pointers` prove stacks that nothing else proves.
        """
        self._listers, self._clock = tuple(listers), held(clock)
        self._threads, self._modules = threads, modules
        self._thread_pointers = thread_pointers
        self._last_threads: tuple[Hashable, Sequence[Thread]] | None = None
        self._seen: Hashable | None = None
        self._areas: Sequence[Area] | None = None
        self._map = AreaMap()
        self._generation = 0
        self._kept: dict[int, tuple[Area, ...]] = {}
        self._source = ""

    @property
    def source(self) -> str:
        """The lister that gave the current map; the map is read first if it wasn't yet."""
        self.current()
        return self._source

    @property
    def generation(self) -> int:
        """The number of the current map, from 1 on."""
        self.current()
        return self._generation

    def current(self) -> AreaMap:
        """Return the map as it is now. The same map object is returned until it changes.

        Raise SourceError if no lister can give it.
        """
        now = self._clock.now()
        if self._areas is None or now != self._seen:
            self._read()
            self._seen = now
        return self._map

    def refreshed(self) -> AreaMap:
        """Return the map as it is now, read anew whatever the clock says."""
        self._read()
        self._seen = self._clock.now()
        return self._map

    def has_moved_on(self) -> bool:
        """Return whether the map is another one by now than what was seen of it in this moment.

        The moment begins anew, so that the map is the new one. Outside of one, nothing is compared.
        """
        moment, generation = self._clock.held, self._generation
        if moment is None or not moment.was_asked or self._seen != moment.now():
            return False
        moment.begin()
        self.current()
        return self._generation != generation

    def at(self, generation: int) -> tuple[Area, ...]:
        """Return the areas of a generation; raise InvalidArgument for one that isn't known, or no longer."""
        self.current()
        areas = self._kept.get(generation)
        if areas is None:
            known = f"{min(self._kept)} to {self._generation}"
            raise InvalidArgument(
                f"there is no generation {generation} of the map", hint=f"known are {known}"
            )
        return areas

    def _read(self) -> None:
        lister, areas = self._listed()
        if areas is self._areas or areas == self._areas:
            return
        known = {area: area for area in self._kept.get(self._generation, ())}
        kinds = classify(areas, self._stack_pointers(), self._module_paths(), self._pointers_of)
        shared = tuple(known.get(area, area) for area in kinds)
        self._areas, self._source = areas, lister.source
        self._map = AreaMap(shared)
        self._generation += 1
        self._kept[self._generation] = shared
        self._kept.pop(self._generation - KEPT, None)

    def threads(self) -> Sequence[Thread]:
        """Return the threads as they are now, the main one first; none where the target can't tell them.

        While the clock stands still, they are read once.
        """
        now = self._clock.now()
        if self._last_threads is None or self._last_threads[0] != now:
            self._last_threads = now, self._listed_threads()
        return self._last_threads[1]

    def _listed_threads(self) -> Sequence[Thread]:
        try:
            return self._threads.threads() if self._threads else ()
        except SourceError:  # without threads or modules, kinds are decided by the map alone
            return ()

    def _stack_pointers(self) -> list[int]:
        return [thread.stack_pointer for thread in self.threads() if thread.stack_pointer is not None]

    def _pointers_of(self, stack_pointers: Sequence[int]) -> Mapping[int, int]:
        """Return the thread pointers of the threads with these stack pointers, as far as they are known."""
        if self._thread_pointers is None:
            return {}
        tids = {thread.stack_pointer: thread.tid for thread in self.threads()}
        wanted = {pointer: tids[pointer] for pointer in stack_pointers if pointer in tids}
        try:
            found = self._thread_pointers.thread_pointers(wanted.values())
        except SourceError:
            return {}
        return {pointer: found[tid] for pointer, tid in wanted.items() if tid in found}

    def _module_paths(self) -> list[str]:
        return [module.path for module in self._modules.modules()] if self._modules else []

    def _listed(self) -> tuple[AreaLister, Sequence[Area]]:
        denied: SourceDenied | None = None
        for lister in self._listers:
            try:
                return lister, lister.areas()
            except SourceDenied as error:
                denied = error
        raise denied or SourceError("nothing tells the areas of this target")
