"""process_vm_readv(2) through ctypes, which releases the interpreter lock during the call."""

from __future__ import annotations

import ctypes
import errno
from array import array
from collections.abc import Callable, Sequence
from typing import Any

ReadCall = Callable[[int, int, int, int], int]


# The most addresses in one call (IOV_MAX of limits.h on Linux).
MOST_PLACES = 1024

# Copies `size` bytes from each of the addresses to one buffer; see find_vm_readv_each.
ReadEachCall = Callable[[int, int, Sequence[int], int], int]


class _IoVec(ctypes.Structure):
    """struct iovec of process_vm_readv(2)."""

    _fields_ = (("base", ctypes.c_void_p), ("size", ctypes.c_size_t))


def find_vm_readv() -> ReadCall | None:
    """Return `call(tid, to, address, size)`, or None where the C library has no process_vm_readv.

    `call` copies `size` bytes at `address` in the thread's process to our own address `to`. It returns
    how many it copied, or the negated errno.
    """
    function = _find()
    if function is None:
        return None

    def call(tid: int, to: int, address: int, size: int) -> int:
        local, remote = _IoVec(to, size), _IoVec(address, size)
        got = function(tid, ctypes.byref(local), 1, ctypes.byref(remote), 1, 0)
        return int(got) if got >= 0 else -(ctypes.get_errno() or errno.EIO)

    return call


def find_vm_readv_each() -> ReadEachCall | None:
    """Return `call(tid, to, addresses, size)`, or None where there is no process_vm_readv.

    `call` copies `size` bytes from each address, one after the other, to our own address `to`; there are at
    most MOST_PLACES of them. It returns how many bytes it copied before the first that it couldn't, or the
    negated errno.
    """
    function = _find()
    if function is None or ctypes.sizeof(_IoVec) != 2 * array("Q").itemsize:
        return None

    def call(tid: int, to: int, addresses: Sequence[int], size: int) -> int:
        count = len(addresses)
        remote = array("Q", bytes(ctypes.sizeof(_IoVec) * count))
        remote[::2], remote[1::2] = array("Q", addresses), array("Q", [size]) * count
        local = _IoVec(to, size * count)
        place = ctypes.cast(remote.buffer_info()[0], ctypes.POINTER(_IoVec))
        got = function(tid, ctypes.byref(local), 1, place, count, 0)
        return int(got) if got >= 0 else -(ctypes.get_errno() or errno.EIO)

    return call


def _find() -> Any | None:
    """Return the C library's process_vm_readv, which releases the interpreter lock, or None."""
    function = getattr(ctypes.CDLL(None, use_errno=True), "process_vm_readv", None)
    if function is not None:
        vector = ctypes.POINTER(_IoVec)
        function.restype = ctypes.c_ssize_t
        function.argtypes = (ctypes.c_int, vector, ctypes.c_ulong, vector, ctypes.c_ulong, ctypes.c_ulong)
    return function
