"""The sections of an ELF file by name, which only pyelftools reads here: nothing needs them quickly."""

from __future__ import annotations

import importlib
import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, NamedTuple, cast

from .headers import ReadAt

_WRITE, _ALLOC, _EXECINSTR, _TLS = 1, 2, 4, 0x400  # SHF_*, elf(5)
_NO_BITS = "SHT_NOBITS"
# What pyelftools reads of a file at most, as a multiple of its size, and what it may read of a small one. A
# damaged file could make it read the same bytes, as the name of each section, without end.
_MOST_TIMES, _MOST_OF_SMALL = 8, 1 << 16


class ElfSection(NamedTuple):
    """A section: its unrelocated address, its size in bytes, and where its content begins in the file.

    `offset` is None without content (.bss), `address` for what a loader doesn't put into memory. `perms` are
    those that its flags ask for, such as `r-x`.
    """

    name: str
    address: int | None
    size: int
    offset: int | None
    perms: str


def sections_of(read: ReadAt, size: int) -> list[ElfSection]:
    """Return the sections of a file of this size, in bytes, in their order; none of what is no whole ELF.

    What each thread has of its own elsewhere and no file holds (.tbss) lies at no address.
    """
    with _whole_readline():
        from elftools.common.exceptions import ELFError
        from elftools.elf.elffile import ELFFile

    try:
        elf = ELFFile(cast("IO[bytes]", _Stream(read, size)))
        return [_section(one) for one in elf.iter_sections() if one["sh_type"] != "SHT_NULL"]
    except (ELFError, UnicodeDecodeError, ValueError, OverflowError):
        return []


@contextmanager
def _whole_readline() -> Iterator[None]:
    """Hide, while something is imported, a built-in `readline` that completes nothing, as LLDB's.

    pyelftools imports pdb, and that from Python 3.13 on rlcompleter, which calls `readline.set_completer` at
    once if there is any such module: all of them would fail to be imported.
    """
    own = importlib.import_module("readline") if "readline" in sys.builtin_module_names else None
    if own is None or hasattr(own, "set_completer"):
        yield
        return
    sys.modules["readline"] = None  # type: ignore[assignment] # not to be found, for `import`
    try:
        yield
    finally:
        sys.modules["readline"] = own


def _section(one: Any) -> ElfSection:
    flags, has_content = one["sh_flags"], one["sh_type"] != _NO_BITS
    is_placed = flags & _ALLOC and (has_content or not flags & _TLS)
    perms = f"r{'w' if flags & _WRITE else '-'}{'x' if flags & _EXECINSTR else '-'}"
    return ElfSection(
        str(one.name),
        one["sh_addr"] if is_placed else None,
        one["sh_size"],
        one["sh_offset"] if has_content else None,
        perms,
    )


class _Stream(io.RawIOBase):
    """What a function reads by offset, as a file; ValueError once more is read than a whole file needs."""

    def __init__(self, read: ReadAt, size: int) -> None:
        self._read, self._size, self._at = read, size, 0
        self._left = _MOST_TIMES * size + _MOST_OF_SMALL

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        return self._at

    def readinto(self, buffer: Any) -> int:
        with memoryview(buffer) as room:
            content = self._read(self._at, len(room))
            room[: len(content)] = content
        self._left -= len(content)
        if self._left < 0:
            raise ValueError("the same bytes are read again and again")
        self._at += len(content)
        return len(content)
