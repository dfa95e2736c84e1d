"""The registers of a process's threads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import lldb
from ptatlas.core.arch import Arch
from ptatlas.core.elf.register_sets import NAMES

from .register_packets import register_packets
from .threads import threads_of

# With fewer threads the packets that tell where registers lie cost more than they spare.
_WORTH = 8

# A register of a thread: the number of its set, its number there, and its name.
Chosen = list[tuple[int, int, str]]


class LldbRegisters:
    """The registers of a process's threads, each in its newest frame."""

    def __init__(self, process: lldb.SBProcess, arch: Arch) -> None:
        self._process, self._word_size = process, arch.word_size
        self._endian = arch.endian

    def registers(self) -> Iterator[tuple[int, Mapping[str, int]]]:
        """Yield the registers, the selected thread's first."""
        chosen = self._process.GetSelectedThread().GetThreadID()
        ordered = sorted(threads_of(self._process), key=lambda thread: thread.GetThreadID() != chosen)
        layouts: dict[tuple[int, ...], Chosen] = {}
        # The first and the last are read by the API in any case, and prove the packets of the others.
        known = {
            thread.GetThreadID(): self._of(thread, layouts)
            for thread in (ordered if len(ordered) < _WORTH else (ordered[0], ordered[-1]))
        }
        packets = None
        if len(known) < len(ordered):
            packets = register_packets(self._process, list(known.items()), self._endian)
        for thread in ordered:
            tid = thread.GetThreadID()
            found = known.get(tid) or (packets.read(tid) if packets else None)
            yield tid, self._of(thread, layouts) if found is None else found

    def _of(self, thread: lldb.SBThread, layouts: dict[tuple[int, ...], Chosen]) -> dict[str, int]:
        sets = list(thread.GetFrameAtIndex(0).GetRegisters())
        for each in sets:  # else each look at a value asks whether it is a pointer to another type
            each.SetPreferDynamicValue(lldb.eNoDynamicValues)
            each.SetPreferSyntheticValue(False)
        # Threads of one process whose sets have the same sizes have the same ones: names are asked for once.
        sizes = tuple(each.GetNumChildren() for each in sets)
        if sizes not in layouts:
            layouts[sizes] = list(self._chosen(sets))
        found = ((name, self._number(_child(sets[number], place))) for number, place, name in layouts[sizes])
        return {name: value for name, value in found if value is not None}

    def _chosen(self, sets: list[lldb.SBValue]) -> Iterator[tuple[int, int, str]]:
        """Yield the registers to be read: those that files have, and all whole ones of the first set.

        The first set is that of the general ones; names of parts of them (eax, w0) are left out.
        """
        for number, each in enumerate(sets):
            for place in range(each.GetNumChildren()):
                value = _child(each, place)
                is_whole = number == 0 and value.GetByteSize() >= self._word_size
                if is_whole or value.GetName() in NAMES:
                    yield number, place, value.GetName()

    def _number(self, value: lldb.SBValue) -> int | None:
        error = lldb.SBError()
        content = value.GetData().ReadRawData(error, 0, value.GetByteSize())
        if not value.GetError().Success() or not error.Success() or not content:
            return None
        return int.from_bytes(content, self._endian)


def _child(value: lldb.SBValue, place: int) -> lldb.SBValue:
    return value.GetChildAtIndex(place, lldb.eNoDynamicValues, False)
