"""Whether a relocated word holds what its relocation makes of it: each value is proven."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from ...elf.dynamic import DynamicSymbol
from ...elf.link_map import LinkedObject, LinkerDebug
from ...elf.relocations import (
    COPY,
    DEBUG,
    DESCRIPTOR,
    IFUNC,
    LINK_MAP,
    MODULE,
    RELATIVE,
    RESOLVER,
    SLOT,
    SYMBOL,
    TLS,
    Slot,
)
from ...maps.area import Area
from ...ports.memory import MemoryReader
from ...walk.reading import read_up_to
from ..mapped.mapped_files import LoadedObject, MappedFiles

# More modules with thread-local storage, or more of it, than there can be.
_MODULES, _TLS_BYTES = 1 << 16, 1 << 31


class RelocatedWords:
    """Proves the values of relocated words of loaded files, by the other files that are loaded."""

    def __init__(self, files: MappedFiles, reader: MemoryReader) -> None:
        self._files = files
        self._read = partial(read_up_to, reader)
        self._tests: dict[int, Callable[[LoadedObject, Slot, int, int], bool]] = {
            RELATIVE: self._is_relative,
            SYMBOL: self._is_symbol,
            SLOT: self._is_slot,
            IFUNC: self._is_computed,
            MODULE: lambda _found, _slot, _was, now: 0 < now < _MODULES,
            TLS: self._is_tls,
            DESCRIPTOR: lambda _found, _slot, _was, now: self._is_linkers_code(now),
            DEBUG: self._is_debug,
            LINK_MAP: self._is_link_map,
            RESOLVER: lambda _found, _slot, _was, now: self._is_linkers_code(now),
        }

    def may_hold(
        self, found: LoadedObject, slot: Slot, before: bytes | bytearray, now: bytes | bytearray
    ) -> bool:
        """Return whether a slot may hold `now` where its file has `before`, both as long as the slot.

        A relative word and a copy have one right value. One for a symbol is the address of a symbol of
        this name in the file that it points into, or 0 for a weak symbol; a lazy one may also be as
        it was, but moved. What a function in the file computed is code of that file or of the vDSO. What
        the dynamic linker keeps for itself is recognised by what it points to. Numbers of modules and
        offsets in thread-local storage are judged by their size only.
        """
        if slot.kind == COPY:
            return self._is_copy(found, slot, bytes(now))
        word = found.relocations.word
        return self._tests[slot.kind](found, slot, word(before), word(now))

    def _is_relative(self, found: LoadedObject, slot: Slot, was: int, now: int) -> bool:
        return now == (_addend(slot, was) + found.bias) & found.relocations.mask

    def _is_symbol(self, found: LoadedObject, slot: Slot, was: int, now: int) -> bool:
        target = (now - _addend(slot, was)) & found.relocations.mask
        symbol = found.relocations.symbol(slot)
        if symbol is None:
            return False
        if symbol.is_local:
            return target == (found.bias + symbol.value) & found.relocations.mask
        return (target == 0 and symbol.is_weak) or self._is_called(symbol, target)

    def _is_slot(self, found: LoadedObject, slot: Slot, was: int, now: int) -> bool:
        # The addend, where there is one in place, is what the lazy word holds.
        exact = slot._replace(addend=slot.addend or 0)
        return self._is_lazy(found, was, now) or self._is_symbol(found, exact, was, now)

    def _is_lazy(self, found: LoadedObject, was: int, now: int) -> bool:
        return now == (was + found.bias) & found.relocations.mask

    def _is_called(self, symbol: DynamicSymbol, target: int) -> bool:
        """Return whether the target is what a symbol's name stands for in the file there."""
        if self._files.is_vdso(target):
            return self._has_ifunc(symbol.name)
        area = self._files.file_area(target)
        if area is None:
            return False
        there = self._files.loaded(area)
        if there is None:
            return self._is_lost(area)
        mask = there.relocations.mask
        for each in there.relocations.symbols.named(symbol.name):
            if each.is_ifunc and self._files.is_code(target):
                return True
            if target == (each.value + (0 if each.is_absolute else there.bias)) & mask:
                return True
        return False

    def _is_lost(self, area: Area) -> bool:
        """Return whether the area's file is not the mapped one: then a pointer into it can't be disproved."""
        backing = self._files.backing(area)
        return backing is not None and backing.file is None

    def _has_ifunc(self, name: bytes) -> bool:
        return any(
            each.is_ifunc for found in self._files.objects() for each in found.relocations.symbols.named(name)
        )

    def _is_computed(self, found: LoadedObject, _slot: Slot, was: int, now: int) -> bool:
        if self._is_lazy(found, was, now) or self._files.is_vdso(now):
            return True
        area = self._files.file_area(now)
        return area is not None and area.path == found.path and self._files.is_code(now)

    def _is_tls(self, found: LoadedObject, _slot: Slot, _was: int, now: int) -> bool:
        """Return whether it is an offset, forwards or backwards."""
        return now < _TLS_BYTES or now > found.relocations.mask - _TLS_BYTES

    def _is_linkers_code(self, target: int) -> bool:
        """Return whether the target is code of the dynamic linker: of the program, if it needs none."""
        area = self._files.file_area(target)
        if area is None or not self._files.is_code(target):
            return False
        return self._files.is_interpreter(area.path or "") or not self._files.has_interpreter()

    def _is_debug(self, found: LoadedObject, _slot: Slot, _was: int, now: int) -> bool:
        """Return whether there is a struct r_debug, by r_ldbase: where the linker is loaded."""
        debug = LinkerDebug.read(found.elf.header, self._read, now)
        area = self._files.file_area(now) if debug else None
        linker = self._files.loaded(area) if area else None
        return debug is not None and linker is not None and debug.linker_base == linker.bias

    def _is_link_map(self, found: LoadedObject, _slot: Slot, _was: int, now: int) -> bool:
        """Return whether there is the file's struct link_map, by l_addr and l_ld."""
        linked = LinkedObject.read(found.elf.header, self._read, now)
        dynamic = found.bias + found.relocations.dynamic.address
        return linked is not None and (linked.bias, linked.dynamic) == (found.bias, dynamic)

    def _is_copy(self, found: LoadedObject, slot: Slot, now: bytes) -> bool:
        """Return whether another file has a symbol of this name with these bytes."""
        symbol = found.relocations.symbol(slot)
        if symbol is None:
            return False
        for other in self._files.objects():
            if other.path != found.path:
                for each in other.relocations.symbols.named(symbol.name):
                    if self._read(other.bias + each.value, len(now)) == now:
                        return True
        return False


def _addend(slot: Slot, was: int) -> int:
    return was if slot.addend is None else slot.addend
