"""Tells what holds the words at addresses: blocks first, then threads, then modules, then other memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from ..blocks.block import HeapBlock
from ..blocks.table import Blocks
from ..inferior import Inferior
from ..maps.area import NAMED, Area
from ..maps.kinds import may_have_symbols
from ..owners.bss import bss_of_modules
from ..owners.proofs import Proofs
from ..ports.program import Symbol
from ..watch import UNWATCHED, Watch
from .holder import BLOCK, GLOBAL, OTHER, REGISTER, Holder
from .thread_places import ThreadPlaces

# Registers that are seen whole in others (the Intel 64 manual, volume 1, chapter 14.1).
_PARTS = {f"xmm{number}": f"ymm{number}" for number in range(16)}


class RegisterWord(NamedTuple):
    """A word of a register: what holds it, and its value."""

    holder: Holder
    value: int


class Holders:
    """Tells what holds words, of an inferior with these blocks."""

    def __init__(self, inferior: Inferior, blocks: Sequence[Blocks], watch: Watch = UNWATCHED) -> None:
        self._inferior, self._blocks = inferior, blocks
        self._proofs = Proofs(inferior)
        self.threads = ThreadPlaces(inferior, watch)
        self._bss: dict[Area, bool] = {}

    def at(self, address: int) -> Holder:
        """Return what holds the word at an address. Raise Interrupted."""
        area = self._inferior.areas.find(address)
        block = self.block_at(address)
        if block is not None:
            return Holder(BLOCK, address - block.start, block=block, area=_name(area))
        whose = self._whose_own(address)
        if whose is not None:
            return Holder(OTHER, area=f"data of {whose}'s own")
        own = self.threads.holder(address, area)
        if own is not None:
            return own
        return self._in_area(address, area)

    def block_at(self, address: int) -> HeapBlock | None:
        """Return the block that an address lies in, or None."""
        return next(filter(None, (blocks.at(address) for blocks in self._blocks)), None)

    def _whose_own(self, address: int) -> str | None:
        """Return the allocator whose own structures an address lies in: arenas, headers of blocks."""
        for blocks in self._blocks:
            if blocks.region_at(address) is not None:
                return blocks.allocator
            if any(arena.address <= address < arena.address + arena.size for arena in blocks.arenas):
                return blocks.allocator
        return None

    def registers(self) -> Iterator[RegisterWord]:
        """Yield the words of all threads' registers; none where nobody knows them."""
        known = self._inferior.target.registers
        for tid, registers in known.registers() if known is not None else ():
            thread = self._proofs.called(tid)
            for name, value in self._words(registers):
                yield RegisterWord(Holder(REGISTER, thread=thread, register=name), value)

    def _words(self, registers: Mapping[str, int]) -> Iterator[tuple[str, int]]:
        """Yield the words of registers, those of wide ones one by one."""
        bits = 8 * self._proofs.word_size
        for name, value in registers.items():
            if _PARTS.get(name) in registers or value < 0:
                continue
            if value >> bits == 0:
                yield name, value
                continue
            for number in range(-(-value.bit_length() // bits)):
                yield f"{name}[{number}]", value >> number * bits & (1 << bits) - 1

    def _in_area(self, address: int, area: Area | None) -> Holder:
        if area is None or area.source == NAMED:
            return Holder(OTHER, area=_name(area))
        symbol = self.symbol_at(address, area)
        if area.kind == "module" or (area.kind == "anon" and self._is_bss(area)):
            return self._global(address, area, symbol)
        if symbol is not None:
            return Holder(GLOBAL, symbol.offset, symbol=symbol.name, area=_name(area))
        return Holder(OTHER, address - area.start, area=_name(area))

    def symbol_at(self, address: int, area: Area | None) -> Symbol | None:
        """Return the symbol at an address, where one may be, or None."""
        symbols, areas = self._inferior.target.symbols, self._inferior.areas
        if symbols is None or area is None or not may_have_symbols(area, areas):
            return None
        return symbols.symbol_at(address)

    def _global(self, address: int, area: Area, symbol: Symbol | None) -> Holder:
        module = area if area.kind == "module" else self._inferior.areas.find(area.start - 1) or area
        if symbol is not None:
            return Holder(GLOBAL, symbol.offset, symbol=symbol.name, area=module.path)
        base = self._proofs.base_of(module)
        return Holder(GLOBAL, None if base is None else address - base, area=module.path)

    def _is_bss(self, area: Area) -> bool:
        if area not in self._bss:
            self._bss[area] = any(True for _ in bss_of_modules(self._proofs, [area]))
        return self._bss[area]


def words_into(words: Iterable[RegisterWord], ranges: Iterable[tuple[int, int]]) -> list[RegisterWord]:
    """Return those of the words that point into any of the ranges."""
    wanted = list(ranges)
    return [word for word in words if any(start <= word.value < end for start, end in wanted)]


def _name(area: Area | None) -> str | None:
    return None if area is None else area.path or area.kind
