"""pt-find --targets: what the words of a block, an object or a range point to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from ...inferior import Inferior
from ...maps.kinds import LEFT_OUT
from ...maps.stacks import is_forbidden
from ...ranges import Range, align_down
from ...references.holder import Holder
from ...references.holders import Holders
from ...references.pointed import Pointed
from ...render.document import Rows
from ...render.escape import visible
from ...render.fields import ADDRESS, BLANK, COUNT, LONG_TEXT, OFFSET, TEXT, Column, column
from ...render.text import Line, note
from ...search.engine.search import Search
from ...search.patterns.pattern import Pattern
from ...walk.reading import read_up_to
from ..shell.context import Context
from ..shell.scope import Scope, known_areas
from ..shell.values import Values
from .answers import FindAnswer
from .fresh import Fresh
from .mode import Mode
from .pattern_reader import Read
from .refs import WordsReport, holder_json, pointed_by, target_json
from .report import Report
from .result import Found
from .rows import FoundHit
from .search_scope import SearchScope
from .where_blocks import blocks_in

SCHEMA = "ptatlas.targets/1"
# Text that is shown of a string, and how much is one at least: as by strings(1).
_LONGEST, _SHORTEST = 64, 4


class PointingWord(NamedTuple):
    """A word that points somewhere: where it lies, how far in what was asked for, and what is there.

    `text` is the string that begins there, None for none.
    """

    at: int
    offset: int
    value: int
    target: Holder
    text: str | None


_TARGET = TEXT._replace(json=holder_json, text=str, shrink=LONG_TEXT.shrink)
_FIELDS = (
    column("at", ADDRESS),
    column("offset", COUNT),
    column("value", ADDRESS),
    column("target", _TARGET),
    column("text", TEXT),
)
_COLUMNS = (
    Column("offset", OFFSET, lambda word: word.offset),
    column("value", ADDRESS),
    column("target", _TARGET),
    Column("text", LONG_TEXT, lambda word: BLANK if word.text is None else f'"{word.text}"'),
)


class Targets(Fresh):
    """A search for the words of a place that point to any area."""

    def __init__(
        self, inferior: Inferior, scope: SearchScope, pointed: Pointed, holders: Holders, align: int | None
    ) -> None:
        areas = (area for area in inferior.areas if not is_forbidden(area) and area.kind not in LEFT_OUT)
        pattern = Pattern.pointer(ranges=[area.range for area in areas], arch=inferior.arch)
        super().__init__(inferior, scope, Read((pattern,), inferior.arch), align)
        self.pointed, self._holders = pointed, holders

    @classmethod
    def of(
        cls, context: Context, where: str, values: Values, inferior: Inferior, align: int | None
    ) -> Targets:
        """Return the search of what lies at a WHERE; the blocks are found first. Raise as `pointed_by`."""
        holders = Holders(inferior, blocks_in(context, inferior), context.watch)
        pointed = _whole_word(pointed_by(where, values, inferior, holders), inferior.arch.word_size)
        parts = Scope([pointed.range]).pieces(known_areas(inferior, [pointed.range]))
        return cls(inferior, SearchScope.of(parts, (), is_part=True), pointed, holders, align)

    def head(self) -> dict[str, Any]:
        """Return what the words are of."""
        return {"origin": target_json(self.pointed)}

    def report(self, search: Search, began: float) -> Report:
        """Return the report, which counts words."""
        return WordsReport(self.scope, search, began)

    def word(self, hit: FoundHit) -> PointingWord:
        """Return a hit with what it points to."""
        value = int.from_bytes(hit.content, self.inferior.arch.endian)
        address = self.inferior.arch.untagged(value)
        offset = hit.address - self.pointed.start
        return PointingWord(hit.address, offset, value, self._holders.at(address), self._text(address))

    def _text(self, address: int) -> str | None:
        """Return the string that begins there, cut to what is shown; None if none does."""
        content = read_up_to(self.inferior.memory, address, _LONGEST)
        text, end, _ = content.partition(b"\0")
        try:
            shown = text.decode()
        except UnicodeDecodeError:
            return None
        is_text = len(shown) >= _SHORTEST and (end or len(content) == _LONGEST) and shown.isprintable()
        return visible(shown if end else shown + "…") if is_text else None


def _whole_word(pointed: Pointed, size: int) -> Pointed:
    """Return what is looked at: of an address alone the word that it lies in."""
    if pointed.end - pointed.start >= size or pointed.address is None:
        return pointed
    start = align_down(pointed.address, size)
    return Pointed(pointed.address, *Range(start, start + size), f"the word at {start:#x}")


class TargetsAnswer(FindAnswer):
    """The words that point somewhere, in order."""

    schema = SCHEMA

    def __init__(self, mode: Targets, found: Found, report: Report) -> None:
        super().__init__(mode, found, report)
        self._targets = mode

    def rows(self) -> Rows:
        """Return the words."""
        words = map(self._targets.word, self._found.hits())
        return Rows("targets", words, _FIELDS, _COLUMNS, empty="")

    def notes(self) -> Iterator[Line]:
        """Yield what was looked at, how many words there are, and what was searched."""
        yield note(f"of {self._targets.pointed.what}")
        yield from super().notes()

    def stop(self, told: int) -> None:
        """End the search after the words that have been written."""
        self._found.stop(told)

    def finish(self) -> None:
        """Take the words that nobody wants to see."""
        self._found.finish()


class ShownTargets(NamedTuple):
    """Words with what they point to."""

    limit: int | None

    def answer(self, mode: Mode, found: Found, report: Report) -> TargetsAnswer:
        """Return the words as they come."""
        assert isinstance(mode, Targets)
        return TargetsAnswer(mode, found, report)
