"""pt-image diff: what is different in one memory from another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from ...arch import Arch
from ...images.diff.change import CHANGED, MemoryChange
from ...images.diff.diff import DiffResult, diff
from ...images.diff.sides import Side
from ...images.model.image import LIVE
from ...images.model.snapshot import Snapshot
from ...maps.area import Area
from ...maps.area_map import AreaMap
from ...opening import SymbolsWhereMapped, symbols_of
from ...range_set import RangeSet
from ...render.document import Document, Result
from ...render.fields import (
    ADDRESS,
    BLANK,
    BYTES,
    NAME,
    OFFSET,
    PREVIEW,
    SIZE,
    SYMBOL,
    TEXT,
    Column,
    column,
    counted,
    size_in_words,
)
from ...render.text import Line, Span
from ..shell.context import Context
from ..shell.coverage import coverage_json
from ..shell.options import FILTERS, IN
from ..shell.parse import Arguments
from ..shell.scope import Scope
from ..shell.values import Values
from .basics import asid_of
from .check import preview
from .ranges import Ranges, unreadable_lines
from .sides import side_of
from .two_sided_hexdump import two_sided


def diff_images(context: Context, arguments: Arguments) -> Result:
    """Answer `pt-image diff`."""
    values = Values(context.inferior)
    names, asid = arguments.positionals, asid_of(arguments, values)
    size = values.size(arguments.value("context") or "0")
    by = arguments.value("by") or "address"
    a, b = (side_of(context, name, asid) for name in names)
    scope = _scope(arguments, values, a, b)
    result = diff(
        a,
        b,
        by,
        arch=_arch(context, names[1]),
        select=None if scope is None else scope.areas.__contains__,
        start=values.address(arguments.value("from") or "0"),
        watch=context.watch,
    )
    if scope is not None and by == "address":
        result = result._replace(changes=tuple(_clipped(result, scope.places)))
    ranges = Ranges(result.changes, result.stopped)
    fields, columns = _columns(symbols_of(context.inferior, AreaMap(b.areas)))

    def is_whole() -> bool:
        return ranges.stopped is None and not arguments.flag("from")

    detail = partial(two_sided, a, b, size, by == "file") if size else None
    return Document(
        "ptatlas.diff/1",
        {"a": names[0], "b": names[1], "by": by},
        ranges.rows(fields, columns, detail),
        lambda: {
            "moved": result.moved,
            "stopped": ranges.stopped_json(),
            "coverage": coverage_json(*result.coverage),
        },
        lambda: [
            *_notes(result, ranges.found, is_whole()),
            *ranges.stopped_lines(),
        ],
        lambda: bool(result.changes),
        ranges.cut,
    )


def _arch(context: Context, name: str) -> Arch:
    image = None if name == LIVE else context.session.images[name]
    if isinstance(image, Snapshot):
        return image.circumstances.arch
    return context.inferior.arch if context.inferior else Arch()


class _Chosen:
    """The areas of a scope on either side, and the places that they cover."""

    def __init__(self, areas: list[Area]) -> None:
        self.areas = frozenset(areas)
        self.places = RangeSet(area.range for area in areas)


def _scope(arguments: Arguments, values: Values, a: Side, b: Side) -> _Chosen | None:
    """Return what the scope's options choose of either side; None where there are none."""
    if not any(arguments.flag(option.name) for option in (IN, *FILTERS)):
        return None
    both = sorted({*a.areas, *b.areas}, key=lambda area: area[:2])
    return _Chosen(Scope.of(arguments, arguments.all("in"), values).areas(both))


def _clipped(result: DiffResult, places: RangeSet) -> Iterator[MemoryChange]:
    """Yield the changes that lie in the places, at least in part."""
    return (change for change in result.changes if any(places.within(change.start, change.end)))


def _columns(symbols: SymbolsWhereMapped | None) -> tuple[tuple[Column, ...], tuple[Column, ...]]:
    def symbol(item: MemoryChange) -> str | None:
        found = symbols.symbol_at(item.start) if symbols else None
        return str(found) if found else None

    start, end = column("start", ADDRESS), column("end", ADDRESS)
    change, size = column("change", TEXT), Column("size", SIZE, lambda item: item.end - item.start)
    area = Column("area", NAME, lambda item: item.area.path or item.area.kind)
    fields = (
        start,
        end,
        area,
        column("path", NAME),
        column("file_offset", OFFSET),
        Column("symbol", SYMBOL, symbol),
        change,
        Column("cause", TEXT, lambda _item: None),
        Column("expected", BYTES, partial(_content, "before")),
        Column("actual", BYTES, partial(_content, "after")),
        Column("note", TEXT, lambda item: item.note or BLANK),
    )
    columns = (
        start,
        size,
        change,
        Column("before", PREVIEW, partial(_shown, "before")),
        Column("after", PREVIEW, partial(_shown, "after")),
        Column("symbol", SYMBOL, lambda item: symbol(item) or ""),
        area,
    )
    return fields, columns


def _content(side: str, item: MemoryChange) -> bytes | None:
    content: bytes = getattr(item, side)
    return content if item.change == CHANGED else None


def _shown(side: str, item: MemoryChange) -> object:
    content = _content(side, item)
    return BLANK if content is None else preview(content)


def _notes(result: DiffResult, found: Sequence[MemoryChange], is_whole: bool) -> Iterator[Line]:
    coverage = result.coverage
    parts = []
    for name in dict.fromkeys(item.change for item in found):
        sizes = [item.end - item.start for item in found if item.change == name]
        parts.append(f"{counted(len(sizes), 'range')} {name} ({size_in_words(sum(sizes))})")
    text = f"{', '.join(parts) or 'no difference'} in {size_in_words(coverage.searched)} compared"
    left_out = "on one side only or not taken" if is_whole else "not looked at or on one side only"
    asides = {"never touched": coverage.never_touched, left_out: coverage.left_out}
    text += "".join(f"; {size_in_words(size)} {name}" for name, size in asides.items() if size)
    yield (Span(text, "note"),)
    if result.moved:
        text = (
            f"{counted(result.moved, 'word')} that only moved with what they point to, or by the run's guards"
        )
        yield (Span(f"equal but for that: {text}", "note"),)
    for note in dict.fromkeys(item.note for item in found if item.note):
        starts = ", ".join(f"{item.start:#x}" for item in found if item.note == note)
        yield (Span(f"{starts}: {note}", "note"),)
    yield from unreadable_lines(coverage)
