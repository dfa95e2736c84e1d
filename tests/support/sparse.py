"""Sparse files, and how much of a file the page cache holds."""

from __future__ import annotations

import ctypes
import mmap
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from ptatlas.core.files.systems import tells_current_holes

PAGE = os.sysconf("SC_PAGESIZE")
HOLE = "."
SHARED_MEMORY = Path("/dev/shm")


@contextmanager
def telling_folder(folder: Path) -> Iterator[Path]:
    """The folder, if its file system is known to tell holes; else one of shared memory, which is."""
    with open(folder / "asked", "wb") as file:
        tells = tells_current_holes(file.fileno())
    (folder / "asked").unlink()
    if tells:
        yield folder
    else:
        with TemporaryDirectory(dir=SHARED_MEMORY) as place:
            yield Path(place)


def write_sparse(path: Path, layout: str, tail: bytes = b"", size: int = 0) -> bytes:
    """Write a file of a page for each letter, filled with it, and holes for dots; return what it holds.

    Behind them comes the `tail`, and more of a hole up to `size`, if the file is shorter. It is on disk then,
    and the page cache has nothing of it if the file system lets go of it.
    """
    with open(path, "wb") as file:
        for number, letter in enumerate(layout):
            if letter != HOLE:
                os.pwrite(file.fileno(), letter.encode() * PAGE, number * PAGE)
        os.ftruncate(file.fileno(), max(size, len(layout) * PAGE))
        os.pwrite(file.fileno(), tail, len(layout) * PAGE)
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return b"".join(bytes(PAGE) if letter == HOLE else letter.encode() * PAGE for letter in layout) + tail


def cached_pages(path: Path, pages: int = 0) -> list[int]:
    """Return the numbers of the first pages of a file (0: all) that the page cache holds: mincore(2)."""
    with open(path, "r+b") as file, mmap.mmap(file.fileno(), pages * PAGE) as mapped:
        count = -(-len(mapped) // PAGE)
        flags = (ctypes.c_ubyte * count)()
        place = ctypes.c_char.from_buffer(mapped)
        address = ctypes.c_void_p(ctypes.addressof(place))
        failed = ctypes.CDLL(None).mincore(address, ctypes.c_size_t(len(mapped)), flags)
        del place, address
        assert not failed
    return [number for number, flag in enumerate(flags) if flag & 1]
