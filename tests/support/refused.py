"""System calls refused, as by a container: `python refused.py CALL[,CALL] COMMAND...` runs the command so.

By seccomp(2) with a classic BPF program (linux/filter.h, linux/seccomp.h); each call named fails with EPERM.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
import sys

NUMBERS = {
    "x86_64": {"ptrace": 101, "process_vm_readv": 310},
    "aarch64": {"ptrace": 117, "process_vm_readv": 270},
}
_PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS, _FILTER = 22, 38, 2
_LOAD, _IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_ERROR, _ALLOW = 0x00050000, 0x7FFF0000


class _Program(ctypes.Structure):
    _fields_ = (("count", ctypes.c_ushort), ("steps", ctypes.c_void_p))


def refuse(calls: list[str]) -> None:
    """Let the calls fail in this process and those that it starts."""
    numbers = NUMBERS[platform.machine()]
    steps = [struct.pack("<HBBI", _LOAD, 0, 0, 0)]
    for call in calls:
        steps.append(struct.pack("<HBBI", _IF_EQUAL, 0, 1, numbers[call]))
        steps.append(struct.pack("<HBBI", _RETURN, 0, 0, _ERROR | errno.EPERM))
    code = b"".join([*steps, struct.pack("<HBBI", _RETURN, 0, 0, _ALLOW)])
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
