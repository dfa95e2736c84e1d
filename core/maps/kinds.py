"""The kind of each area, from facts that every debugger has: names, protections, threads, modules.

Names are Linux's, as proc_pid_maps(5) prints them and debuggers repeat them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from .area import Area
from .area_map import AreaMap
from .protection import Protection
from .stacks import ACCESS, LARGEST_GUARD, PointersOf, no_thread_pointers, proven_stacks

# What proc_pid_maps(5) puts after the name of a file that was unlinked.
DELETED = " (deleted)"

# Names in brackets that the kernel or the C library gives; the first that is a prefix of the name counts.
_NAMED = (
    ("[heap", "heap"),
    ("[stack", "stack"),
    ("[vdso", "vdso"),
    ("[sigpage]", "vdso"),  # ARM's page of code to return from signals
    ("[vvar", "vvar"),
    ("[vsyscall]", "vsyscall"),
    ("[vectors]", "vsyscall"),  # ARM's counterpart
    ("[anon_shmem:", "shared"),
    # As glibc 2.39 and later name them, if the tunable glibc.mem.decorate_maps says so.
    ("[anon: glibc: pthread stack:", "stack"),
    ("[anon: glibc: pthread user stack:", "stack"),
    ("[anon:stack_and_tls:", "stack"),  # Android's (bionic's libc/bionic/pthread_create.cpp)
)

# The meaning of a name; a kind of KINDS where the name decides alone.
_ANONYMOUS, _FILE, _MEMORY_FILE = "anonymous", "regular file", "memory file"

# The meaning of paths and of names in their place; the first that is a prefix of the name counts.
_STARTS = (
    # Memory that is named like a file: shared anonymous, System V, memfd_create(2), huge pages.
    ("/dev/zero" + DELETED, "shared"),
    ("/SYSV", "shared"),
    ("/memfd:", _MEMORY_FILE),
    ("/dev/shm/", _MEMORY_FILE),  # noqa: S108 - a name to recognise, not to use
    ("/dev/huge", _MEMORY_FILE),  # where hugetlbfs is mounted by convention: hugepages, hugepages1G, huge
    ("/dev/ashmem", _MEMORY_FILE),  # Android's, which are tmpfs's (drivers/staging/android/ashmem.c)
    ("/secretmem" + DELETED, _MEMORY_FILE),  # memfd_secret(2)
    ("/[aio]", _ANONYMOUS),  # the ring of io_setup(2), which is the kernel's memory
    # Buffers of graphics and other drivers (shmem_file_setup of drm_gem_object_init and of i915, d_dname of
    # dma-buf.c), and objects without a folder: anon_inode:[perf_event], socket:[1].
    ("/drm mm object", "device"),
    ("/i915" + DELETED, "device"),
    ("/dmabuf:", "device"),
    ("anon_inode:", "device"),
    ("socket:[", "device"),
    ("pipe:[", "device"),
)
_WHOLE = dict.fromkeys(("/dev/zero", "/anon_hugepage", "/anon_hugepage" + DELETED), _ANONYMOUS)

# How names begin that look like paths and belong to no file that can be opened.
NO_FILES = ("/dev/", "//anon", *(start for start, _ in _STARTS), *_WHOLE)

# Facts that are read once for each of many thousand areas: an IntFlag is slow to calculate with.
_EXEC, _SHARED = int(Protection.EXEC), int(Protection.SHARED)

# An area without access is a guard up to this size, and reserved address space above. Guards have a page or
# two, the zones of Java's stacks and the guards of PartitionAlloc 16 KiB, and a page may have 64 KiB; what is
# reserved (glibc's heaps, Go's and Java's, V8's cages, the gaps of shadows) has many times that. See
# docs/decisions/0230-stacks-guards-reserved.md.
LARGEST_LONE_GUARD = 64 << 10


class _Facts(NamedTuple):
    """What is known beyond one area: where stacks begin, and which files are modules."""

    stacks: Collection[int]
    module_paths: Collection[str]
    module_files: Collection[tuple[str | None, int | None]]


def classify(
    areas: Sequence[Area],
    stack_pointers: Iterable[int] = (),
    module_paths: Iterable[str] = (),
    thread_pointers: PointersOf = no_thread_pointers,
) -> list[Area]:
    """Return the areas, which are in order, with their kinds (`KINDS`); a kind that is known already stays.

    `stack_pointers` are the threads', where known; `module_paths` the files of the loaded objects,
    where a debugger knows them. A file that is mapped executable is a module too, in all its mappings.
    `thread_pointers` tell where the threads' own data lie (see `proven_stacks`). Nothing is guessed: an area
    of which neither name nor use is known has no kind (None).
    """
    facts = _facts(areas, stack_pointers, module_paths, thread_pointers)
    names: dict[str | None, str | None] = {path: _meaning(path) for path in {area.path for area in areas}}
    return [
        area if area.kind is not None else Area(*area[:5], _kind(area, _known(area, names), facts), *area[6:])
        for area in areas
    ]


def _facts(
    areas: Sequence[Area],
    stack_pointers: Iterable[int],
    module_paths: Iterable[str],
    thread_pointers: PointersOf,
) -> _Facts:
    paths = {name for path in module_paths for name in (path, path + DELETED)}
    files: set[tuple[str | None, int | None]] = set()
    for area in areas:
        if area.path and area.protection is not None and int(area.protection) & _EXEC:
            paths.add(area.path)
        if area.inode and area.path in paths:
            files.add((area.device, area.inode))
    return _Facts(proven_stacks(areas, stack_pointers, thread_pointers), paths, files)


def _meaning(path: str | None) -> str | None:
    """Return the meaning of a name: a kind where it decides alone; None for an unknown name."""
    if not path:
        return None if path is None else _ANONYMOUS
    if path.startswith("["):
        return next((kind for start, kind in _NAMED if path.startswith(start)), _ANONYMOUS)
    if not path.startswith(NO_FILES):  # as nearly all: one comparison instead of twenty
        return _FILE
    by_start = next((meaning for start, meaning in _STARTS if path.startswith(start)), None)
    return _WHOLE.get(path) or by_start or ("device" if path.startswith("/dev/") else _FILE)


def _known(area: Area, names: Mapping[str | None, str | None]) -> str | None:
    """Return the meaning of an area's name, by what the path leads to if the lister checked that."""
    meaning = names[area.path]
    return _MEMORY_FILE if meaning == "device" and area.regular else meaning


