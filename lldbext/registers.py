"""The registers of a process's threads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import lldb
from ptatlas.core.arch import Arch
from ptatlas.core.elf.register_sets import NAMES

from .threads import threads_of


class LldbRegisters:
    """The registers of a process's threads, each in its newest frame."""

    def __init__(self, process: lldb.SBProcess, arch: Arch) -> None:
        self._process, self._word_size = process, arch.word_size
        self._endian = arch.endian

    def registers(self) -> Sequence[tuple[int, Mapping[str, int]]]:
        """Return the registers, the selected thread's first."""
        chosen = self._process.GetSelectedThread().GetThreadID()
        ordered = sorted(threads_of(self._process), key=lambda thread: thread.GetThreadID() != chosen)
        return [(thread.GetThreadID(), self._of(thread)) for thread in ordered]

    def _of(self, thread: lldb.SBThread) -> dict[str, int]:
        # The first set is that of the general ones; names of parts of them (eax, w0) are left out.
        sets = list(thread.GetFrameAtIndex(0).GetRegisters())
        whole = {
            value.GetName() for each in sets[:1] for value in each if value.GetByteSize() >= self._word_size
        }
        values = [value for each in sets for value in each if value.GetName() in NAMES | whole]
        numbers = ((value.GetName(), self._number(value)) for value in values)
        return {name: number for name, number in numbers if number is not None}

    def _number(self, value: lldb.SBValue) -> int | None:
        error = lldb.SBError()
        content = value.GetData().ReadRawData(error, 0, value.GetByteSize())
        if not value.GetError().Success() or not error.Success() or not content:
            return None
        return int.from_bytes(content, self._endian)
