"""memmem(3) and wmemchr(3) of the C library: they search without the interpreter's lock."""

from __future__ import annotations

import ctypes
import mmap
import os
from collections.abc import Callable
from typing import NamedTuple, Optional

# (haystack, its size, needle, its size) -> the address of the first match, or None
Memmem = Callable[[int, int, bytes, int], Optional[int]]
# (memory, the wide character, how many of them to look at) -> the address of the first, or None
Wmemchr = Callable[[int, int, int], Optional[int]]


class Libc(NamedTuple):
    """What the C library offers for searching; None where it lacks it or the system isn't POSIX.

    `wmemchr_is_fast`: several times as fast as `memmem` for a needle of usual length.
    """

    memmem: Memmem | None
    wmemchr: Wmemchr | None
    wmemchr_is_fast: bool = False


def load_libc() -> Libc:
    """Bind the functions; cheap enough for every search."""
    try:
        library = ctypes.CDLL(None)
    except (OSError, TypeError):
        return Libc(None, None)
    # glibc uses vector instructions for it on this machine; elsewhere it compares word by word.
    is_fast = hasattr(library, "gnu_get_libc_version") and os.uname().machine == "x86_64"
    return Libc(_memmem(library), _wmemchr(library), is_fast)


def address_of(buffer: mmap.mmap | bytes) -> int:
    """Return where the buffer lies in this process; it must outlive the use of it."""
    if isinstance(buffer, bytes):
        return ctypes.cast(ctypes.c_char_p(buffer), ctypes.c_void_p).value or 0
    return ctypes.addressof(ctypes.c_char.from_buffer(buffer))


def _memmem(library: ctypes.CDLL) -> Memmem | None:
    if not hasattr(library, "memmem"):
        return None
    function = library.memmem
    function.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t)
    function.restype = ctypes.c_void_p
    return function


def _wmemchr(library: ctypes.CDLL) -> Wmemchr | None:
    # Only where a wide character is a 4-byte word does this find words.
    if ctypes.sizeof(ctypes.c_wchar) != 4 or not hasattr(library, "wmemchr"):
        return None
    function = library.wmemchr
    function.argtypes = (ctypes.c_void_p, ctypes.c_uint32, ctypes.c_size_t)
    function.restype = ctypes.c_void_p
    return function
