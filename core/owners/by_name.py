"""Owners that an area's own name proves: the kernel keeps what runtimes call their memory.

Names of anonymous memory are what a program gave prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME) (Linux 5.17, and
Android's kernels before); proc_pid_maps(5) has them as `[anon:NAME]`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ..maps.area import Area
from .owner import AreaOwner
from .proofs import Proofs


class _Name(NamedTuple):
    """How names begin, and what they say."""

    start: str
    what: str
    of: str
    text: str


# The first that is a prefix of the name counts.
_NAMES = (
    # elf/tst-decorate-maps.c of glibc 2.39 and later (tunable glibc.mem.decorate_maps).
    _Name("[anon: glibc: malloc", "heap", "glibc", "glibc heap"),
    _Name("[anon: glibc: loader malloc", "heap", "glibc", "glibc loader's heap"),
    # Go 1.25 and later (runtime/set_vma_name_linux.go and its callers).
    _Name("[anon: Go: heap]", "heap", "Go", "Go heap"),
    _Name("[anon: Go: heap reservation]", "rest of heap", "Go", "reserved for the Go heap"),
    _Name("[anon: Go: ", "metadata", "Go", "Go runtime"),
    # PageTagToName of Chromium's page_allocator_internals_posix.h.
    _Name("[anon:v8]", "heap", "V8", "V8 heap"),
    _Name("[anon:blink_gc]", "heap", "Blink", "Blink heap"),
    _Name("[anon:partition_alloc]", "heap", "PartitionAlloc", "PartitionAlloc heap"),
    # What Android's libraries pass to the call (scudo's mem_map_linux.cpp, ART's mem_map.cc).
    _Name("[anon:scudo:", "heap", "Scudo", "Scudo heap"),
    _Name("[anon:dalvik-", "heap", "ART", "ART heap"),
    # ZFILENAME_HEAP of HotSpot's gc/z/zPhysicalMemoryBacking_linux.cpp, which passes it to memfd_create(2).
    _Name("/memfd:java_heap", "heap", "Java", "Java heap, ZGC"),
)
# glibc's and Android's names of threads' stacks, and those of Linux 3.4 to 4.4.
_STACKS = re.compile(
    r"\[(?:anon: glibc: pthread (?:user )?stack: |anon:stack_and_tls:|stack:)(?P<tid>[0-9]+)\]"
)
_MAIN_STACK = "[stack]"


def owners_by_name(proofs: Proofs, areas: Iterable[Area]) -> Iterator[tuple[Area, AreaOwner]]:
    """Yield the areas whose names tell their owners, with these; a name is read once."""
    areas = list(areas)
    names = {area.path: None for area in areas if area.path and area.path.startswith(("[", "/memfd:"))}
    stacks = {path: _tid(proofs, path) for path in names if path}
    known = {path: _known(path) for path in names if path}
    for area in areas:
        path = area.path or ""
        tid, name = stacks.get(path), known.get(path)
        if tid is not None:
            thread = proofs.called(tid)
            yield area, AreaOwner("stack", None, str(thread), area.start, area.end, (thread,))
        elif name is not None:
            is_named = path.startswith("[")
            yield area, AreaOwner(name.what, name.of, name.text, area.start, area.end, is_named=is_named)


def _known(path: str) -> _Name | None:
    return next((name for name in _NAMES if path.startswith(name.start)), None)


def _tid(proofs: Proofs, path: str) -> int | None:
    """Return the thread whose stack has this name: the main thread's is the process's own [stack]."""
    found = _STACKS.fullmatch(path)
    if found is not None:
        return int(found["tid"])
    is_listed = path == _MAIN_STACK and any(thread.tid == proofs.pid for thread in proofs.threads)
    return proofs.pid if is_listed else None
