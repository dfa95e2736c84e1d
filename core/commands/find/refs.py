"""pt-find --refs: the words that point into a block, an object or a range, and what holds each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, NamedTuple

from ...blocks.block import STATE_NAMES
from ...errors import AtlasError, InvalidArgument
from ...inferior import Inferior
from ...ranges import Range
from ...references.holder import Holder
from ...references.holders import Holders, RegisterWord, words_into
from ...references.pointed import Pointed, pointed_at, pointed_range
from ...render.document import Rows
from ...render.fields import (
    ADDRESS,
    BLANK,
    COUNT,
    LONG_TEXT,
    OFFSET,
    TEXT,
    Column,
    column,
    counted,
    hexadecimal,
    size_in_words,
)
from ...render.text import Line, note, warning
from ...search.engine.search import Search
from ...search.patterns.pattern import Pattern
from ..shell.context import Context
from ..shell.scope import Named, read_where
from ..shell.values import Values
from .answers import FindAnswer
from .fresh import Fresh
from .mode import Mode
from .pattern_reader import Read
from .report import Report
from .result import Found
from .rows import FoundHit
from .search_scope import SearchScope
from .where_blocks import blocks_in

SCHEMA = "ptatlas.refs/1"


class Ref(NamedTuple):
    """A word that points there: where it lies (None: in a register), its value, how far in that points."""

    at: int | None
    value: int
    offset: int
    holder: Holder
    depth: int = 1


def holder_json(holder: Holder) -> dict[str, Any]:
    """Return what holds a word as documents have it."""
    block, thread = holder.block, holder.thread
    return {
        "kind": holder.kind,
        "text": str(holder),
        "thread": thread and {"tid": thread.tid, "number": thread.number, "name": thread.name},
        "frame": holder.frame,
        "function": holder.function and str(holder.function),
        "register": holder.register,
        "symbol": holder.symbol,
        "offset": holder.offset,
        "start": block and hexadecimal(block.start),
        "size": block and block.size,
        "state": block and STATE_NAMES[block.state],
        "area": holder.area,
    }


def target_json(pointed: Pointed) -> dict[str, Any]:
    """Return what is pointed to as documents have it."""
    return {
        "address": None if pointed.address is None else hexadecimal(pointed.address),
        "start": hexadecimal(pointed.start),
        "end": hexadecimal(pointed.end),
        "what": pointed.what,
        "state": pointed.block and STATE_NAMES[pointed.block.state],
    }


_HOLDER = TEXT._replace(json=holder_json, text=str, shrink=LONG_TEXT.shrink)
_FIELDS = (
    column("at", ADDRESS),
    column("value", ADDRESS),
    column("offset", COUNT),
    column("depth", COUNT),
    column("holder", _HOLDER),
)
_COLUMNS = (
    Column("at", ADDRESS, lambda ref: BLANK if ref.at is None else ref.at),
    column("value", ADDRESS),
    Column("into", OFFSET, lambda ref: ref.offset),
    column("holder", _HOLDER),
)


def pointed_by(where: str, values: Values, inferior: Inferior, holders: Holders) -> Pointed:
    """Return what a WHERE means: a range as it is; of an address or a symbol the block or object there.

    What is no number as it stands (a structure, a variable without debug information) is meant by its place.
    Raise InvalidArgument for what is no place.
    """
    found = read_where(where, values)
    if isinstance(found, Range):
        return pointed_range(found)
    if isinstance(found, Named):
        found = _placed(found, values)
    return pointed_at(found, inferior.areas.find(found), holders)


def _placed(named: Named, values: Values) -> int:
    try:
        return values.address(f"&{named.text}")
    except AtlasError:
        raise InvalidArgument(f"{named.text!r} is no address", hint=named.why) from None


class References(Fresh):
    """A search for the words that point to a place."""

    def __init__(
        self,
        inferior: Inferior,
        scope: SearchScope,
        pointed: Pointed,
        holders: Holders,
        align: int | None,
        threads: int,
    ) -> None:
        pattern = Pattern.pointer(ranges=[pointed.range], arch=inferior.arch)
        super().__init__(inferior, scope, Read((pattern,), inferior.arch), align, threads)
        self.pointed, self.holders = pointed, holders

    @classmethod
    def of(
        cls,
        context: Context,
        where: str,
        values: Values,
        inferior: Inferior,
        scope: SearchScope,
        align: int | None,
    ) -> References:
        """Return the search for what points to a WHERE: its blocks are found first. Raise as `pointed_by`."""
        holders = Holders(inferior, blocks_in(context, inferior), context.watch)
        pointed = pointed_by(where, values, inferior, holders)
        return cls(inferior, scope, pointed, holders, align, context.session.settings.threads)

    def head(self) -> dict[str, Any]:
        """Return what is pointed to."""
        return {"target": target_json(self.pointed)}

    def report(self, search: Search, began: float) -> Report:
        """Return the report, which counts words."""
        return WordsReport(self.scope, search, began)

    def ref(self, hit: FoundHit) -> Ref:
        """Return a hit with what holds it."""
        value = int.from_bytes(hit.content, self.inferior.arch.endian)
        return self._ref(hit.address, value, self.holders.at(hit.address))

    def in_registers(self) -> list[Ref]:
        """Return the words of registers that point there."""
        known = self.holders.registers()
        untagged = (RegisterWord(word.holder, self.inferior.arch.untagged(word.value)) for word in known)
        found = words_into(untagged, [self.pointed.range])
        return [self._ref(None, word.value, word.holder) for word in found]

    def _ref(self, at: int | None, value: int, holder: Holder) -> Ref:
        return Ref(at, value, self.inferior.arch.untagged(value) - self.pointed.start, holder)


class WordsReport(Report):
    """The report of a search that counts words."""

    def _summary(self, count: int) -> str:
        return f"{counted(count, 'word')} in {size_in_words(self._search.coverage.searched)}"


class RefsAnswer(FindAnswer):
    """The words in registers, then those in memory as they are found."""

    schema = SCHEMA

    def __init__(self, mode: References, found: Found, report: Report, *, is_first: bool) -> None:
        """Take the search; only the first of those that go on with each other tells of registers."""
        super().__init__(mode, found, report)
        self._refs = mode
        self._registers = mode.in_registers() if is_first else []
        self._is_first = is_first

    def rows(self) -> Rows:
        """Return the words."""
        found: Iterable[Ref] = map(self._refs.ref, self._found.hits())
        return Rows("refs", chain(self._registers, found), _FIELDS, _COLUMNS, empty="")

    def tail(self) -> Mapping[str, Any]:
        """Return how many words there are, and what was searched."""
        known = self._refs.inferior.target.registers is not None
        in_registers = len(self._registers) if known and self._is_first else None
        return {**super().tail(), "count": self._count, "in_registers": in_registers}

    def notes(self) -> Iterator[Line]:
        """Yield what was looked for, how many words there are, and what was searched."""
        yield note(f"to {self._refs.pointed.what}")
        if self._registers:
            yield note(f"{counted(len(self._registers), 'word')} in registers")
        if self._is_first and self._refs.inferior.target.registers is None:
            yield warning("registers aren't known here, so they were not looked at")
        yield from self._report.lines(self._found.count)

    def found(self) -> bool | None:
        """Return whether there are any words."""
        return True if self._count else super().found()

    def stop(self, told: int) -> None:
        """End the search after the words that have been written."""
        self._found.stop(max(0, told - len(self._registers)))

    def finish(self) -> None:
        """Take the hits that nobody wants to see."""
        self._found.finish()

    @property
    def _count(self) -> int:
        return self._found.count + len(self._registers)


class ShownRefs(NamedTuple):
    """Words with what holds them."""

    limit: int | None
    is_first: bool

    def answer(self, mode: Mode, found: Found, report: Report) -> RefsAnswer:
        """Return the words as they come."""
        assert isinstance(mode, References)
        return RefsAnswer(mode, found, report, is_first=self.is_first)
