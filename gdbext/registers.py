"""The registers of an inferior's threads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress

import gdb
from ptatlas.core.arch import Arch
from ptatlas.core.byte_order import LITTLE
from ptatlas.core.elf.register_sets import NAMES

from .selection import kept_selection
from .threads import thread_id


class GdbRegisters:
    """The registers of an inferior's threads, each in its newest frame."""

    # Registers that core files have, but not GDB's group of general ones, or its vectors only in part.
    _MORE = ("fs_base", "gs_base", "orig_rax", "orig_eax", *(f"ymm{number}" for number in range(16)))

    def __init__(self, inferior: gdb.Inferior, arch: Arch) -> None:
        self._inferior, self._arch = inferior, arch

    def registers(self) -> Sequence[tuple[int, Mapping[str, int]]]:
        """Return the registers, the selected thread's first. The selection is restored."""
        chosen = gdb.selected_thread()
        number = chosen.global_num if chosen is not None else None
        ordered = sorted(self._inferior.threads(), key=lambda one: (one.global_num != number, one.num))
        with kept_selection():
            return [(thread_id(one), self._of(one)) for one in ordered]

    def _of(self, thread: gdb.InferiorThread) -> dict[str, int]:
        found: dict[str, int] = {}
        try:
            thread.switch()
            frame = gdb.newest_frame()
        except gdb.error:
            return found
        arch = frame.architecture()
        known = [
            one.name for group in ("float", "vector") for one in arch.registers(group) if one.name in NAMES
        ]
        general = [one.name for one in arch.registers("general")]
        for name in dict.fromkeys((*general, *known, *self._MORE)):
            with suppress(gdb.error, ValueError):  # this architecture or target has no such register
                value = self._number(frame.read_register(name))
                if value is not None:
                    found[name] = value
        return found

    def _number(self, value: gdb.Value) -> int | None:
        """Return a register as one unsigned number; None for a vector of no whole words."""
        if value.type.strip_typedefs().code not in (gdb.TYPE_CODE_UNION, gdb.TYPE_CODE_ARRAY):
            return int(value.format_string(format="x"), 0)
        words = next(_words(value), None)
        if words is None:
            return None
        ordered = words if self._arch.endian == LITTLE else words[::-1]
        return sum(word << 64 * place for place, word in enumerate(ordered))


def _words(value: gdb.Value) -> Iterator[list[int]]:
    """Yield a vector as words of 64 bits in memory order, if its type has that view."""
    kind = value.type.strip_typedefs()
    if kind.code in (gdb.TYPE_CODE_UNION, gdb.TYPE_CODE_STRUCT):
        for field in kind.fields():
            yield from _words(value[field])
    elif kind.code == gdb.TYPE_CODE_ARRAY:
        element = kind.target().strip_typedefs()
        if element.code == gdb.TYPE_CODE_INT and element.sizeof == 8:
            low, high = kind.range()
            yield [int(value[place]) & (1 << 64) - 1 for place in range(low, high + 1)]
