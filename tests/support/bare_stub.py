"""A stub of a bare x86-64 machine: memory at some addresses, one thread, and no map; or one that names files.

The packets are those of GDB's manual, "Remote Protocol"; what isn't answered here is answered as unknown.
"""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

_GENERAL = ("rax", "rbx", "rcx", "rdx", "rsi", "rdi", "rbp", "rsp", *(f"r{n}" for n in range(8, 16)), "rip")
_SMALL = ("eflags", "cs", "ss", "ds", "es", "fs", "gs")
_PACKET = re.compile(rb"\$([^#]*)#[0-9a-fA-F]{2}")


class Mapped(NamedTuple):
    """A part of the map that a stub tells, with the file and the inode that it names."""

    start: int
    end: int
    perms: str
    offset: int
    path: str
    inode: int

    def line(self) -> str:
        """As /proc/PID/maps has it."""
        return f"{self.start:x}-{self.end:x} {self.perms} {self.offset:08x} 08:01 {self.inode} {self.path}\n"

    def region(self) -> str:
        """As qMemoryRegionInfo has it."""
        access = self.perms[:3].replace("-", "")
        size = self.end - self.start
        return f"start:{self.start:x};size:{size:x};permissions:{access};name:{self.path.encode().hex()};"


class BareStub:
    """Answers packets about memory, which is bytes at addresses; the stack pointer is in none of it."""

    def __init__(self, memory: Sequence[tuple[int, bytes]], maps: Sequence[Mapped] = ()) -> None:
        self._memory, self._maps = list(memory), maps

    def answer(self, packet: str) -> str:
        """Return the answer to a packet, both without their frames."""
        if packet.startswith("qXfer:features:read:target.xml:"):
            start, size = (int(part, 16) for part in packet.rpartition(":")[2].split(","))
            text = _description()[start : start + size]
            return ("m" if start + size < len(_description()) else "l") + text
        if packet.startswith("m"):
            start, size = (int(part, 16) for part in packet[1:].split(","))
            return self._read(start, size).hex() or "E01"
        thread = "p1.1" if self._maps else "1"
        known = {"?": f"T05thread:{thread};", "qfThreadInfo": f"m{thread}", "qsThreadInfo": "l"}
        known["qC"] = f"QC{thread}"
        if packet.startswith("qSupported"):
            return "PacketSize=1000;" + ("multiprocess+" if self._maps else "qXfer:features:read+")
        if self._maps and packet.startswith(("vFile:", "qMemoryRegionInfo:")):
            return self._map(packet)
        if packet == "g":
            return bytes(8 * len(_GENERAL) + 4 * len(_SMALL)).hex()
        return "OK" if packet[:1] in ("H", "D", "T") else known.get(packet, "")

    def _map(self, packet: str) -> str:
        """Answer about the map: GDB reads /proc/PID/maps through the stub, LLDB asks for each region."""
        name, _, rest = packet.removeprefix("vFile:").partition(":")
        if name == "qMemoryRegionInfo":
            address = int(rest, 16)
            for one in self._maps:
                if one.start <= address < one.end:
                    return one.region()
            end = min((one.start for one in self._maps if one.start > address), default=1 << 64)
            return f"start:{address:x};size:{end - address:x};"
        if name == "open":
            is_maps = bytes.fromhex(rest.partition(",")[0]).endswith(b"/maps")
            return "F5" if is_maps else "F-1,2"
        if name == "pread":
            _, size, offset = (int(part, 16) for part in rest.split(","))
            part = "".join(one.line() for one in self._maps)[offset : offset + size]
            return f"F{len(part):x};{part}"
        return "F0"

    def _read(self, start: int, size: int) -> bytes:
        """Return as many bytes as lie there together; GDB refuses fewer than it wants, LLDB takes them."""
        for address, content in self._memory:
            if address <= start < address + len(content):
                return content[start - address : start - address + size]
        return b""

    def serve(self, connection: socket.socket) -> None:
        """Answer until the debugger hangs up."""
        received = b""
        with connection:
            while data := connection.recv(1 << 16):
                received += data
                while found := _PACKET.search(received):
                    received = received[found.end() :]
                    reply = self.answer(found[1].decode("latin-1")).encode()
                    connection.sendall(b"+$%s#%02x" % (reply, sum(reply) % 256))


def _description() -> str:
    """The registers, as a target description ("Target Descriptions")."""
    general = "".join(f'<reg name="{name}" bitsize="64" type="int64"/>' for name in _GENERAL)
    small = "".join(f'<reg name="{name}" bitsize="32" type="int32"/>' for name in _SMALL)
    return (
        '<?xml version="1.0"?><target version="1.0"><architecture>i386:x86-64</architecture>'
        f'<feature name="org.gnu.gdb.i386.core">{general}{small}{_FLOATS}</feature></target>'
    )


# GDB takes no description of x86 without these.
_FLOATS = "".join(f'<reg name="st{n}" bitsize="80" type="i387_ext"/>' for n in range(8)) + "".join(
    f'<reg name="{name}" bitsize="32" type="int" group="float"/>'
    for name in ("fctrl", "fstat", "ftag", "fiseg", "fioff", "foseg", "fooff", "fop")
)


@contextmanager
def bare_stub(memory: Sequence[tuple[int, bytes]], maps: Sequence[Mapped] = ()) -> Iterator[int]:
    """Serve one debugger; yield the port of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(
            target=lambda: BareStub(memory, maps).serve(server.accept()[0]), daemon=True
        )
        thread.start()
        yield server.getsockname()[1]
