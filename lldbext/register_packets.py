"""All registers of a thread in one packet, as LLDB's own servers send them.

LLDB's API fetches each register by a packet of its own (`p`), 85 for a thread of x86-64. Its servers
(lldb-server, debugserver) also send all of a thread's at once, and tell where each lies: packets `g` with a
thread, `QThreadSuffixSupported` and `qRegisterInfo` (https://lldb.llvm.org/resources/lldbgdbremote.html).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import lldb
from ptatlas.core.byte_order import Endian

# More registers than any processor has; a server that never ends its list has no layout.
_MOST = 4096
_PREFIX = "response: "


class Place(NamedTuple):
    """Where a register lies in a thread's packet: its first byte, and the one after its last."""

    start: int
    end: int


class RegisterPackets:
    """Reads the registers of a process's threads, those that have a place, by one packet for each thread."""

    def __init__(self, process: lldb.SBProcess, places: Mapping[str, Place], endian: Endian) -> None:
        self._process, self._places, self._endian = process, places, endian

    def read(self, tid: int) -> dict[str, int] | None:
        """Return a thread's registers; None if the server doesn't send all of them."""
        try:
            content = bytes.fromhex(_answer(self._process, f"g;thread:{tid:x};"))
        except ValueError:  # an error, or `xx` for what can't be read
            return None
        if not content or any(place.end > len(content) for place in self._places.values()):
            return None
        return {
            name: int.from_bytes(content[start:end], self._endian)
            for name, (start, end) in self._places.items()
        }


def register_packets(
    process: lldb.SBProcess, known: Sequence[tuple[int, Mapping[str, int]]], endian: Endian
) -> RegisterPackets | None:
    """Return the reader of a process whose server can be taken at its word; None for any other.

    `known` are the registers of two threads at least, as LLDB's API tells them. They must be what the server
    sends, and differ: so it does send the registers of the thread that is asked for.
    """
    names = {name for _, registers in known for name in registers}
    if process.GetPluginName() != "gdb-remote" or _answer(process, "QThreadSuffixSupported") != "OK":
        return None
    places = {name: place for name, place in _places(process) if name in names}
    packets = RegisterPackets(process, places, endian)
    differ = len({frozenset(registers.items()) for _, registers in known}) > 1
    is_right = differ and all(packets.read(tid) == dict(registers) for tid, registers in known)
    return packets if is_right else None


def _places(process: lldb.SBProcess) -> Iterator[tuple[str, Place]]:
    """Yield the places of the registers that the server tells, by their names."""
    for number in range(_MOST):
        answer = _answer(process, f"qRegisterInfo{number:x}")
        fields = dict(field.partition(":")[::2] for field in answer.split(";"))
        if "name" not in fields:
            return
        try:
            start, bits = int(fields["offset"]), int(fields["bitsize"])
        except (KeyError, ValueError):
            continue
        yield fields["name"], Place(start, start + bits // 8)


def _answer(process: lldb.SBProcess, packet: str) -> str:
    """Return what the server answers; nothing if it doesn't know the packet, or can't be asked."""
    result = lldb.SBCommandReturnObject()
    interpreter = process.GetTarget().GetDebugger().GetCommandInterpreter()
    line = f"process plugin packet send {packet}"
    interpreter.HandleCommand(line, lldb.SBExecutionContext(process), result, False)
    if not result.Succeeded():
        return ""
    return (result.GetOutput() or "").partition(_PREFIX)[2].strip()
