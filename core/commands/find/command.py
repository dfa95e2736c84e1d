"""pt-find: where a value, text, pointer or pattern lies."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import Any, NamedTuple

from ...arch import Arch, check_endian
from ...errors import InvalidArgument
from ...images.model.image import LIVE
from ...inferior import Inferior
from ...maps.kinds import LEFT_OUT
from ...render.document import Document, Result, Rows
from ...search.engine.search import Search
from ...search.patterns.pattern import Pattern
from ..shell.context import Context
from ..shell.parse import Arguments
from ..shell.scope import Scope, read_where
from ..shell.values import Values
from .breakpoints import breaking_of
from .narrow import Earlier, NarrowReport, earlier_of, narrowed
from .patterns_file import count_lines, read_patterns
from .report import Report
from .result import Found, Sought
from .rows import FoundHit, by_area_columns, context_of, hit_columns, hit_fields
from .spec import SHORT_TYPES

SCHEMA = "ptatlas.find/1"
TABLE_LIMIT = 100
# An interrupt waits for what is around a hit: docs/decisions/0145-context-is-bounded.md.
MOST_CONTEXT = 1 << 14
# The options that say which areas, and those that say how patterns are read.
SCOPE = ("in", "name", "perms", "kind", "min-size", "max-size")
CASED = ("str", "cstr", "utf16", "utf32", "re")
READING = ("type", "hex", "ptr", "re", "expr", "endian", "ignore-case")


class Wanted(NamedTuple):
    """What a search is for and how: read from the arguments once."""

    patterns: tuple[Pattern, ...]
    arch: Arch
    align: int | None
    limit: int
    context: int


def find(context: Context, arguments: Arguments) -> Result:
    """Answer pt-find."""
    inferior = _searched(context, arguments)
    values = Values(context.inferior)
    start = arguments.value("from")
    first = None if start is None else values.address(start)
    if arguments.flag("yara"):
        # For those who have the package.
        from .yara import find_rules

        report = _report(arguments, inferior, values, None)
        most, around = _limit(arguments, values), _context(arguments, values)
        return find_rules(
            context, arguments, inferior, report, SCHEMA, limit=most, start=first or 0, around=around
        )
    earlier = earlier_of(context, arguments, first)
    wanted = _wanted(arguments, inferior, values, earlier)
    breaking = breaking_of(context, arguments) if arguments.flag("break") else None
    report = _report(arguments, inferior, values, earlier)
    limit = breaking.limit(wanted.limit) if breaking is not None else wanted.limit or None
    find_in = (
        partial(narrowed, context, inferior, earlier) if earlier is not None else _finder(context, inferior)
    )
    search = find_in(wanted.patterns, report.readable, align=wanted.align, limit=limit, start=first)
    report.watch(search)
    sought = Sought(wanted.patterns, wanted.arch, earlier)
    found = Found(
        inferior, search, sought, context.watch, partial(context.session.history.keep, context.inferior)
    )
    if arguments.flag("count"):
        rows = _counts(found)
    else:
        rows = _hits(found, wanted, found.hits() if breaking is None else breaking.set_at(found), earlier)
    return Document(
        SCHEMA,
        {**_pattern_json(wanted.patterns, earlier), "source": search.source or inferior.memory.source},
        rows,
        lambda: {
            "count": found.count,
            **_counts_json(found, wanted, arguments),
            **report.json(),
            **(breaking.json() if breaking else {}),
        },
        lambda: chain(
            count_lines(wanted.patterns, found.by_pattern) if _counts_each(wanted, arguments) else (),
            report.lines(found),
            breaking.lines() if breaking else (),
        ),
        lambda: found.count > 0,
        None if arguments.flag("count") else found.stop,
    )


def _finder(context: Context, inferior: Inferior) -> Callable[..., Search]:
    return partial(inferior.find, watch=context.watch)


def _report(arguments: Arguments, inferior: Inferior, values: Values, earlier: Earlier | None) -> Report:
    """What is to be searched, and what is left aside from the start."""
    scope = Scope.of(arguments, arguments.all("in"), values).pieces(inferior.areas)
    left_out = () if arguments.flag("all") else LEFT_OUT
    if earlier is None:
        return Report.of(scope, left_out)
    return NarrowReport.of(scope, left_out).among(earlier, is_part=any(map(arguments.flag, SCOPE)))


def _searched(context: Context, arguments: Arguments) -> Inferior:
    """What is searched: the inferior, or the image that --image names in its place."""
    name = arguments.value("image")
    if name is None or name == LIVE:
        return context.require_process()
    # These are for images only, and the inferior is what is searched nearly always.
    from ...opening import as_inferior
    from ..shell.context import image_of

    return as_inferior(image_of(context.session, name), context.inferior)


def _hits(found: Found, wanted: Wanted, hits: Iterable[FoundHit], earlier: Earlier | None) -> Rows:
    several = len(wanted.patterns) > 1
    detail = partial(context_of, found.inferior, wanted.context) if wanted.context else None
    columns = hit_columns(wanted.patterns, earlier is not None and earlier.comparison is not None)
    return Rows("hits", hits, hit_fields(several), columns, detail, empty="")


def _counts(found: Found) -> Rows:
    columns = by_area_columns()
    return Rows("areas", found.by_area(), columns, columns, empty="")


def _counts_each(wanted: Wanted, arguments: Arguments) -> bool:
    return arguments.flag("count") and len(wanted.patterns) > 1


def _counts_json(found: Found, wanted: Wanted, arguments: Arguments) -> dict[str, Any]:
    """How many hits each pattern has, in their order, where hits are only counted."""
    if not _counts_each(wanted, arguments):
        return {}
    return {"by_pattern": [found.by_pattern[number] for number in range(len(wanted.patterns))]}


def _pattern_json(patterns: tuple[Pattern, ...], earlier: Earlier | None) -> dict[str, Any]:
    compared = {"comparison": earlier.comparison} if earlier is not None and earlier.comparison else {}
    if len(patterns) == 1:
        return {"pattern": patterns[0].describe(), **compared}
    return {"patterns": [pattern.describe() for pattern in patterns], **compared}


def _wanted(arguments: Arguments, inferior: Inferior, values: Values, earlier: Earlier | None) -> Wanted:
    align = arguments.value("align")
    return Wanted(
        *_patterns(arguments, inferior, values, earlier),
        None if align is None else _positive("align", values.size(align)),
        _limit(arguments, values),
        _context(arguments, values),
    )


def _limit(arguments: Arguments, values: Values) -> int:
    """How many hits are told, 0: all."""
    limit = arguments.value("limit")
    is_table = arguments.format == "table" and not arguments.flag("count")
    return (TABLE_LIMIT if is_table else 0) if limit is None else values.size(limit)


def _context(arguments: Arguments, values: Values) -> int:
    size = values.size(arguments.value("context") or "0")
    if size > MOST_CONTEXT:
        raise InvalidArgument(f"--context is at most {MOST_CONTEXT} bytes, not {size}")
    return size


def _patterns(
    arguments: Arguments, inferior: Inferior, values: Values, earlier: Earlier | None
) -> tuple[tuple[Pattern, ...], Arch]:
    """The patterns, and what they were read for; with --next alone, those of the search before."""
    texts, file = arguments.positionals, arguments.value("patterns")
    if not texts and file is None and earlier is not None and not any(map(arguments.flag, READING)):
        if any(pattern.type == "yara" for pattern in earlier.search.patterns):
            raise InvalidArgument(
                "the search before was for rules", hint="--next PATTERN looks for a pattern"
            )
        return earlier.search.patterns, earlier.search.arch
    if not texts and file is None:
        raise InvalidArgument("PATTERN is missing")
    if not texts and any(map(arguments.flag, ("type", *SHORT_TYPES))):
        raise InvalidArgument("there is no PATTERN of this type", hint="lines of a file have their own types")
    read = _PatternReader(arguments, inferior, values, earlier if texts else None)
    listed = () if file is None else read_patterns(file, read.listed)
    return (*map(read.pattern, texts), *listed), read.arch


def _positive(name: str, value: int) -> int:
    if value < 1:
        raise InvalidArgument(f"--{name} is at least 1, not {value}")
    return value


class _PatternReader:
    """Reads patterns of one type, as the options say."""

    def __init__(
        self, arguments: Arguments, inferior: Inferior, values: Values, earlier: Earlier | None
    ) -> None:
        self._type = _type(arguments, earlier)
        self._ignore_case = arguments.flag("ignore-case")
        self._inferior, self._values = inferior, values
        arch = inferior.arch if earlier is None else earlier.search.arch
        endian = check_endian(arguments.value("endian") or arch.endian)
        self.arch = Arch(arch.word_size, endian, arch.page_size)

    def pattern(self, text: str) -> Pattern:
        """Return the pattern; PatternError or InvalidArgument for what its type doesn't allow."""
        return self._read(self._type, text, self._ignore_case)

    def listed(self, type_: str, text: str) -> Pattern:
        """Return a pattern of a list, in which there are types without a case too."""
        return self._read(type_, text, self._ignore_case and type_ in CASED)

    def _read(self, type_: str, text: str, ignore_case: bool) -> Pattern:
        if type_ == "expr":
            return Pattern.raw(self._values.content(text), type="expr", shown=text)
        if type_ == "ptr" and text.startswith("@"):
            return self._pointer_into(text)
        evaluate = self._values.address if type_ == "ptr" else self._values.integer
        return Pattern.parse(type_, text, arch=self.arch, ignore_case=ignore_case, evaluate=evaluate)

    def _pointer_into(self, text: str) -> Pattern:
        """A pointer to anywhere in the areas that `@WHERE` names."""
        scope = Scope([read_where(text[1:], self._values)])
        ranges = [piece.range for piece in scope.pieces(self._inferior.areas)]
        if not ranges:
            raise InvalidArgument(f"{text} is in no area, so nothing can point there")
        return replace(Pattern.pointer(ranges=ranges, arch=self.arch), shown=text)


def _type(arguments: Arguments, earlier: Earlier | None) -> str:
    """The type of the patterns: as given, or what the search before was for, or text."""
    given = [name for name in SHORT_TYPES if arguments.flag(name)]
    chosen = arguments.value("type")
    if len(given) + (chosen is not None) > 1:
        raise InvalidArgument("a pattern has one type", hint="give one of -t, -x, -P, -r, -e")
    if given or chosen or earlier is None:
        return given[0] if given else chosen or "str"
    types = {pattern.type for pattern in earlier.search.patterns} - {"yara"} or {"str"}
    if len(types) > 1:
        raise InvalidArgument("the search before was for several types", hint="say which with -t TYPE")
    return types.pop()
