"""System calls refused, as by a container: `python refused.py CALL[,CALL] COMMAND...` runs the command so.

By seccomp(2) with a classic BPF program (linux/filter.h, linux/seccomp.h); each call named fails with EPERM,
and so does ioctl(2) with a request that is named.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
import sys

NUMBERS = {
    "x86_64": {"ioctl": 16, "ptrace": 101, "process_vm_readv": 310},
    "aarch64": {"ioctl": 29, "ptrace": 117, "process_vm_readv": 270},
}
# Of linux/fs.h, by the sizes of their structures there.
REQUESTS = {"PAGEMAP_SCAN": 0xC0606610, "PROCMAP_QUERY": 0xC0686611}
_PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS, _FILTER = 22, 38, 2
# Of struct seccomp_data: the call's number, and the lower half of its second argument.
_NUMBER, _SECOND = 0, 24 if sys.byteorder == "little" else 28
_LOAD, _IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_ERROR, _ALLOW = 0x00050000, 0x7FFF0000


class _Program(ctypes.Structure):
    _fields_ = (("count", ctypes.c_ushort), ("steps", ctypes.c_void_p))


def _if_equal(value: int, otherwise: int) -> bytes:
    """Return the step that goes on if what was loaded is the value, and else skips so many steps."""
    return struct.pack("<HBBI", _IF_EQUAL, 0, otherwise, value)


def _step(code: int, value: int) -> bytes:
    return struct.pack("<HBBI", code, 0, 0, value)


def _refusal(call: str) -> bytes:
    """Return the steps that end with the error if this is the call."""
    numbers, error = NUMBERS[platform.machine()], _step(_RETURN, _ERROR | errno.EPERM)
    if call not in REQUESTS:
        return _step(_LOAD, _NUMBER) + _if_equal(numbers[call], 1) + error
    asked = _step(_LOAD, _SECOND) + _if_equal(REQUESTS[call], 1) + error
    return _step(_LOAD, _NUMBER) + _if_equal(numbers["ioctl"], 3) + asked


def refuse(calls: list[str]) -> None:
    """Let the calls fail in this process and those that it starts."""
    code = b"".join([*map(_refusal, calls), _step(_RETURN, _ALLOW)])
    text = ctypes.create_string_buffer(code, len(code))
    program = _Program(len(code) // 8, ctypes.addressof(text))
    libc = ctypes.CDLL(None, use_errno=True)
    for arguments in (
        (_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
        (_PR_SET_SECCOMP, _FILTER, ctypes.byref(program), 0, 0),
    ):
        if libc.prctl(*arguments) != 0:
            raise OSError(ctypes.get_errno(), "prctl")


if __name__ == "__main__":
    refuse(sys.argv[1].split(","))
    os.execvp(sys.argv[2], sys.argv[2:])
