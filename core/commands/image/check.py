"""pt-image check: where memory is not what the mapped files, or an image, say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ...images.check.changed_files import ChangedFile
from ...images.check.check import CheckResult, Unfit, check
from ...images.check.difference import Difference
from ...images.mapped.backing import without_deleted
from ...images.mapped.code_areas import CodeAreas
from ...images.mapped.load import LeftOut
from ...images.mapped.load import load_image as load
from ...images.model.image import Image, ImageReader
from ...inferior import Inferior
from ...maps.area import Area
from ...render.document import Document, Result
from ...render.escape import visible
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
from ..shell.context import Context, image_of
from ..shell.coverage import coverage_json
from ..shell.options import FILTERS, IN
from ..shell.parse import Arguments
from ..shell.scope import Scope
from ..shell.values import Values
from .basics import asid_of
from .instructions import CodeAround
from .ranges import Ranges, unreadable_lines

SHOWN_BYTES = 12
NEWER = "was written after the process began"


def check_image(context: Context, arguments: Arguments) -> Result:
    """Answer `pt-image check`."""
    inferior, values = context.process, Values(context.inferior)
    code_areas = CodeAreas()
    areas = _areas(inferior, arguments, values, code_areas)
    image, left_out = _image(context, inferior, areas, arguments)
    asid = asid_of(arguments, values)
    result = check(
        image,
        inferior.memory,
        areas,
        raw=inferior.target.raw,
        mapped=inferior.areas,
        absent=inferior.target.absent,
        asid=asid,
        as_of=inferior.target.as_of,
        began=inferior.target.began,
        start=values.address(arguments.value("from") or "0"),
        watch=context.watch,
    )
    result = result._replace(unfit=tuple(_unfit(result, left_out)))
    ranges = Ranges(result.differences, result.stopped)
    fields, columns = _columns(inferior)
    code = (
        CodeAround(inferior, ImageReader(image, asid), code_areas) if inferior.target.disassembler else None
    )
    return Document(
        "ptatlas.check/1",
        {"image": image.name, "source": inferior.memory.source},
        ranges.rows(fields, columns, code),
        lambda: {"stopped": ranges.stopped_json(), **_tail(result)},
        lambda: [
            *(code.notes() if code else ()),
            *_notes(result, ranges.found, ranges.stopped is None and not arguments.flag("from")),
            *ranges.stopped_lines(),
        ],
        lambda: bool(result.differences),
        ranges.cut,
    )


def _areas(inferior: Inferior, arguments: Arguments, values: Values, code: CodeAreas) -> list[Area]:
    """The areas of the scope; where none is given, those that are executable or may be."""
    areas = Scope.of(arguments, arguments.all("in"), values).areas(inferior.areas)
    is_scoped = any(arguments.flag(option.name) for option in (IN, *FILTERS))
    return areas if is_scoped else list(filter(code.may_be, areas))


def _image(
    context: Context, inferior: Inferior, areas: list[Area], arguments: Arguments
) -> tuple[Image, tuple[LeftOut, ...]]:
    if arguments.positionals:
        return image_of(context.session, arguments.positionals[0]), ()
    paths = {area.path for area in areas}
    whole = [area for area in inferior.areas if area.path in paths]
    loaded = load(None, whole, reader=inferior.memory, as_of=inferior.target.as_of)
    return loaded.image, tuple(item for item in loaded.left_out if item.area in areas)


def _unfit(result: CheckResult, left_out: Iterable[LeftOut]) -> Iterator[Unfit]:
    """Yield the files that weren't compared, also those that couldn't be taken into the image."""
    yield from result.unfit
    areas: dict[tuple[str, str], list[Area]] = {}
    for item in left_out:
        areas.setdefault((without_deleted(item.area.path), item.why), []).append(item.area)
    for path, why in sorted(areas.keys() - {item[:2] for item in result.unfit}):
        yield Unfit(path, why, tuple(areas[path, why]))


def _columns(inferior: Inferior) -> tuple[tuple[Column, ...], tuple[Column, ...]]:
    def symbol(item: Difference) -> str | None:
        symbols = inferior.target.symbols
        found = symbols.symbol_at(item.start) if symbols else None
        return str(found) if found else None

    start, end = column("start", ADDRESS), column("end", ADDRESS)
    cause, path = column("cause", TEXT), column("path", NAME)
    fields = (
        start,
        end,
        Column("area", NAME, lambda item: item.area.path),
        path,
        column("file_offset", OFFSET),
        Column("symbol", SYMBOL, symbol),
        Column("change", TEXT, lambda _item: "changed"),
        cause,
        column("expected", BYTES),
        column("actual", BYTES),
        Column("note", TEXT, lambda item: item.note or BLANK),
    )
    columns = (
        start,
        Column("size", SIZE, lambda item: item.end - item.start),
        cause,
        Column("expected", PREVIEW, lambda item: preview(item.expected)),
        Column("actual", PREVIEW, lambda item: preview(item.actual)),
        Column("symbol", SYMBOL, lambda item: symbol(item) or ""),
        path,
    )
    return fields, columns


def preview(content: bytes) -> str:
    """The first bytes in hexadecimal, as a table shows them."""
    return content[:SHOWN_BYTES].hex() + ("…" if len(content) > SHOWN_BYTES else "")


def _tail(result: CheckResult) -> dict[str, object]:
    return {
        "unfit": [{"path": item.path, "why": item.why} for item in result.unfit],
        "doubtful": [
            {"path": item.path, "why": NEWER, "differences": item.differences, "listed": item.is_listed}
            for item in result.doubtful
        ],
        "coverage": coverage_json(*result.coverage),
    }


def _notes(result: CheckResult, found: Sequence[Difference], is_whole: bool) -> Iterator[Line]:
    coverage = result.coverage
    differing = sum(item.end - item.start for item in found)
    count = f"{counted(len(found), 'difference')} ({size_in_words(differing)})"
    text = f"{count if differing else 'no difference'} in {size_in_words(coverage.searched)} compared"
    if coverage.left_out:
        why = "being in no file or not dumped" if is_whole else "most of it not looked at"
        text += f"; {size_in_words(coverage.left_out)} left out, {why}"
    yield (Span(text, "note"),)
    for note in dict.fromkeys(item.note for item in found if item.note):
        noted = [item.end - item.start for item in found if item.note == note]
        yield (Span(f"{counted(len(noted), 'unknown range')} ({size_in_words(sum(noted))}) {note}", "note"),)
    for item in result.unfit:
        yield _unfit_line(item)
    for doubt in result.doubtful:
        yield _doubtful_line(doubt)
    yield from unreadable_lines(coverage)


def _unfit_line(item: Unfit) -> Line:
    size = size_in_words(sum(area.size for area in item.areas))
    return (Span(f"not compared: {visible(item.path)} {visible(item.why)} ({size})", "warning"),)


def _doubtful_line(item: ChangedFile) -> Line:
    count = counted(item.differences, "difference")
    listed = "" if item.is_listed else ", not listed,"
    more = f": {count} of unknown cause{listed} may be that" if item.differences else ""
    return (Span(f"{visible(item.path)} {NEWER}{more}", "warning"),)
