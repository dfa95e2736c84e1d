"""Stacks by the threads on them: areas of the kind `stack` (see `maps.stacks`) with a stack pointer."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator

from ..maps.area import Area
from ..maps.stacks import is_guard_of
from .owner import AreaOwner, threads_in_words
from .proofs import Proofs


def stacks_of_threads(proofs: Proofs, areas: Iterable[Area]) -> Iterator[tuple[Area, AreaOwner]]:
    """Yield the stacks among the areas, each with the threads whose stack pointers lie in it.

    A stack pointer in the guard right below counts: it ran out of the stack.
    """
    stacks = [area for area in areas if area.kind == "stack" and not (area.path or "").startswith("[")]
    if not stacks:
        return
    held = sorted(
        (thread.stack_pointer, thread.tid) for thread in proofs.threads if thread.stack_pointer is not None
    )
    for area in stacks:
        below = proofs.areas.find(area.start - 1) if area.start else None
        start = below.start if below is not None and is_guard_of(below, area) else area.start
        on_it = held[bisect_left(held, (start, 0)) : bisect_left(held, (area.end, 0))]
        if on_it:
            threads = tuple(proofs.called(tid) for _, tid in on_it)
            text = threads_in_words(threads)
            yield area, AreaOwner("stack", None, text, area.start, area.end, threads)
