"""Where an address lies: in which area, how far in, in which section of which file, near which symbol."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ...images.mapped.backing import is_file_backed
from ...images.mapped.sections import Sections
from ...inferior import Inferior
from ...maps.area import Area
from ...maps.area_map import AreaMap
from ...ports.program import Symbol
from ...render.fields import hexadecimal
from ...render.text import Line, Span
from ..shell.context import Context
from .nearest import Nearest

if TYPE_CHECKING:
    from ..shell.blocks import PlacedBlock

# More than the areas of one object: one of each segment, and those that are cut where a part is protected.
_NEIGHBOURS = 8


@dataclass(frozen=True)
class Location:
    """An address and what is known of it; None is not known, or not so.

    `is_known` says that there is no other area than those that are listed; `nearest` are those around an
    address that is in none. `block` is the allocator's block there.
    """

    address: int
    area: Area | None
    file_offset: int | None = None
    section: str | None = None
    symbol: Symbol | None = None
    is_known: bool = True
    nearest: Nearest | None = None
    block: PlacedBlock | None = None

    @property
    def area_offset(self) -> int | None:
        """How far into its area the address lies, in bytes."""
        return None if self.area is None else self.address - self.area.start

    def json(self) -> dict[str, Any]:
        """Return the place as a document has it."""
        return {
            "address": hexadecimal(self.address),
            "area_offset": self.area_offset,
            "file_offset": self.file_offset,
            "section": self.section,
            "symbol": self.symbol.name if self.symbol else None,
            "symbol_offset": self.symbol.offset if self.symbol else None,
            **({"nearest": self.nearest.json()} if self.nearest else {}),
            **({"block": self.block.json_at(self.address)} if self.block else {}),
        }

    def lines(self) -> Iterator[Line]:
        """Yield the place in one line, and what is nearest where it is in no area."""
        yield tuple(self._spans())
        if self.nearest:
            yield from self.nearest.lines()
        if self.block:
            block = self.block.block
            into = f"{self.address - block.start:#x} into a " if block else ""
            yield f"{into}{self.block}"

    def _spans(self) -> Iterator[Span]:
        yield Span(hexadecimal(self.address), "address")
        if self.area is None:
            yield Span(" is in no area" if self.is_known else " is in no area that is known")
            return
        yield Span(f" is {self.address - self.area.start:#x} into the area")
        if self.file_offset is not None:
            yield Span(f", {self.file_offset:#x} into the file")
        if self.section:
            yield Span(", section ")
            yield Span(self.section, "name")
        if self.symbol:
            yield Span(", ")
            yield Span(str(self.symbol), "symbol")


def locate(context: Context, address: int) -> Location:
    """Return what is known of the address."""
    inferior = context.process
    return replace(_located(inferior, address), block=_block(context, inferior.area_at(address), address))


def _block(context: Context, area: Area | None, address: int) -> PlacedBlock | None:
    # Imported here: few commands need blocks.
    from ..shell.blocks import block_in, blocks_now, may_have_blocks

    if not may_have_blocks(area):
        return None
    return block_in(blocks_now(context), context.process.arch.untagged(address))


def _located(inferior: Inferior, address: int) -> Location:
    area = inferior.area_at(address)
    symbols = inferior.target.symbols
    symbol = symbols.symbol_at(address) if symbols and area else None
    is_known = not inferior.target.problems
    if area is None:
        nearest = Nearest.to(inferior, address)
        return Location(address, area, symbol=symbol, is_known=is_known, nearest=nearest)
    section = Sections(inferior.mapped_files(_around(inferior, area)), inferior.memory).name_at(address, area)
    if area.offset is None or not is_file_backed(area):
        return Location(address, area, section=section, symbol=symbol, is_known=is_known)
    return Location(address, area, area.offset + address - area.start, section, symbol)


def _around(inferior: Inferior, area: Area) -> AreaMap:
    """Return the area and those that touch it: an object's lie side by side, its `.bss` behind the file's.

    So it costs the same however many areas there are.
    """
    found = [area]
    for _ in range(_NEIGHBOURS):
        before = inferior.area_at(found[0].start - 1) if found[0].start else None
        found = found if before is None else [before, *found]
    for _ in range(_NEIGHBOURS):
        after = inferior.area_at(found[-1].end)
        found = found if after is None else [*found, after]
    return AreaMap(found)
