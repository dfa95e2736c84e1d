"""pt-find --yara: which rules match, and where their strings lie."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from ...errors import InvalidArgument
from ...inferior import Inferior
from ...render.document import Document, Rows
from ...render.fields import NAME, TEXT, Column, counted
from ...render.text import Line, Span
from ...search.engine.search import Search
from ...search.hits.hits import Hit
from ...search.patterns.pattern import Pattern
from ...search.patterns.shape import Shape
from ...search.yara import RuleName, YaraScan, load_rules
from ...walk.reading import read_up_to
from ..shell.context import Context
from ..shell.parse import Arguments
from .patterns_file import count_lines
from .report import Report
from .result import Found, Sought
from .rows import FoundHit, by_area_columns, context_of, hit_columns, hit_fields

# What says how patterns are read, looked for, or compared: none of it is said of rules.
WITHOUT = (
    *("type", "hex", "ptr", "re", "expr", "patterns", "ignore-case", "endian", "align"),
    *("next", "changed", "unchanged", "increased", "decreased", "break"),
)
# The most of a match that is read and told, in bytes: a string may match all of a buffer.
SHOWN = 4096


def find_rules(
    context: Context,
    arguments: Arguments,
    inferior: Inferior,
    report: Report,
    schema: str,
    *,
    limit: int,
    start: int,
    around: int,
) -> Document:
    """Answer a search for rules; the report says in which areas. AtlasError as `load_rules` raises it."""
    path = arguments.value("yara") or ""
    _check(arguments)
    rules = load_rules(path)
    memory = inferior.memory.ready(report.readable)
    scan = YaraScan(rules, memory, inferior.target, report.readable)
    search = scan.search(start=start, limit=limit or None, watch=context.watch)
    report.watch(search)
    found = _RulesFound(scan, inferior, search, context)
    is_count = arguments.flag("count")
    return Document(
        schema,
        {"pattern": {"type": "yara", "text": path}, "source": search.source},
        _counts(found) if is_count else _hits(found, scan.names, around),
        lambda: {
            "count": found.count,
            **(_by_rule(found) if is_count else {}),
            **_json(scan),
            **report.json(),
        },
        lambda: [*(_count_lines(found) if is_count else ()), *report.lines(found), *_lines(scan)],
        lambda: found.count > 0,
        None if is_count else found.stop,
    )


def _check(arguments: Arguments) -> None:
    given = ["--" + name for name in WITHOUT if arguments.flag(name)]
    if arguments.positionals or given:
        other = given[0] if given else "a PATTERN"
        raise InvalidArgument(f"--yara goes without {other}", hint="the rules say what to find")


class _RulesFound(Found):
    """Matches of rules, told and kept as hits are; which names there are turns out on the way."""

    def __init__(self, scan: YaraScan, inferior: Inferior, search: Search, context: Context) -> None:
        self.scan = scan
        sought = Sought((), inferior.arch)
        remember = partial(context.session.history.keep, context.inferior)
        super().__init__(inferior, search, sought, context.watch, remember)

    @property
    def patterns(self) -> tuple[Pattern, ...]:
        """The names as patterns, which nothing but a rule finds again."""
        return tuple(Pattern("yara", str(name), Shape(1, b"(?!)")) for name in self.scan.names)

    def keep(self) -> None:
        """Keep this search as the last one."""
        self._last = replace(self._last, patterns=self.patterns)
        super().keep()

    def _value(self, _row: FoundHit) -> None:
        return None

    def _content(self, hit: Hit) -> bytes:
        return read_up_to(self.inferior.memory, hit.address, min(hit.size, SHOWN))


def _hits(found: Found, names: Sequence[RuleName], around: int) -> Rows:
    rule = Column("rule", NAME, lambda hit: names[hit.pattern].rule)
    string = Column("string", TEXT, lambda hit: names[hit.pattern].string or "")
    told = Column("string", TEXT, lambda hit: names[hit.pattern].string)
    columns = hit_columns(())
    detail = partial(context_of, found.inferior, around) if around else None
    return Rows(
        "hits",
        found.hits(),
        (*hit_fields(several=False), rule, told),
        (columns[0], rule, string, *columns[1:]),
        detail,
        empty="",
    )


def _counts(found: Found) -> Rows:
    columns = by_area_columns()
    return Rows("areas", found.by_area(), columns, columns, empty="")


def _by_rule(found: _RulesFound) -> dict[str, Any]:
    names, counts = found.scan.names, found.by_pattern
    return {
        "by_rule": [
            {"rule": name.rule, "string": name.string, "hits": counts[number]}
            for number, name in enumerate(names)
        ]
    }


def _count_lines(found: _RulesFound) -> Iterator[Line]:
    return count_lines(found.patterns, found.by_pattern)


def _json(scan: YaraScan) -> dict[str, Any]:
    """How the rules were applied: a condition is of one buffer."""
    return {
        "buffers": scan.buffers,
        "areas_cut": len(scan.cut),
        "overflown": [str(name) for name in sorted(scan.overflown, key=str)],
    }


def _lines(scan: YaraScan) -> Iterator[Line]:
    if scan.cut:
        areas = counted(len(scan.cut), "area")
        text = f"{areas} matched in several parts: conditions hold for each part by itself"
        yield (Span(text, "warning"),)
    for name in sorted(scan.overflown, key=str):
        yield (Span(f"there may be more matches of {name}", "warning"),)
