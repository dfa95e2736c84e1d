"""Which areas are threads' stacks, and what keeps these from growing: by proof, not by a stack pointer alone.

Coroutines run on stacks that lie in heaps, so that a stack pointer in an area doesn't make all of it a stack.
An area is one if it holds a thread's stack pointer, and

- guard pages lie right below it, as every library puts them below a stack that it maps (a stack pointer in
  these guard pages is one that ran out of its stack); or
- the thread's own data lie in it too, above the stack pointer: the C libraries put a thread's control block
  at the end of the block that they make its stack in (allocate_stack of glibc's nptl/allocatestack.c,
  pthread_create of musl), and a thread that runs on another stack still has it there; or
- the target doesn't tell whether areas have names, or what they may be used for: then nothing more is known.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence

from .area import Area
from .protection import Protection

# Guards of stacks have a page as a rule (pthread_attr_setguardsize(3)); musl lets a program's default be this
# (DEFAULT_GUARD_MAX of its pthread_impl.h), which is also what the kernel keeps free below stacks that grow
# (stack_guard_gap of Linux's mm/mmap.c).
LARGEST_GUARD = 1 << 20

# Returns the thread pointers of the threads with these stack pointers, as far as they are known.
PointersOf = Callable[[Sequence[int]], Mapping[int, int]]

_RWX = Protection.READ | Protection.WRITE | Protection.EXEC
_RWX_UNKNOWN = Protection.READ_UNKNOWN | Protection.WRITE_UNKNOWN | Protection.EXEC_UNKNOWN
# An IntFlag is slow to calculate with, and there may be many thousand areas.
ACCESS, _UNKNOWN = int(_RWX | _RWX_UNKNOWN), int(_RWX_UNKNOWN)


def no_thread_pointers(_stack_pointers: Sequence[int]) -> Mapping[int, int]:
    """Return none: thread pointers aren't known."""
    return {}


def is_forbidden(area: Area) -> bool:
    """Return whether it is known that the process may not access the area in any way."""
    return area.protection is not None and not int(area.protection) & ACCESS


def proven_stacks(
    areas: Sequence[Area], stack_pointers: Iterable[int], thread_pointers: PointersOf = no_thread_pointers
) -> set[int]:
    """Return where the areas begin that are proven to be stacks; the areas are in order.

    Thread pointers cost, and are asked for only where there are no guard pages.
    """
    held = _held(areas, sorted(stack_pointers))
    proven = {index for index in held if _tells_little(areas[index]) or _is_guarded(areas, index)}
    rest = [index for index in held if index not in proven and not areas[index].path]
    known = thread_pointers([pointer for index in rest for pointer in held[index]]) if rest else {}
    own = (
        index
        for index in rest
        if any(pointer < known.get(pointer, 0) < areas[index].end for pointer in held[index])
    )
    return {areas[index].start for index in (*proven, *own)}


def _held(areas: Sequence[Area], pointers: Sequence[int]) -> dict[int, list[int]]:
    """Return the areas that hold stack pointers, by their indexes; of one in a guard, what that guards."""
    found: dict[int, list[int]] = {}
    starts = [area.start for area in areas] if pointers else []
    for pointer in pointers:
        index = bisect_right(starts, pointer) - 1
        if index >= 0 and pointer < areas[index].end:
            is_over = index + 1 < len(areas) and is_guard_of(areas[index], areas[index + 1])
            found.setdefault(index + is_over, []).append(pointer)
    return found


def _tells_little(area: Area) -> bool:
    protection = _UNKNOWN if area.protection is None else int(area.protection)
    return area.path is None or protection & _UNKNOWN == _UNKNOWN


def _is_guarded(areas: Sequence[Area], index: int) -> bool:
    # A name in brackets says what an area is.
    has_name = (areas[index].path or "").startswith("[")
    return index > 0 and not has_name and is_guard_of(areas[index - 1], areas[index])


def is_guard_of(below: Area, area: Area) -> bool:
    """Return whether the area below may be what keeps a stack in this one from growing out of it."""
    is_closed = below.kind == "guard" or (is_forbidden(below) and not below.path)
    return is_closed and below.end == area.start and below.size <= LARGEST_GUARD and not is_forbidden(area)
