"""The list of loaded objects that a dynamic linker keeps in memory for debuggers.

Layouts: struct r_debug and struct link_map of link.h, the same in glibc, musl, bionic and FreeBSD: words
all of them, with r_version and r_state padded to one each.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from .headers import ElfHeader, ReadAt

# Only a damaged list has more objects.
_MOST_OBJECTS = 1 << 16


class LinkerDebug(NamedTuple):
    """struct r_debug: addresses of the first object, of the breakpoint for debuggers, and of the linker."""

    version: int
    first: int
    breakpoint: int
    state: int
    linker_base: int

    @classmethod
    def read(cls, header: ElfHeader, read: ReadAt, address: int) -> LinkerDebug | None:
        """Return the structure at the address, or None if it can't be read. `read` takes addresses."""
        words = read_words(header, read, address, len(cls._fields))
        return None if words is None else cls(*words)


class LinkedObject(NamedTuple):
    """struct link_map of one object: how far it was moved, and where its dynamic section lies.

    `name` and `next` are addresses; `next` is 0 in the last one.
    """

    bias: int
    name: int
    dynamic: int
    next: int

    @classmethod
    def read(cls, header: ElfHeader, read: ReadAt, address: int) -> LinkedObject | None:
        """Return the structure at the address, or None if it can't be read. `read` takes addresses."""
        words = read_words(header, read, address, len(cls._fields))
        return None if words is None else cls(*words)


def linked_objects(header: ElfHeader, read: ReadAt, debug: int) -> Iterator[LinkedObject]:
    """Yield the objects of the list whose struct r_debug lies at `debug`, as far as they can be read.

    The program comes first. A list that leads back to itself ends there.
    """
    start = LinkerDebug.read(header, read, debug) if debug else None
    at, seen = (start.first if start else 0), set[int]()
    while at and at not in seen and len(seen) < _MOST_OBJECTS:
        seen.add(at)
        found = LinkedObject.read(header, read, at)
        if found is None:
            return
        yield found
        at = found.next


def read_words(header: ElfHeader, read: ReadAt, address: int, count: int) -> tuple[int, ...] | None:
    """Return `count` words in the header's word size and byte order, or None if they can't all be read."""
    layout = header.words(count)
    content = read(address, layout.size)
    return layout.unpack(content) if len(content) == layout.size else None
