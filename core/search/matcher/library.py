"""Hyperscan as a shared library: the part of its interface that is needed.

Its functions are those of hs.h of version 5 (hs_compile.h, hs_runtime.h, hs_common.h). A scan runs without
the interpreter's lock, and takes it for each place that fits.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import NamedTuple

_SUCCESS = 0  # HS_SUCCESS
_DOTALL = 2  # HS_FLAG_DOTALL
_MODE_BLOCK = 1  # HS_MODE_BLOCK
_MOST_BYTES = (1 << 32) - 1  # that a scan takes at once: `unsigned int length`

# int (unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *context)
_MatchHandler = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.c_uint, ctypes.c_ulonglong, ctypes.c_ulonglong, ctypes.c_uint, ctypes.c_void_p
)


class _CompileError(ctypes.Structure):
    _fields_ = (("message", ctypes.c_char_p), ("expression", ctypes.c_int))


class Endings(NamedTuple):
    """The offset at which an expression ends, and its number, each; `complete` unless there may be more."""

    ends: list[tuple[int, int]]
    complete: bool


class Library:
    """A loaded library."""

    def __init__(self, path: str) -> None:
        """Load it. Raise OSError if there is none there, and AttributeError if it is another one."""
        self._functions = functions = ctypes.CDLL(path)
        functions.hs_version.restype = ctypes.c_char_p
        for name in ("hs_free_database", "hs_free_scratch", "hs_free_compile_error"):
            getattr(functions, name).argtypes = (ctypes.c_void_p,)
        pointer, number = ctypes.c_void_p, ctypes.c_uint
        functions.hs_scan.argtypes = (pointer, pointer, number, number, pointer, _MatchHandler, pointer)

    @property
    def version(self) -> str:
        """What it calls itself: `5.4.0 2021-01-26`."""
        return bytes(self._functions.hs_version()).decode("ascii", "replace").strip()

    @property
    def is_for_this_processor(self) -> bool:
        """Whether this processor has the instructions that it needs.

        A library without this question makes nothing ready where it can't run.
        """
        valid = getattr(self._functions, "hs_valid_platform", None)
        return valid is None or bool(valid() == _SUCCESS)

    def database(self, expressions: Sequence[bytes]) -> Database | None:
        """Return the expressions made ready, each known by its number; None if the library can't."""
        count = len(expressions)
        made, error = ctypes.c_void_p(), ctypes.POINTER(_CompileError)()
        status = self._functions.hs_compile_multi(
            (ctypes.c_char_p * count)(*expressions),
            (ctypes.c_uint * count)(*[_DOTALL] * count),
            (ctypes.c_uint * count)(*range(count)),
            count,
            _MODE_BLOCK,
            None,
            ctypes.byref(made),
            ctypes.byref(error),
        )
        if status != _SUCCESS:
            self._functions.hs_free_compile_error(error)
            return None
        return Database(self._functions, made)


class Database:
    """Expressions made ready, for several threads at a time; `close` when all of them are done."""

    def __init__(self, functions: ctypes.CDLL, made: ctypes.c_void_p) -> None:
        self._functions, self._made = functions, made

    def scanning(self) -> Scanning | None:
        """Return what scans, for one thread; None if there is no memory for it."""
        scratch = ctypes.c_void_p()
        if self._functions.hs_alloc_scratch(self._made, ctypes.byref(scratch)) != _SUCCESS:
            return None
        return Scanning(self._functions, self._made, scratch)

    def close(self) -> None:
        """Give its memory back."""
        self._functions.hs_free_database(self._made)
        self._made = ctypes.c_void_p()


class Scanning:
    """Scans for the expressions of a database, in one thread."""

    def __init__(self, functions: ctypes.CDLL, made: ctypes.c_void_p, scratch: ctypes.c_void_p) -> None:
        self._functions, self._made, self._scratch = functions, made, scratch

    def scan(self, place: int, size: int, most: int) -> Endings:
        """Return where in the memory at `place` expressions end, from there on: all, or `most` of them."""
        found: list[tuple[int, int]] = []
        lost: list[bool] = []

        def note(number: int, _start: int, at: int, _flags: int, _context: int | None) -> bool:
            # What is raised here goes nowhere, and the scan would go on.
            try:
                found.append((at, number))
            except MemoryError:
                lost.append(True)
            return bool(lost) or len(found) >= most

        if size > _MOST_BYTES:
            return Endings(found, False)
        status = self._functions.hs_scan(self._made, place, size, 0, self._scratch, _MatchHandler(note), None)
        return Endings(found, status == _SUCCESS and not lost)

    def close(self) -> None:
        """Give its memory back."""
        self._functions.hs_free_scratch(self._scratch)
        self._scratch = ctypes.c_void_p()
