"""pt-find: where a value, text, pointer or pattern lies."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple, Optional

from ..arch import Arch
from ..errors import InvalidArgument
from ..images.coverage import LEFT_OUT
from ..images.image import LIVE
from ..inferior import Inferior
from ..render.document import Document, Result, Rows
from ..search.pattern import Pattern
from .context import Context
from .coverage import Report
from .find_spec import SHORT_TYPES
from .found import Found, by_area_columns, context_of, hit_columns, hit_fields
from .parse import Arguments
from .scope import Scope, read_where
from .values import Values

SCHEMA = "ptatlas.find/1"
TABLE_LIMIT = 100


class Wanted(NamedTuple):
    """What a search is for and how: read from the arguments once."""

    patterns: tuple[Pattern, ...]
    align: Optional[int]
    limit: int
    start: Optional[int]
    context: int


def find(context: Context, arguments: Arguments) -> Result:
    """Answer pt-find."""
    inferior = _searched(context, arguments)
    values = Values(context.inferior)
    wanted = _wanted(arguments, inferior, values)
    scope = Scope.of(arguments, arguments.all("in"), values).pieces(inferior.areas)
    report = Report.of(scope, () if arguments.flag("all") else LEFT_OUT)
    search = inferior.find(
        wanted.patterns,
        report.readable,
        align=wanted.align,
        limit=wanted.limit or None,
        start=wanted.start,
        interrupted=context.interrupted,
    )
    report.watch(search)
    found = Found(inferior, search, wanted.patterns, context.interrupted)
    rows = _counts(found) if arguments.flag("count") else _hits(found, wanted)
    return Document(
        SCHEMA,
        {**_pattern_json(wanted.patterns), "source": search.source},
        rows,
        lambda: {"count": found.count, **report.json()},
        partial(report.lines, found),
        lambda: found.count > 0,
        None if arguments.flag("count") else found.stop,
    )


def _searched(context: Context, arguments: Arguments) -> Inferior:
    """What is searched: the inferior, or the image that --image names in its place."""
    name = arguments.value("image")
    if name is None or name == LIVE:
        return context.require_process()
    # These are for images only, and the inferior is what is searched nearly always.
    from .image_calls import image_of
    from .image_sides import as_inferior

    return as_inferior(image_of(context.session, name), context.inferior)


def _hits(found: Found, wanted: Wanted) -> Rows:
    several = len(wanted.patterns) > 1
    detail = partial(context_of, found, wanted.context) if wanted.context else None
    return Rows("hits", found.hits(), hit_fields(several), hit_columns(several), detail, empty="")


def _counts(found: Found) -> Rows:
    columns = by_area_columns()
    return Rows("areas", found.by_area(), columns, columns, empty="")


def _pattern_json(patterns: tuple[Pattern, ...]) -> dict[str, Any]:
    if len(patterns) == 1:
        return {"pattern": patterns[0].describe()}
    return {"patterns": [pattern.describe() for pattern in patterns]}


def _wanted(arguments: Arguments, inferior: Inferior, values: Values) -> Wanted:
    read = _PatternReader(arguments, inferior, values)
    align, start = arguments.value("align"), arguments.value("from")
    limit = arguments.value("limit")
    is_table = arguments.format == "table" and not arguments.flag("count")
    return Wanted(
        tuple(map(read.pattern, arguments.positionals)),
        None if align is None else _positive("align", values.size(align)),
        (TABLE_LIMIT if is_table else 0) if limit is None else values.size(limit),
        None if start is None else values.address(start),
        values.size(arguments.value("context") or "0"),
    )


def _positive(name: str, value: int) -> int:
    if value < 1:
        raise InvalidArgument(f"--{name} is at least 1, not {value}")
    return value


class _PatternReader:
    """Reads patterns of one type, as the options say."""

    def __init__(self, arguments: Arguments, inferior: Inferior, values: Values) -> None:
        self._type = _type(arguments)
        self._ignore_case = arguments.flag("ignore-case")
        self._inferior, self._values = inferior, values
        arch = inferior.arch
        self._arch = Arch(arch.word_size, arguments.value("endian") or arch.endian, arch.page_size)

    def pattern(self, text: str) -> Pattern:
        """Return the pattern; PatternError or InvalidArgument for what its type doesn't allow."""
        if self._type == "expr":
            return Pattern.raw(self._values.content(text), type="expr", shown=text)
        if self._type == "ptr" and text.startswith("@"):
            return self._pointer_into(text)
        evaluate = self._values.address if self._type == "ptr" else self._values.integer
        return Pattern.parse(
            self._type, text, arch=self._arch, ignore_case=self._ignore_case, evaluate=evaluate
        )

    def _pointer_into(self, text: str) -> Pattern:
        """A pointer to anywhere in the areas that `@WHERE` names."""
        scope = Scope([read_where(text[1:], self._values)])
        ranges = [piece.range for piece in scope.pieces(self._inferior.areas)]
        if not ranges:
            raise InvalidArgument(f"{text} is in no area, so nothing can point there")
        return replace(Pattern.pointer(ranges=ranges, arch=self._arch), shown=text)


def _type(arguments: Arguments) -> str:
    given = [name for name in SHORT_TYPES if arguments.flag(name)]
    chosen = arguments.value("type")
    if len(given) + (chosen is not None) > 1:
        raise InvalidArgument("a pattern has one type", hint="give one of -t, -x, -P, -r, -e")
    return given[0] if given else chosen or "str"
