"""Memory of this process for pool pages, and file pages mapped into it without being read.

The memory is private: what is written to it stays in this process until the pool writes it to the file.
It is an anonymous mapping that Python owns, so it lives as long as the views on it; file pages are
laid over parts of it with mmap(2), MAP_FIXED, which Python's own module lacks.
"""

from __future__ import annotations

import ctypes
import errno
import mmap
import os
import sys

from ..errors import PoolError
from .files import OsFile, system_failure
from .layout import PAGE

_NORESERVE = getattr(mmap, "MAP_NORESERVE", 0x4000 if sys.platform == "linux" else 0)
_MAP_FIXED = 0x10  # mmap(2), the same on all Linux architectures and the BSDs
_FAILED = ctypes.c_void_p(-1).value


class Memory(mmap.mmap):
    """`size` bytes of private memory, zeros at first. Views on it keep it, and `keeper`, alive."""

    keeper: OsFile | None = None


def new_memory(size: int) -> Memory:
    """Return memory for `size` bytes; only touched pages take any.

    Raises `PoolError` (ENOMEM) if there is no room.
    """
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | _NORESERVE
    try:
        return Memory(-1, size, flags=flags, prot=mmap.PROT_READ | mmap.PROT_WRITE)
    except (OSError, OverflowError, MemoryError) as error:
        raise PoolError(f"no address space for {size:#x} bytes", errno=errno.ENOMEM) from error


def address_of(memory: Memory) -> int:
    """Return the memory's address in this process."""
    return ctypes.addressof(ctypes.c_char.from_buffer(memory))


class Mapper:
    """Lays pages of one file over memory, privately: later writes to either are not seen in the other."""

    def __init__(self, file: OsFile) -> None:
        self._file = file
        self._mmap = ctypes.CDLL(None, use_errno=True).mmap
        self._mmap.restype = ctypes.c_void_p
        self._mmap.argtypes = [
            ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long,
        ]  # fmt: skip

    @staticmethod
    def fits(offset: int, file_offset: int, size: int) -> bool:
        """Return whether the system's pages, which may be larger than the pool's, allow this mapping."""
        return not (offset | file_offset | size) % mmap.PAGESIZE and file_offset + size <= sys.maxsize

    def lay(self, memory: Memory, offset: int, file_offset: int, size: int) -> None:
        """Map `size` bytes of the file over the memory from `offset` on.

        Raises `PoolError` if the system can't.
        """
        flags = mmap.MAP_PRIVATE | _MAP_FIXED | _NORESERVE
        self._fix(memory, offset, size, (flags, self._file.descriptor, file_offset))
        memory.keeper = self._file

    def blank(self, memory: Memory, offset: int = 0) -> None:
        """Replace the memory from `offset` on by anonymous zeros, under any views that exist."""
        start = offset - offset % mmap.PAGESIZE
        kept = memory[start:offset]
        flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | _MAP_FIXED | _NORESERVE
        self._fix(memory, start, len(memory) - start, (flags, -1, 0))
        memory[start:offset] = kept

    def _fix(self, memory: Memory, offset: int, size: int, source: tuple[int, int, int]) -> None:
        if not 0 <= offset <= offset + size <= len(memory):
            raise ValueError(f"{offset:#x}..{offset + size:#x} outside memory of {len(memory):#x} bytes")
        protection = mmap.PROT_READ | mmap.PROT_WRITE
        result = self._mmap(address_of(memory) + offset, size, protection, *source)
        if result == _FAILED:
            code = ctypes.get_errno()
            raise system_failure("map", self._file.name, OSError(code, os.strerror(code)))


def mapper_for(file: OsFile) -> Mapper | None:
    """Return a mapper if C's long can hold any offset of a file, else None: pages are read instead."""
    return Mapper(file) if ctypes.sizeof(ctypes.c_long) == 8 and mmap.PAGESIZE % PAGE == 0 else None
