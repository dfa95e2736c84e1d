"""Searches through a remote stub, by packets of its protocol (GDB manual, "Remote Protocol", "Packets")."""

from __future__ import annotations

import re
from collections.abc import Iterable

import gdb
from ptatlas.core.errors import MemoryFault, SourceError
from ptatlas.core.ports.memory import MemoryReader
from ptatlas.core.ranges import Range

from .selection import selected

# Bytes to escape in a packet: } goes before them, and their bit 0x20 is flipped ("Binary Data").
_SPECIAL = b"#$}*"
# No architecture's breakpoint instruction is longer, in bytes.
_LONGEST_TRAP = 16


def stub_search(inferior: gdb.Inferior, memory: MemoryReader, place: int) -> StubSearch | None:
    """Return a search on the stub's side, or None where its connection isn't remote or can't do that.

    `place` is an address to try it at, which should be readable: otherwise gdbserver prints a complaint.
    """
    if not isinstance(inferior.connection, gdb.RemoteTargetConnection):
        return None
    stub = StubSearch(inferior, memory)
    try:
        return stub if stub.can_search(place) else None
    except (SourceError, gdb.error):
        return None


class StubSearch:
    """Sends `qSearch:memory`. GDB's own search_memory reports a failure as a hit at any address."""

    source = "stub"

    def __init__(self, inferior: gdb.Inferior, memory: MemoryReader) -> None:
        self._inferior = inferior
        self._memory = memory

    def can_search(self, place: int) -> bool:
        """Return whether the stub knows the packet: one that doesn't gives an empty answer."""
        return self._reply(place, 1, b"\0") is not None

    def search(self, start: int, size: int, pattern: bytes) -> int | None:
        """Return the first address where the pattern is, or None; see RemoteSearch."""
        if size < len(pattern):
            return None
        reply = self._reply(start, size, pattern)
        if reply == b"0":
            return None
        if reply is None or not reply.startswith(b"1,"):
            raise MemoryFault(start, size, "unreadable")
        try:
            address = int(reply[2:], 16)
        except ValueError:
            raise SourceError("the stub found something, and doesn't say where") from None
        if not start <= address <= start + size - len(pattern):
            raise SourceError(f"the stub found something at {address:#x}, where it wasn't to look")
        return address

    def differing(self) -> Iterable[Range]:
        """Return where GDB may have written breakpoints, its own internal ones included.

        A stub that inserts them itself (packet Z0) hides them from its search; one that doesn't know them
        can't. No API has the internal ones, so every listed address counts.
        """
        with selected(self._inferior):
            listed = gdb.execute("maintenance info breakpoints", to_string=True)
        addresses = {int(address, 16) for address in re.findall(r"\b0x[0-9a-f]+\b", listed)}
        return [Range(address, address + _LONGEST_TRAP) for address in sorted(addresses)]

    def _reply(self, start: int, size: int, pattern: bytes) -> bytes | None:
        packet = b"qSearch:memory:%x;%x;" % (start, size) + _escaped(pattern)
        with selected(self._inferior):
            # GDB selects a process of a stub that has several only when it reads memory.
            self._memory.read_into(start, memoryview(bytearray(1)))
            try:
                reply = self._inferior.connection.send_packet(packet)
            except (gdb.error, ValueError, TypeError) as error:
                raise SourceError(f"the stub doesn't answer: {error}") from None
        return None if reply is None else bytes(reply)


def _escaped(data: bytes) -> bytes:
    return b"".join(bytes((0x7D, byte ^ 0x20)) if byte in _SPECIAL else bytes((byte,)) for byte in data)
