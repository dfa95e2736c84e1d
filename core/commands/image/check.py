"""pt-image check: where memory is not what the mapped files, or an image, say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ...images.check.changed_files import ChangedFile
from ...images.check.check import CheckResult, Unfit, check
from ...images.check.difference import Difference
from ...images.mapped.backing import without_deleted
from ...images.mapped.load import LeftOut
from ...images.mapped.load import load_image as load
from ...images.mapped.mapped_files import MappedFiles
from ...images.model.image import Image, ImageReader
from ...inferior import Inferior
from ...maps.area import Area
from ...render.document import Result
from ...render.escape import visible
from ...render.fields import TEXT, column, counted, size_in_words
from ...render.text import Line, note, warning
from ..shell.context import Context, image_of
from ..shell.coverage import coverage_json
from ..shell.parse import Arguments
from ..shell.scope import Scope
from ..shell.values import Values
from .basics import asid_of
from .instructions import CodeAround
from .ranges import (
    PATH_COLUMN,
    SIZE_COLUMN,
    START_COLUMN,
    SYMBOL_COLUMN,
    RangeRow,
    RangesAnswer,
    preview_columns,
    size_of,
    symbol_at,
    unreadable_lines,
)

NEWER = "was written after the process began"


def check_image(context: Context, arguments: Arguments) -> Result:
    """Answer `pt-image check`."""
    inferior, values = context.process, Values(context.inferior)
    files = inferior.mapped_files()
    areas = _areas(inferior, arguments, values, files)
    image, left_out = _image(context, inferior, areas, arguments, files)
    asid = asid_of(arguments, values)
    result = check(
        image,
        inferior.memory,
        areas,
        files=files,
        raw=inferior.target.raw,
        absent=inferior.target.absent,
        asid=asid,
        start=values.address(arguments.value("from") or "0"),
        watch=context.watch,
    )
    result = result._replace(unfit=tuple(_unfit(result, left_out)))
    expected = ImageReader(image, asid)
    code = CodeAround(inferior, expected, files) if inferior.target.disassembler else None
    return CheckAnswer(inferior, image, result, not arguments.flag("from"), code).document()


class CheckAnswer(RangesAnswer[Difference]):
    """Where memory differs from an image: the ranges, the files that don't count, what was compared."""

    schema = "ptatlas.check/1"
    columns = (
        START_COLUMN,
        SIZE_COLUMN,
        column("cause", TEXT),
        *preview_columns("expected", "actual"),
        SYMBOL_COLUMN,
        PATH_COLUMN,
    )

    def __init__(
        self,
        inferior: Inferior,
        image: Image,
        result: CheckResult,
        is_from_start: bool,
        code: CodeAround | None,
    ) -> None:
        super().__init__(result.differences, result.stopped, is_from_start, code)
        self._inferior, self._image, self._result, self._code = inferior, image, result, code

    def head(self) -> Mapping[str, Any]:
        """Return what was compared with what."""
        return {"image": self._image.name, "source": self._inferior.memory.source}

    def row(self, item: Difference) -> RangeRow:
        """Return the difference as a document has it."""
        return RangeRow(
            item,
            area=item.area.path,
            symbol=symbol_at(self._inferior.target.symbols, item.start),
            change="changed",
            cause=item.cause,
            expected=item.expected,
            actual=item.actual,
        )

    def tail(self) -> Mapping[str, Any]:
        """Return how far it came, and which files don't count, or not wholly."""
        return {
            "stopped": self.stopped_json(),
            "unfit": [{"path": item.path, "why": item.why} for item in self._result.unfit],
            "doubtful": [
                {"path": item.path, "why": NEWER, "differences": item.differences, "listed": item.is_listed}
                for item in self._result.doubtful
            ],
            "coverage": coverage_json(*self._result.coverage),
        }

    def notes(self) -> Iterator[Line]:
        """Yield what a table ends with."""
        yield from self._code.notes() if self._code else ()
        yield self._summary()
        for text, found in self.by_note().items():
            yield note(f"{counted(len(found), 'unknown range')} ({size_in_words(size_of(found))}) {text}")
        yield from map(_unfit_line, self._result.unfit)
        yield from map(_doubtful_line, self._result.doubtful)
        yield from unreadable_lines(self._result.coverage.unreadable)
        yield from self.stopped_lines()

    def _summary(self) -> Line:
        coverage, size = self._result.coverage, size_of(self.ranges)
        count = f"{counted(len(self.ranges), 'difference')} ({size_in_words(size)})"
        text = f"{count if size else 'no difference'} in {size_in_words(coverage.searched)} compared"
        if coverage.left_out:
            why = "being in no file or not dumped" if self.is_whole else "most of it not looked at"
            text += f"; {size_in_words(coverage.left_out)} left out, {why}"
        return note(text)


def _areas(inferior: Inferior, arguments: Arguments, values: Values, files: MappedFiles) -> list[Area]:
    """Return the areas of the scope; where none is given, those that are executable or may be."""
    scope = Scope.of(arguments, arguments.all("in"), values)
    areas = scope.areas(inferior.areas)
    return areas if scope.is_limited else list(filter(files.may_be_code, areas))


def _image(
    context: Context, inferior: Inferior, areas: list[Area], arguments: Arguments, files: MappedFiles
) -> tuple[Image, tuple[LeftOut, ...]]:
    if arguments.positionals:
        return image_of(context.session, arguments.positionals[0]), ()
    paths = {area.path for area in areas}
    whole = [area for area in inferior.areas if area.path in paths]
    loaded = load(None, whole, files)
    return loaded.image, tuple(item for item in loaded.left_out if item.area in areas)


def _unfit(result: CheckResult, left_out: Iterable[LeftOut]) -> Iterator[Unfit]:
    """Yield the files that weren't compared, also those that couldn't be taken into the image."""
    yield from result.unfit
    areas: dict[tuple[str, str], list[Area]] = {}
    for item in left_out:
        areas.setdefault((without_deleted(item.area.path), item.why), []).append(item.area)
    for path, why in sorted(areas.keys() - {item[:2] for item in result.unfit}):
        yield Unfit(path, why, tuple(areas[path, why]))


def _unfit_line(item: Unfit) -> Line:
    size = size_in_words(sum(area.size for area in item.areas))
    return warning(f"not compared: {visible(item.path)} {visible(item.why)} ({size})")


def _doubtful_line(item: ChangedFile) -> Line:
    count = counted(item.differences, "difference")
    listed = "" if item.is_listed else ", not listed,"
    more = f": {count} of unknown cause{listed} may be that" if item.differences else ""
    return warning(f"{visible(item.path)} {NEWER}{more}")
