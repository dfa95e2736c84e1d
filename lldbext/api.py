"""The ports of core on LLDB's Python API; what it reports as an error is translated here."""

from __future__ import annotations

import os
from collections.abc import Sequence

import lldb
from ptatlas.core.arch import BIG, LITTLE, Arch
from ptatlas.core.errors import SourceError
from ptatlas.core.ports import Module, Symbol, Thread

from .uncached import uncached

SOURCE = "lldb"
# From this size on, in bytes, what is read is not worth LLDB's keeping it.
_LARGE = 1 << 16

# lldb-enumerations.h, StateType: states in which there is a process or a core file to look at ...
_STOPPED = (lldb.eStateStopped, lldb.eStateCrashed, lldb.eStateSuspended)
# ... and in which there will be one, or one that can't be looked at now.
_RUNNING = (lldb.eStateAttaching, lldb.eStateLaunching, lldb.eStateRunning, lldb.eStateStepping)


def is_alive(process: lldb.SBProcess) -> bool:
    """Tell whether there is a process, or a core file in its place."""
    return bool(process.IsValid()) and process.GetState() in (*_STOPPED, *_RUNNING)


def is_running(process: lldb.SBProcess) -> bool:
    """Tell whether the process runs, or is being started or attached to."""
    return process.GetState() in _RUNNING


def architecture(process: lldb.SBProcess) -> Arch:
    """Return the process's word size and byte order, as LLDB takes them to be."""
    endian = BIG if process.GetByteOrder() == lldb.eByteOrderBig else LITTLE
    return Arch(process.GetAddressByteSize(), endian)


class ApiMemory:
    """Reads through LLDB, which shows original bytes where it has breakpoints inserted."""

    source = SOURCE
    thread_safe = False

    def __init__(self, process: lldb.SBProcess) -> None:
        self._process = process
        self._limit = architecture(process).address_limit

    def read_into(self, address: int, buffer: memoryview) -> int:
        """Fill the buffer as far as LLDB can read; SourceError when the process is gone.

        LLDB may refuse a whole request for one byte in it, and stop early where one area of a saved
        process ends and the next begins. So what can't be had is what can't be had byte by byte.
        """
        if len(buffer) < _LARGE:
            return self._read_up_to(address, buffer)
        with uncached(self._process):
            return self._read_up_to(address, buffer)

    def _read_up_to(self, address: int, buffer: memoryview) -> int:
        buffer = buffer[: max(0, self._limit - address)]
        done, span = 0, len(buffer)
        while done < len(buffer):
            got = self._read(address + done, buffer[done : done + span])
            done += got
            if got == 0 and span == 1:
                break
            if got == 0:
                span //= 2
        if done == 0 and not is_alive(self._process):
            raise SourceError("the process is gone")
        return done

    def _read(self, address: int, buffer: memoryview) -> int:
        content = self._process.ReadMemory(address, len(buffer), lldb.SBError()) or b""
        buffer[: len(content)] = content
        return len(content)


class ApiSymbols:
    """Names addresses by LLDB's symbol tables."""

    def __init__(self, target: lldb.SBTarget) -> None:
        self._target = target

    def symbol_at(self, address: int) -> Symbol | None:
        """Return the symbol that contains the address, or None; names that LLDB made up are none."""
        symbol = self._target.ResolveLoadAddress(address).GetSymbol()
        if not symbol.IsValid() or symbol.IsSynthetic() or not symbol.GetName():
            return None
        start = symbol.GetStartAddress().GetLoadAddress(self._target)
        return None if start == lldb.LLDB_INVALID_ADDRESS else Symbol(symbol.GetName(), address - start)


class ApiModules:
    """The objects that LLDB has loaded for a target."""

    def __init__(self, target: lldb.SBTarget) -> None:
        self._target = target

    def modules(self) -> Sequence[Module]:
        """Return the loaded objects with their build-ids; what is no file ([vdso]) is left out."""
        found = ((module.GetFileSpec().fullpath, module) for module in self._target.module_iter())
        return [Module(path, _build_id(module)) for path, module in found if path and os.path.isabs(path)]


def _build_id(module: lldb.SBModule) -> bytes | None:
    """The UUID, unless it is the checksum of 4 bytes that LLDB takes where a file has no build-id."""
    uuid = bytes.fromhex((module.GetUUIDString() or "").replace("-", ""))
    return uuid if len(uuid) > 4 else None


class ApiThreads:
    """The threads of a process and their stack pointers."""

    def __init__(self, process: lldb.SBProcess) -> None:
        self._process = process

    def threads(self) -> Sequence[Thread]:
        """Return the threads, the main one first, the others as LLDB numbers them."""
        pid, count = self._process.GetProcessID(), self._process.GetNumThreads()
        found = [self._thread(self._process.GetThreadAtIndex(index)) for index in range(count)]
        return sorted(found, key=lambda thread: thread.tid != pid)

    @staticmethod
    def _thread(thread: lldb.SBThread) -> Thread:
        pointer = thread.GetFrameAtIndex(0).GetSP()
        return Thread(thread.GetThreadID(), None if pointer == lldb.LLDB_INVALID_ADDRESS else pointer)


class ApiRunState:
    """Knows whether a process runs."""

    def __init__(self, process: lldb.SBProcess) -> None:
        self._process = process

    def is_running(self) -> bool:
        """Tell whether the process runs, or is being started or attached to."""
        return is_running(self._process)
