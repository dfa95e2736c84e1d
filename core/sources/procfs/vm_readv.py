"""process_vm_readv(2) through ctypes, which lets go of the interpreter lock during the call."""

from __future__ import annotations

import ctypes
import errno
from typing import Callable, Optional

ReadCall = Callable[[int, int, int, int], int]


class _IoVec(ctypes.Structure):
    """struct iovec of process_vm_readv(2)."""

    _fields_ = (("base", ctypes.c_void_p), ("size", ctypes.c_size_t))


def find_vm_readv() -> Optional[ReadCall]:
    """Return `call(tid, to, address, size)`, or None where the C library has no process_vm_readv.

    `call` copies `size` bytes at `address` in the thread's process to our own address `to`. It returns
    how many it copied, or the negated errno.
    """
    function = getattr(ctypes.CDLL(None, use_errno=True), "process_vm_readv", None)
    if function is None:
        return None
    vector = ctypes.POINTER(_IoVec)
    function.restype = ctypes.c_ssize_t
    function.argtypes = (ctypes.c_int, vector, ctypes.c_ulong, vector, ctypes.c_ulong, ctypes.c_ulong)

    def call(tid: int, to: int, address: int, size: int) -> int:
        local, remote = _IoVec(to, size), _IoVec(address, size)
        got = function(tid, ctypes.byref(local), 1, ctypes.byref(remote), 1, 0)
        return int(got) if got >= 0 else -(ctypes.get_errno() or errno.EIO)

    return call
