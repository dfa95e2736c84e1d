"""The program in a dumped process, by its own headers in memory, to which the auxiliary vector leads."""

from __future__ import annotations

from collections.abc import Mapping

from ...elf.auxv import AT_PHDR, AT_PHENT, AT_PHNUM
from ...elf.dynamic import dynamic_entries
from ...elf.headers import PT_DYNAMIC, PT_INTERP, PT_LOAD, ElfHeader, ProgramHeader, ReadAt, program_headers
from ...errors import SourceError

_PT_PHDR, _DT_DEBUG = 6, 21
# Only damaged headers have more segments, or a longer dynamic section or name, in bytes.
_MOST_SEGMENTS, _LONGEST_DYNAMIC, _LONGEST_PATH = 1 << 12, 1 << 16, 4096


class Program:
    """The program's segments, and what leads on from them; none where its headers weren't dumped."""

    def __init__(self, header: ElfHeader, auxv: Mapping[int, int], read: ReadAt) -> None:
        """Take the core file's header, and the process's auxiliary vector and memory."""
        self._header, self._read = header, read
        self.headers_at = auxv.get(AT_PHDR, 0)
        self._segments = self._read_segments(auxv)
        table = self._segment(_PT_PHDR)
        # The program was moved as far as its headers lie from where they say they do.
        self.bias = self.headers_at - table.address if table is not None else 0

    def debug(self) -> int:
        """Return the address of struct r_debug, which the program's dynamic section has; 0 if it has none."""
        dynamic = self._segment(PT_DYNAMIC)
        if dynamic is None:
            return 0
        entries = dynamic_entries(self._header, self._read(dynamic.address + self.bias, _LONGEST_DYNAMIC))
        return next((value for tag, value in entries if tag == _DT_DEBUG), 0)

    def interpreter(self) -> bytes:
        """Return the path of the dynamic linker that it asks for, or b""."""
        named = self._segment(PT_INTERP)
        if named is None:
            return b""
        return self._read(named.address + self.bias, min(named.file_size, _LONGEST_PATH)).partition(b"\0")[0]

    def end(self) -> int:
        """Return the address at which its memory ends, behind .bss; 0 if it isn't known."""
        ends = [each.address + each.memory_size for each in self._segments if each.type == PT_LOAD]
        return max(ends) + self.bias if ends else 0

    def _segment(self, kind: int) -> ProgramHeader | None:
        return next((each for each in self._segments if each.type == kind), None)

    def _read_segments(self, auxv: Mapping[int, int]) -> list[ProgramHeader]:
        """Return the program's headers, from where the kernel says that they lie in memory."""
        count = min(auxv.get(AT_PHNUM, 0), _MOST_SEGMENTS) if self.headers_at else 0
        size = auxv.get(AT_PHENT, 0)
        header = self._header._replace(phoff=self.headers_at, phentsize=size, phnum=count)
        try:
            return list(program_headers(header, self._read))
        except SourceError:
            return []  # the auxiliary vector is damaged
