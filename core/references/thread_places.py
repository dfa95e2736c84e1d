"""Places of the threads: their stacks with the frames on them, and their thread-local storage.

Sources: Drepper, ELF Handling For Thread-Local Storage: below the thread pointer (x86, variant II) or above
it (AArch64, variant I) lie the modules' TLS segments; on its other side the C library has the thread's
control block (struct pthread of glibc's nptl/descr.h, of less than a page), in which thread-specific data
begin (pthread_getspecific(3)).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import islice

from ..elf.headers import EM_386, EM_AARCH64, EM_X86_64, PT_TLS, program_headers, read_header
from ..errors import SourceError
from ..inferior import Inferior
from ..maps.area import Area
from ..maps.stacks import is_guard_of
from ..owners.proofs import Proofs
from ..ports.threads import Frame, Thread
from ..range_set import RangeSet
from ..ranges import Range, align_up
from ..walk.reading import read_up_to
from ..watch import UNWATCHED, Watch
from .holder import STACK, TLS, Holder

# Frames of a stack that are unwound at most: each costs a debugger about 20 us.
_MOST_FRAMES = 10_000
_CONTROL_BLOCK, _AARCH64_HEAD = 4096, 16


class ThreadPlaces:
    """Knows what of a thread's an address is."""

    def __init__(self, inferior: Inferior, watch: Watch = UNWATCHED) -> None:
        self._inferior, self._watch = inferior, watch
        self._proofs = Proofs(inferior)
        self._frames: dict[int, list[Frame]] = {}

    def holder(self, address: int, area: Area | None) -> Holder | None:
        """Return the thread's place that the address lies in, or None. Raise Interrupted."""
        if area is None:
            return None
        for tid, pointer, part in self._storage:
            if address in part:
                return Holder(TLS, address - pointer, self._proofs.called(tid), area=area.path)
        return self._on_stack(address, area) if area.kind == "stack" else None

    def stacks(self) -> list[tuple[Area, list[Thread]]]:
        """Return the areas that are stacks, each with the threads on it, by their stack pointers."""
        stacks = (area for area in self._proofs.areas if area.kind == "stack")
        return [(area, self._on(area)) for area in stacks]

    @cached_property
    def storage(self) -> RangeSet:
        """Where thread-local storage is, with the control blocks."""
        return RangeSet(part for _, _, part in self._storage)

    def _on(self, area: Area) -> list[Thread]:
        below = self._proofs.areas.find(area.start - 1) if area.start else None
        start = below.start if below is not None and is_guard_of(below, area) else area.start
        held = [one for one in self._proofs.threads if start <= (one.stack_pointer or 0) < area.end]
        return sorted(held, key=lambda one: one.stack_pointer or 0)

    def _on_stack(self, address: int, area: Area) -> Holder:
        held = self._on(area)
        own = [one for one in held if (one.stack_pointer or 0) <= address]
        thread = own[-1] if own else held[0] if held else None
        if thread is None or thread.stack_pointer is None:
            return Holder(STACK, area=area.path)
        holder = Holder(
            STACK, address - thread.stack_pointer, self._proofs.called(thread.tid), area=area.path
        )
        return self._in_frame(holder, address, thread) if own else holder

    def _in_frame(self, holder: Holder, address: int, thread: Thread) -> Holder:
        """Return the holder with the frame that the address lies in; inlined ones have no own part."""
        frames = self._frames_of(thread.tid)
        number = bisect_right([frame.stack_pointer for frame in frames], address) - 1
        if number < 0 or not self._reaches(frames, number, address):
            return holder
        symbols = self._inferior.target.symbols
        function = symbols.symbol_at(frames[number].program_counter) if symbols else None
        return holder._replace(frame=number, function=function)

    @staticmethod
    def _reaches(frames: Sequence[Frame], number: int, address: int) -> bool:
        """Return whether it is known that a frame reaches up to this address."""
        return number + 1 < len(frames) or address < (frames[number].end or 0)

    def _frames_of(self, tid: int) -> list[Frame]:
        """Return the frames of a thread as far as their stack pointers grow, as those of one stack do."""
        if tid not in self._frames:
            self._frames[tid] = list(self._growing(tid))
        return self._frames[tid]

    def _growing(self, tid: int) -> Iterator[Frame]:
        unwinder = self._inferior.target.frames
        last = 0
        for frame in islice(unwinder.frames(tid), _MOST_FRAMES) if unwinder else ():
            self._watch.check()
            if frame.stack_pointer < last:
                return
            last = frame.stack_pointer
            yield frame

    @cached_property
    def _storage(self) -> list[tuple[int, int, Range]]:
        """The threads with their thread pointers, and where their thread-local storage lies."""
        pointers, tids = self._inferior.target.thread_pointers, [one.tid for one in self._proofs.threads]
        known = pointers.thread_pointers(tids) if pointers is not None and tids else {}
        size = self._segments() if known else 0
        found = ((tid, pointer, self._around(pointer, size)) for tid, pointer in known.items() if pointer)
        return [(tid, pointer, part) for tid, pointer, part in found if part is not None]

    def _around(self, pointer: int, size: int) -> Range | None:
        area = self._proofs.areas.find(pointer)
        if area is None:
            return None
        if self._proofs.machine in (EM_X86_64, EM_386):
            return Range(pointer - size, pointer + _CONTROL_BLOCK).intersection(area.start, area.end)
        if self._proofs.machine == EM_AARCH64:
            end = pointer + _AARCH64_HEAD + size
            return Range(pointer - _CONTROL_BLOCK, end).intersection(area.start, area.end)
        return None

    def _segments(self) -> int:
        """Return how many bytes the TLS segments of all modules may take."""
        bases = [bases[0] for bases in self._proofs.module_bases.values()]
        return sum(map(self._segment, bases))

    def _segment(self, base: int) -> int:
        reader = self._proofs.header_reader(base)

        def read(at: int, size: int) -> bytes:
            return read_up_to(reader, base + at, size)

        try:
            headers = list(program_headers(read_header(read), read))
        except SourceError:
            return 0  # no valid ELF headers lie there
        return sum(
            align_up(one.memory_size, max(one.align, 1)) + one.align for one in headers if one.type == PT_TLS
        )
