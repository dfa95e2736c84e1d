"""GDB's disassembler over given bytes, which its API allows only inside a disassembler (GDB 13 and later)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import gdb.disassembler
from ptatlas.core.ports.program import Instruction

from .selection import selected


class _Given(gdb.disassembler.DisassembleInfo):
    """An instruction to disassemble that is read from bytes instead of memory."""

    def __init__(self, info: gdb.disassembler.DisassembleInfo, start: int, content: bytes) -> None:
        super().__init__(info)
        self._start, self._content = start, content

    def read_memory(self, length: int, offset: int = 0) -> bytes:
        """Return bytes of the content; raise MemoryError if it has none there, as GDB requires."""
        at = self.address + offset - self._start
        if at < 0 or at + length > len(self._content):
            raise gdb.MemoryError("the bytes end here")
        return self._content[at : at + length]


class _FromBytes(gdb.disassembler.Disassembler):
    """GDB's own disassembler over the bytes; while registered, GDB calls it for each instruction."""

    def __init__(self, start: int, content: bytes) -> None:
        super().__init__("ptatlas")
        self._start, self._content = start, content

    def __call__(self, info: gdb.disassembler.DisassembleInfo) -> gdb.disassembler.DisassemblerResult:
        return gdb.disassembler.builtin_disassemble(_Given(info, self._start, self._content))


class GdbDisassembler:
    """Disassembles bytes in the syntax and with the symbols that GDB shows."""

    def __init__(self, inferior: gdb.Inferior) -> None:
        self._inferior = inferior

    def instructions(self, address: int, content: bytes) -> Sequence[Instruction]:
        """Return the instructions that the bytes encode at this address, without a partial one at the end."""
        found: list[Instruction] = []
        with selected(self._inferior):
            arch = self._inferior.architecture()
            with _registered(_FromBytes(address, content), arch.name()):
                at, end = address, address + len(content)
                while at < end:
                    try:
                        (one,) = arch.disassemble(at, count=1)
                    except gdb.error:
                        break  # what is left is no whole instruction
                    found.append(Instruction(at, one["length"], one["asm"].expandtabs()))
                    at += one["length"]
        return found


@contextmanager
def _registered(disassembler: gdb.disassembler.Disassembler, arch: str) -> Iterator[None]:
    """Make GDB use a disassembler in the block; afterwards restore the user's own, if there was one."""
    before = gdb.disassembler.register_disassembler(disassembler, arch)
    try:
        yield
    finally:
        gdb.disassembler.register_disassembler(before, arch)
