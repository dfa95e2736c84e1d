"""What lies at a hit, in words: the text that it is part of, the number, what the pointer points to."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from struct import Struct
from typing import Any, NamedTuple, Optional

from ...arch import ORDER_CODES, Arch
from ...inferior import Inferior
from ...maps.area import Area
from ...maps.kinds import may_have_symbols
from ...ports.program import Symbol
from ...render.fields import BLANK, TEXT, Column, ValueKind, hexadecimal
from ...search.patterns.number_format import Number
from ...search.patterns.pattern import Pattern
from ...search.patterns.text import codec
from ...search.patterns.types import pattern_type
from .rows import FoundHit, HitColumns, area_name
from .text_around import TextAround

_DIGITS = 10  # numbers from here on look different in hexadecimal
_PLAIN = ValueKind(lambda value: value, str, False, "text")
# Pointers whose targets are remembered: those to one place are many.
_REMEMBERED = 1 << 12


class Pointee(NamedTuple):
    """Where a pointer points: its address without tags, the area and the symbol there, if there are any.

    `is_known` says that there is no other area than those that are listed.
    """

    address: int
    area: Area | None
    symbol: Symbol | None
    is_known: bool

    def json(self) -> dict[str, Any]:
        """Return it as a document has it."""
        return {
            "address": hexadecimal(self.address),
            "area": self.area and area_name(self.area),
            "area_offset": self.area and self.address - self.area.start,
            "symbol": self.symbol and str(self.symbol),
        }

    def __str__(self) -> str:
        place = "in no area" if self.is_known else ""
        if self.symbol is not None:
            place = str(self.symbol)
        elif self.area is not None:
            name = (area_name(self.area) or "").rpartition("/")[2]
            offset = self.address - self.area.start
            place = f"{name}+{offset:#x}" if offset else name
        # The place first: where there is little room, the address shows among the bytes.
        return f"{place} ({self.address:#x})" if place else hexadecimal(self.address)


# Tells the words of a hit, or None.
Teller = Callable[[FoundHit], Optional[str]]


class What:
    """Tells what lies at the hits of these patterns; of rules, which have none, only text."""

    def __init__(self, inferior: Inferior, patterns: Sequence[Pattern], arch: Arch) -> None:
        self._inferior, self._arch = inferior, arch
        self._text = TextAround(inferior)
        self._targets: dict[int, Pointee] = {}
        self._patterns = patterns
        self._layouts = [_layout(Number.of(pattern, arch)) for pattern in patterns]
        self._tellers = list(map(self._teller, patterns, self._layouts))
        self._are_pointers = [pattern.type == "ptr" for pattern in patterns]

    def columns(self) -> HitColumns:
        """Return the words; documents also have the number, and where a pointer points."""
        value = (Column("value", _PLAIN, self.value),) if any(self._layouts) else ()
        target = ValueKind(Pointee.json, str, False, "text")
        points = (Column("points_to", target, self.target),) if any(self._are_pointers) else ()
        words = Column("what", TEXT, self.of)
        return HitColumns((words, *value, *points), (words,))

    def of(self, hit: FoundHit) -> Any:
        """Return the words, BLANK where nothing is known but the bytes."""
        known = self._tellers[hit.pattern](hit) if self._tellers else self._text.of(hit)
        return BLANK if known is None else known

    def _teller(self, pattern: Pattern, layout: Struct | None) -> Teller:
        """Return what tells the words of this pattern's hits, which are numbers if there is a layout."""
        if pattern.type == "ptr":
            return self._pointer
        if layout is not None:
            return lambda hit: _in_words(self._number(hit), layout)
        return partial(self._text.of, encoding=_encoding(pattern, self._arch))

    def _pointer(self, hit: FoundHit) -> str | None:
        target = self.target(hit)
        return str(target) if isinstance(target, Pointee) else None

    def value(self, hit: FoundHit) -> Any:
        """Return the number as documents have it, BLANK for a hit that is none: of 64 bits in hexadecimal."""
        number = self._number(hit)
        if number is None:
            return BLANK
        if isinstance(number, float):
            return number if math.isfinite(number) else str(number)
        return number if len(hit.content) < 8 else hexadecimal(number)

    def target(self, hit: FoundHit) -> Any:
        """Return where a pointer points, BLANK for a hit that is none."""
        value = self._number(hit) if self._are_pointers[hit.pattern] else None
        if value is None:
            return BLANK
        known = self._targets.get(value)
        if known is None:
            if len(self._targets) >= _REMEMBERED:
                self._targets.clear()
            known = self._targets[value] = self._target_of(value)
        return known

    def _target_of(self, value: int) -> Pointee:
        address, areas = self._inferior.arch.untagged(value), self._inferior.areas
        area, symbols = areas.find(address), self._inferior.target.symbols
        has_symbols = symbols is not None and area is not None and may_have_symbols(area, areas)
        symbol = symbols.symbol_at(address) if symbols and has_symbols else None
        return Pointee(address, area, symbol, self._inferior.target.is_map_whole)

    def _number(self, hit: FoundHit) -> Any:
        layout = self._layouts[hit.pattern] if self._patterns else None
        if layout is None or len(hit.content) != layout.size:
            return None
        return layout.unpack(hit.content)[0]


def _encoding(pattern: Pattern, arch: Arch) -> str | None:
    """Return what text of this pattern is encoded in; None for what wasn't looked for as text."""
    known = pattern_type(pattern.type)
    return codec(known.encoding, arch.endian) if known is not None and known.encoding else None


def _layout(number: Number | None) -> Struct | None:
    return None if number is None else Struct(ORDER_CODES[number.endian] + number.code)


def _in_words(number: Any, layout: Struct | None) -> str | None:
    """Return a number as people read it: an integer also in hexadecimal, a float in its shortest form."""
    if isinstance(number, float) and layout is not None:
        texts = (f"{number:.{digits}g}" for digits in range(6, 18))
        return next((text for text in texts if layout.pack(float(text)) == layout.pack(number)), repr(number))
    return None if number is None else f"{number} ({number:#x})" if number >= _DIGITS else str(number)
