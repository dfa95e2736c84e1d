"""Where the heap that brk(2) makes ends, by the C library's own variable."""

from __future__ import annotations

import os
from collections.abc import Iterable

from ...elf.dynamic import Dynamic, DynamicSymbols
from ...elf.headers import ElfHeader, ReadAt
from ...elf.link_map import read_words
from ...elf.segments import Elf
from .facts import FileMapping
from .files import FileFinder, by_path

# glibc's (misc/brk.c); libc.so.6 exports it, for programs that look at it since before there was sbrk(0).
_VARIABLE = b"__curbrk"
_LIBRARIES = ("libc.so", "libc-2")


def heap_end(
    header: ElfHeader, mappings: Iterable[FileMapping], finder: FileFinder, read: ReadAt
) -> int | None:
    """Return the variable's value in the dumped memory; None if the library isn't glibc, or not proven."""
    files = by_path(m for m in mappings if os.path.basename(m.path).startswith(_LIBRARIES))
    for path, places in files.items():
        file = finder.find(path, places, is_needed=False)
        elf = None if file is None else Elf.parse(file.read)
        first = next((place for place in places if place.offset == 0), None)
        if file is None or elf is None or first is None:
            continue
        for symbol in DynamicSymbols(Dynamic(elf, file.read)).named(_VARIABLE):
            found = read_words(header, read, first.start - elf.base + symbol.value, 1)
            return None if found is None else found[0]
    return None
