"""The last page of a file as its mappings show it: with what was written behind the file's end."""

from __future__ import annotations

import ctypes
import mmap
import os

from ..ranges import align_down


def read_last_page(descriptor: int, size: int, page_size: int) -> bytes | None:
    """Return the page that the end of a file of `size` bytes cuts, or None if it can't be read.

    The bytes behind the end are zeros when the page is first mapped, and then what was written there through
    any mapping, until the page is written back (mmap(2), NOTES); a read of the file ends before it. The page
    is mapped here, in our own process, and read by way of /proc/self/mem: a file that shrinks meanwhile is
    then an error, where touching the mapping would be SIGBUS.
    """
    start = align_down(size, page_size)
    if start == size:
        return None
    try:
        with mmap.mmap(descriptor, size - start, flags=mmap.MAP_PRIVATE, offset=start) as mapped:
            address = ctypes.addressof(ctypes.c_char.from_buffer(mapped))
            with open("/proc/self/mem", "rb", buffering=0) as memory:
                page = os.pread(memory.fileno(), page_size, address)
    except (OSError, ValueError):
        return None
    return page if len(page) == page_size else None
