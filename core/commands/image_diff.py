"""pt-image diff: what is different in one memory from another."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Optional

from ..arch import Arch
from ..images.diff import CHANGED, Change, DiffResult, diff
from ..images.image import LIVE
from ..images.sides import Side
from ..images.snapshot import Snapshot
from ..maps.area import Area
from ..maps.area_map import AreaMap
from ..render.document import Document, Result, Rows
from ..render.fields import (
    ADDRESS,
    BLANK,
    BYTES,
    NAME,
    OFFSET,
    SIZE,
    SYMBOL,
    TEXT,
    Column,
    column,
    counted,
    size_in_words,
)
from ..render.text import Line, Span
from ..sources.range_set import RangeSet
from .common import FILTERS, IN
from .context import Context
from .coverage import SHOWN, coverage_json
from .image_calls import asid_of
from .image_check import preview
from .image_sides import SymbolsWhereMapped, side_of, symbols_of
from .parse import Arguments
from .scope import Scope
from .two_sided import two_sided
from .values import Values


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
        select=None if scope is None else partial(_is_chosen, scope, by),
        interrupted=context.interrupted,
    )
    if scope is not None and by == "address":
        result = result._replace(changes=tuple(_clipped(result, scope.places)))
    fields, columns = _columns(symbols_of(context.inferior, AreaMap(b.areas)))
    detail = partial(two_sided, a, b, size, by == "file") if size else None
    return Document(
        "ptatlas.diff/1",
        {"a": names[0], "b": names[1], "by": by},
        Rows("ranges", result.changes, fields, columns, detail, empty=""),
        lambda: _tail(result),
        lambda: _notes(result),
        lambda: bool(result.changes),
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


def _scope(arguments: Arguments, values: Values, a: Side, b: Side) -> Optional[_Chosen]:
    """Return what the scope's options choose of either side; None where there are none."""
    if not any(arguments.flag(option.name) for option in (IN, *FILTERS)):
        return None
    both = sorted({*a.areas, *b.areas}, key=lambda area: area[:2])
    return _Chosen(Scope.of(arguments, arguments.all("in"), values).areas(both))


def _is_chosen(chosen: _Chosen, by: str, area: Area) -> bool:
    """Tell whether an area counts: by address, also where only the other side knows that it is chosen."""
    return area in chosen.areas or (by == "address" and any(chosen.places.within(area.start, area.end)))


def _clipped(result: DiffResult, places: RangeSet) -> Iterator[Change]:
    """Yield the changes that lie in the places, at least in part."""
    return (change for change in result.changes if any(places.within(change.start, change.end)))


def _columns(symbols: Optional[SymbolsWhereMapped]) -> tuple[tuple[Column, ...], tuple[Column, ...]]:
    def symbol(item: Change) -> Optional[str]:
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
    )
    columns = (
        start,
        size,
        change,
        Column("before", TEXT, partial(_shown, "before")),
        Column("after", TEXT, partial(_shown, "after")),
        Column("symbol", SYMBOL, lambda item: symbol(item) or ""),
        area,
    )
    return fields, columns


def _content(side: str, item: Change) -> Optional[bytes]:
    content: bytes = getattr(item, side)
    return content if item.change == CHANGED else None


def _shown(side: str, item: Change) -> object:
    content = _content(side, item)
    return BLANK if content is None else preview(content)


def _tail(result: DiffResult) -> dict[str, object]:
    stopped = None if result.stopped is None else {"why": "interrupted", "from": f"{result.stopped:#x}"}
    return {"moved": result.moved, "stopped": stopped, "coverage": coverage_json(*result.coverage)}


def _notes(result: DiffResult) -> Iterator[Line]:
    coverage = result.coverage
    parts = []
    for name in dict.fromkeys(item.change for item in result.changes):
        sizes = [item.end - item.start for item in result.changes if item.change == name]
        parts.append(f"{counted(len(sizes), 'range')} {name} ({size_in_words(sum(sizes))})")
    text = f"{', '.join(parts) or 'no difference'} in {size_in_words(coverage.searched)} compared"
    asides = {"never touched": coverage.never_touched, "on one side only or not taken": coverage.left_out}
    text += "".join(f"; {size_in_words(size)} {name}" for name, size in asides.items() if size)
    yield (Span(text, "note"),)
    if result.moved:
        text = (
            f"{counted(result.moved, 'word')} that only moved with what they point to, or by the run's guards"
        )
        yield (Span(f"equal but for that: {text}", "note"),)
    for start, end, why in coverage.unreadable[:SHOWN]:
        yield (Span(f"not compared: {start:#x}..{end:#x} ({why})", "warning"),)
    if len(coverage.unreadable) > SHOWN:
        more = counted(len(coverage.unreadable) - SHOWN, "more range")
        yield (Span(f"not compared: {more}; --json lists them", "warning"),)
    if result.stopped is not None:
        yield (Span(f"interrupted; go on with --in {result.stopped:#x}..", "warning"),)
