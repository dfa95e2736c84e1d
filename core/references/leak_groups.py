"""Leaks that are alike: of one size, and with the same first word where that points into a module."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..blocks.memory import native_words
from ..inferior import Inferior
from ..maps.kinds import may_have_symbols
from ..ports.program import Symbol
from ..ranges import Range
from ..walk.reading import read_up_to
from ..watch import UNWATCHED, Watch
from .leaks import Leader

# Leaders so near to each other are read at once.
_WINDOW = 1 << 16
# How debuggers call what a C++ object's first word points into: demangled, or as the linker has it (Itanium
# C++ ABI, 5.1.4.1), of names in namespaces too.
_VTABLE = re.compile(r"vtable for (.+)")
_NAME = re.compile(r"(\d+)")


class LeakGroup(NamedTuple):
    """Leaders of one size, and with one first word; `first_word` is None where that points into no module.

    `class_name` is whose the objects are, by the symbol of their vtable. `blocks` and `bytes` are those of
    the leaders and of what only they hold; `first` is where the first of the leaders lies.
    """

    size: int
    class_name: str | None
    first_word: int | None
    blocks: int
    leaders: int
    bytes: int
    first: int


def leak_groups(inferior: Inferior, leaders: Sequence[Leader], watch: Watch = UNWATCHED) -> list[LeakGroup]:
    """Return the leaders in groups, the most bytes first. Raise Interrupted."""
    found: dict[tuple[int, int | None], LeakGroup] = {}
    symbols: dict[int, Symbol | None] = {}
    for leader, word in zip(leaders, _first_words(inferior, leaders, watch)):
        if word is not None and word not in symbols:
            symbols[word] = _symbol(inferior, word)
        known = word if word is not None and _is_in_module(inferior, word) else None
        symbol = symbols.get(known) if known is not None else None
        before = found.get((leader.size, known))
        if before is None:
            before = LeakGroup(leader.size, class_of(symbol), known, 0, 0, 0, leader.start)
        found[leader.size, known] = before._replace(
            blocks=before.blocks + 1 + leader.held.blocks,
            leaders=before.leaders + 1,
            bytes=before.bytes + leader.size + leader.held.bytes,
        )
    return sorted(found.values(), key=lambda group: (-group.bytes, group.size, group.first))


def class_of(symbol: Symbol | None) -> str | None:
    """Return the class whose vtable a symbol is, None if it is none."""
    if symbol is None:
        return None
    plain = _VTABLE.fullmatch(symbol.name)
    if plain is not None:
        return plain[1]
    mangled = symbol.name.removeprefix("_ZTV") if symbol.name.startswith("_ZTV") else ""
    names = list(_source_names(mangled.removeprefix("N")))
    return "::".join(names) or None


def _source_names(mangled: str) -> Iterator[str]:
    """Yield the names at the beginning of a mangled one, each behind its length."""
    while (length := _NAME.match(mangled)) is not None:
        end = length.end() + int(length[1])
        yield mangled[length.end() : end]
        mangled = mangled[end:]


def _is_in_module(inferior: Inferior, word: int) -> bool:
    area = inferior.areas.find(inferior.arch.untagged(word))
    return area is not None and area.kind == "module"


def _symbol(inferior: Inferior, word: int) -> Symbol | None:
    address = inferior.arch.untagged(word)
    area, symbols = inferior.areas.find(address), inferior.target.symbols
    if symbols is None or area is None or not may_have_symbols(area, inferior.areas):
        return None
    return symbols.symbol_at(address)


def _first_words(inferior: Inferior, leaders: Sequence[Leader], watch: Watch) -> Iterator[int | None]:
    """Yield the first word of each leader; None for one that can't be read."""
    if not leaders:
        return
    arch = inferior.arch
    start, content = 0, b""
    reader = inferior.memory.still([Range(leaders[0].start, leaders[-1].start + arch.word_size)], watch)
    for number, leader in enumerate(leaders):
        if not start <= leader.start <= start + len(content) - arch.word_size:
            watch.check()
            last = leaders[min(number + _WINDOW // 32, len(leaders) - 1)].start + arch.word_size
            start = leader.start
            content = read_up_to(reader, start, min(last - start, _WINDOW))
        at = leader.start - start
        words = native_words(content[at : at + arch.word_size], arch)
        yield words[0] if len(words) else None
