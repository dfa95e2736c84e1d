"""The areas as a table or a document, with the gaps between them and where an address lies."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from ...inferior import Inferior
from ...maps.area import Area
from ...maps.holes import holes
from ...owners.owners import Owners, owners_of
from ...owners.proofs import Proofs
from ...ranges import Range
from ...render.document import Document, Rows
from ...render.fields import BLANK, Column, counted, hexadecimal, size_in_words
from ...render.text import Line, note, warning
from ..shell.parse import Arguments
from .columns import DEFAULT, FIELDS, OWNER, RESIDENT, Residencies, area_columns, residency_of, resident_total
from .folding import FoldedRow, folded, with_sizes
from .locate import Location
from .marks import Marks, marks_of
from .owner_columns import with_owners


def listing(
    schema: str,
    head: Mapping[str, Any],
    inferior: Inferior,
    areas: list[Area],
    place: Location | None,
    arguments: Arguments,
) -> Document:
    """Return these areas in the order and with the columns that the arguments say."""
    names = _column_names(inferior, arguments)
    residency = residency_of(inferior, (*names, arguments.value("sort") or "start"))
    proofs = Proofs(inferior)
    owners = owners_of(proofs, areas)
    marks = marks_of(inferior, proofs) if arguments.flag("marks") else None
    order = _order(arguments.value("sort") or "start", residency)
    gaps = list(_gaps(inferior, areas)) if arguments.flag("gaps") else None
    in_order = sorted(areas, key=order)
    shown: list[Any] = in_order
    if _may_fold(arguments, names):
        also = partial(_also_shown, owners, marks)
        shown = folded(in_order, inferior.areas, touching=gaps is not None, also=also)
    runs = [row for row in shown if isinstance(row, FoldedRow)] if len(shown) < len(areas) else []
    if gaps:
        shown = sorted([*shown, *map(GapRow, gaps)], key=order)
    columns = area_columns(names, residency, owners)
    resident = [name for name in names if name in RESIDENT] if residency else []
    rows = Rows(
        "areas",
        in_order,
        _fields(names, residency, owners, marks),
        with_owners(with_sizes(columns) if runs else columns, owners),
        detail=None if marks is None else marks.detail,
        shown=[*shown, TotalRow(areas)] if resident and len(shown) > 1 else shown,
        empty="no areas",
    )
    return Document.known(
        schema,
        head,
        rows,
        _notes(inferior, areas, place, arguments, runs, marks),
        tail=_tail(
            areas, gaps, place, {name: resident_total(areas, residency, name) for name in resident}, marks
        ),
        found=bool(areas),
    )


def _may_fold(arguments: Arguments, names: Sequence[str]) -> bool:
    """Return whether equal neighbours become one row: in order of address, if all that is shown is equal."""
    in_order = (arguments.value("sort") or "start") == "start"
    return in_order and not arguments.flag("all") and "vmflags" not in names


def _also_shown(owners: Owners, marks: Marks | None, area: Area) -> object:
    return owners.get(area), None if marks is None else marks.inside.get(area)


def _fields(
    names: Sequence[str], residency: Residencies, owners: Owners, marks: Marks | None
) -> list[Column]:
    """Return what documents say of an area: its owner where there is one, and its marks if asked for."""
    wanted = dict.fromkeys((*FIELDS, *names, *([OWNER] if owners else ())))
    return [*area_columns(list(wanted), residency, owners), *([marks.column()] if marks else ())]


def _column_names(inferior: Inferior, arguments: Arguments) -> list[str]:
    names = (arguments.value("columns") or ",".join(DEFAULT)).split(",")
    if arguments.flag("rss") and inferior.target.residency is not None:
        at = names.index("path") if names[-1:] == ["path"] else len(names)
        names[at:at] = [name for name in RESIDENT if name not in names]
    return names


def _order(name: str, residency: Residencies) -> Callable[[Any], Any]:
    """Return the key that rows are sorted by; the largest come first."""
    orders: dict[str, Callable[[Any], Any]] = {
        "start": lambda row: row.start,
        "size": lambda row: (-row.size, row.start),
        "rss": lambda row: (
            -(getattr(residency.get(Range(row.start, row.end)), "rss", None) or 0),
            row.start,
        ),
        "path": lambda row: (getattr(row, "path", None) or "", row.start),
    }
    return orders[name]


class TotalRow:
    """The last row of a table with what areas have in memory: it adds them up."""

    start, end, perms, offset, kind, path = BLANK, BLANK, BLANK, BLANK, BLANK, "(total)"

    def __init__(self, areas: Sequence[Area]) -> None:
        self.areas, self.size = areas, sum(area.size for area in areas)

    def __getattr__(self, _name: str) -> object:
        return BLANK  # whatever else areas have


class GapRow:
    """An unmapped range in a table of areas: it has a place and a size, and says so where names stand."""

    path = "(unmapped)"

    def __init__(self, gap: Range) -> None:
        self.start, self.end, self.size = gap.start, gap.end, gap.size

    def __getattr__(self, _name: str) -> object:
        return BLANK  # whatever else areas have


def _gaps(inferior: Inferior, areas: list[Area]) -> Iterator[Range]:
    """Return the ranges between the first and the last of these areas that are free."""
    if not areas:
        return iter(())
    return holes(inferior.areas, areas[0].start, max(area.end for area in areas), inferior.user_end)


def _tail(
    areas: list[Area],
    gaps: list[Range] | None,
    place: Location | None,
    resident: Mapping[str, int | None],
    marks: Marks | None,
) -> dict[str, Any]:
    total = {"areas": len(areas), "bytes": sum(area.size for area in areas), **resident}
    tail: dict[str, Any] = {"total": total}
    if gaps is not None:
        tail["gaps"] = [
            {"start": hexadecimal(gap.start), "end": hexadecimal(gap.end), "size": gap.size} for gap in gaps
        ]
    if place is not None:
        tail["at"] = place.json()
    if marks is not None:
        tail["marks_outside"] = [mark.json() for mark in marks.outside]
    return tail


def _notes(
    inferior: Inferior,
    areas: list[Area],
    place: Location | None,
    arguments: Arguments,
    runs: Sequence[FoldedRow],
    marks: Marks | None,
) -> Iterator[Line]:
    if place is not None:
        yield from place.lines()
        return
    total, whole = len(areas), len(inferior.areas)
    count = counted(whole, "area") if total == whole else f"{total} of {counted(whole, 'area')}"
    size = size_in_words(sum(area.size for area in areas))
    yield note(f"{count}, {size}; map {inferior.generation}, from {inferior.source}")
    if runs:
        folded_areas = counted(sum(len(row.areas) for row in runs), "area")
        yield note(f"{folded_areas} in {counted(len(runs), 'row')} of equal neighbours; --all lists each")
    if marks is not None:
        yield from marks.notes()
    if arguments.flag("rss") and inferior.target.residency is None:
        yield warning("this target does not tell what is resident")
    for problem in inferior.target.problems:
        yield warning(problem)
