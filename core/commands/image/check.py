"""pt-image check: where memory is not what the mapped files, or an image, say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ...images.check.changed_files import ChangedFile
from ...images.check.check import CheckResult, Unfit, check
from ...images.check.difference import Difference
from ...images.mapped.backing import without_deleted
from ...images.mapped.displaced import Displaced
from ...images.mapped.load import LeftOut
from ...images.mapped.load import load_image as load
from ...images.mapped.mapped_files import MappedFiles
from ...images.model.image import Image, ImageReader
from ...images.model.not_compared import IN_NO_FILE, IN_NO_IMAGE, NOT_DUMPED
from ...inferior import Inferior
from ...maps.area import Area
from ...render.document import Result
from ...render.escape import visible
from ...render.fields import TEXT, column, counted, size_in_words
from ...render.text import Line, note, warning
from ...walk.coverage import ABSENT
from ..shell.context import Context, image_of
from ..shell.coverage import coverage_json
from ..shell.parse import Arguments
from ..shell.scope import Scope
from ..shell.undecided import Undecided
from ..shell.values import Values
from .basics import asid_of
from .displaced import displaced_in, displaced_json, displaced_lines
from .instructions import CodeAround
from .not_compared import asides, compared_json, nothing_compared
from .ranges import (
    PATH_COLUMN,
    SIZE_COLUMN,
    START_COLUMN,
    SYMBOL_COLUMN,
    RangeRow,
    RangesAnswer,
    counts_in_words,
    counts_of,
    preview_columns,
    size_of,
    symbol_at,
    unreadable_lines,
)
from .summed import BothSides, SummedRows
from .unproven import unproven_json, unproven_lines

NEWER = "was written after the process began"


def check_image(context: Context, arguments: Arguments) -> Result:
    """Answer `pt-image check`."""
    inferior, values = context.process, Values(context.inferior)
    files = inferior.mapped_files()
    scope = Scope.of(arguments, arguments.all("in"), values)
    areas = _areas(inferior, scope, files)
    image, left_out = _image(context, inferior, areas, arguments, files)
    asid = asid_of(arguments, values)
    ranges = [area.range for area in areas]
    result = check(
        image,
        inferior.memory.still(ranges, context.watch),
        areas,
        files=files,
        raw=inferior.memory.still_raw(ranges, context.watch),
        untouched=inferior.target.untouched,
        absent=inferior.target.absent,
        reasons=inferior.target.reasons,
        asid=asid,
        start=values.address(arguments.value("from") or "0"),
        watch=context.watch,
    )
    result = result._replace(unfit=tuple(_unfit(result, left_out)))
    expected = ImageReader(image, asid)
    displaced = () if arguments.positionals else displaced_in(files, areas)
    is_code = not scope.is_limited
    about = Checked(image, expected, files, displaced, arguments.all("cause"), is_code)
    answer = CheckAnswer(inferior, about, result, not arguments.flag("from"))
    return Undecided.of(scope, inferior.areas).told_in(answer.document())


class Checked(NamedTuple):
    """What was compared: all code and no more, if `is_code`; `causes` are those that are told, none: all."""

    image: Image
    expected: ImageReader
    files: MappedFiles
    displaced: Sequence[Displaced]
    causes: Sequence[str]
    is_code: bool


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

    def __init__(self, inferior: Inferior, about: Checked, result: CheckResult, is_from_start: bool) -> None:
        chosen = [item for item in result.differences if not about.causes or item.cause in about.causes]
        self._code = (
            CodeAround(inferior, about.expected, about.files) if inferior.target.disassembler else None
        )
        super().__init__(chosen, result.stopped, is_from_start, self._code)
        self._inferior, self._about, self._result = inferior, about, result

    def head(self) -> Mapping[str, Any]:
        """Return what was compared with what."""
        return {"image": self._about.image.name, "source": self._inferior.memory.source}

    def row(self, item: Difference) -> RangeRow:
        """Return the difference as a document has it."""
        return self._named(item, symbol_at(self._inferior.target.symbols, item.start))

    def _named(self, item: Difference, symbol: str | None) -> RangeRow:
        return RangeRow(
            item,
            area=item.area.path,
            symbol=symbol,
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
            **unproven_json(self._about.files.unproven),
            "displaced": displaced_json(self._about.displaced),
            "causes": counts_of(self._result.differences, _cause_of),
            **compared_json(self._result.coverage.searched, self._result.not_compared),
            "coverage": coverage_json(*self._result.coverage),
        }

    def table(self, ranges: Sequence[Difference]) -> Sequence[RangeRow]:
        """Return the rows of a table: data in whole words, summed by symbol."""
        symbols, word_size = self._inferior.target.symbols, self._inferior.arch.word_size
        sides = BothSides.of(self._about.expected, self._inferior.memory)
        return SummedRows(self._named, self._is_data, sides, symbols, word_size).rows(ranges)

    def _is_data(self, area: Area) -> bool:
        return not self._about.files.may_be_code(area)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was compared at all."""
        return not self._result.coverage.searched

    def notes(self) -> Iterator[Line]:
        """Yield what a table ends with."""
        yield from self._code.notes() if self._code else ()
        yield self._summary()
        for text, found in self.by_note().items():
            yield note(f"{counted(len(found), 'unknown range')} ({size_in_words(size_of(found))}) {text}")
        yield from map(_unfit_line, () if self.is_empty else self._result.unfit)
        yield from unproven_lines(self._about.files.unproven)
        yield from displaced_lines(self._about.displaced)
        yield from map(_doubtful_line, self._result.doubtful)
        yield from unreadable_lines(() if self.is_empty else self._result.coverage.unreadable)
        yield from self.stopped_lines()

    def _summary(self) -> Line:
        coverage, size = self._result.coverage, size_of(self._result.differences)
        left = self._result.not_compared
        if self.is_empty:
            return warning(nothing_compared(left, self._reasons()))
        count = f"{counted(len(self._result.differences), 'difference')} ({size_in_words(size)})"
        text = f"{count if size else 'no difference'} in {size_in_words(coverage.searched)} compared"
        kinds = counts_of(self._result.differences, _cause_of)
        is_told = len(kinds) > 1 or (kinds and self._about.causes)
        text += f"; {counts_in_words(kinds)}" if is_told else ""
        if coverage.left_out:
            parts = list(asides(left, {each.why for each in coverage.unreadable}))
            text += f"; left out: {', '.join(parts)}" if parts else ""
        return note(text)

    def _reasons(self) -> dict[str, str]:
        """Return words for the reasons why nothing was compared."""
        what = "no code" if self._about.is_code else "none of it"
        return {
            NOT_DUMPED: f"the core holds {what}",
            ABSENT: f"the core holds {what}",
            IN_NO_FILE: "no file is mapped there",
            IN_NO_IMAGE: "the image has nothing there",
        }


def _cause_of(item: Difference) -> str:
    return item.cause


def _areas(inferior: Inferior, scope: Scope, files: MappedFiles) -> list[Area]:
    """Return the areas of the scope; where none is given, those that are executable or may be."""
    if not scope.is_limited:
        return [area for area in inferior.areas if files.may_be_code(area)]
    if not files.displaced:
        return scope.areas(inferior.areas)
    # What stands in the place of a module's code is meant by the module's name too.
    names = {each.area: each.placed.path for each in files.displaced}
    by_name = {area.range: area for area in inferior.areas}
    renamed = [area._replace(path=names[area]) if area in names else area for area in inferior.areas]
    ranges = {area.range for chosen in (inferior.areas, renamed) for area in scope.areas(chosen)}
    return [by_name[each] for each in sorted(ranges)]


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