def _kind(area: Area, meaning: str | None, facts: _Facts) -> str | None:
    protection = None if area.protection is None else int(area.protection)
    shared = protection is not None and bool(protection & _SHARED)
    if meaning == _FILE or (meaning == _MEMORY_FILE and not shared):
        return "module" if _is_module(area, facts) else "file"
    if meaning not in (None, _ANONYMOUS, _MEMORY_FILE, "shared"):
        return meaning
    if protection is not None and not protection & ACCESS:
        most = LARGEST_GUARD if area.end in facts.stacks else LARGEST_LONE_GUARD
        return "guard" if area.size <= most else "reserved"
    if area.start in facts.stacks:
        return "stack"
    if meaning is None:
        return None
    return "shared" if shared or meaning == "shared" else "anon"


def _is_module(area: Area, facts: _Facts) -> bool:
    if area.path in facts.module_paths:
        return True
    return bool(area.inode) and (area.device, area.inode) in facts.module_files


# Kinds of areas that look readable and may hang or act when they are read, and the kernel's own data.
LEFT_OUT = {
    "device": "it is a device's memory, which may act when it is read",
    "vvar": "it is the kernel's own data",
}


NO_READ = "no read permission"


# Kinds of areas in which an address may have a symbol of its own.
_WITH_SYMBOLS = ("module", "vdso", None)


def may_have_symbols(area: Area, areas: AreaMap) -> bool:
    """Return whether an address in an area of this map may have a symbol of its own.

    That is so in the files of loaded objects, and in the memory without a file right behind one, where its
    variables without content go on (.bss).
    """
    if area.kind in _WITH_SYMBOLS:
        return True
    before = areas.find(area.start - 1) if area.kind == "anon" and area.start else None
    return before is not None and before.kind == "module"
