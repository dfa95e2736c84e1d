"""pt-maps --marks: where the threads' stack pointers and program counters point to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ...inferior import Inferior
from ...maps.area import Area
from ...owners.owner import KnownThread
from ...owners.proofs import Proofs
from ...render.fields import BLANK, Column, ValueKind, counted, hexadecimal
from ...render.text import Line, Span, spans, warning
from .owner_columns import thread_json

# Marks of one register that are told one by one below an area, or of those that point nowhere.
_TOLD = 4


class RegisterMark(NamedTuple):
    """A register of a thread and the address in it."""

    register: str
    thread: KnownThread
    address: int

    def json(self) -> dict[str, Any]:
        """Return the mark as a document has it."""
        return {
            "register": self.register,
            "address": hexadecimal(self.address),
            "thread": thread_json(self.thread),
        }


class Marks(NamedTuple):
    """The marks in each area, by the area, and those of addresses that no area has."""

    inside: Mapping[Area, Sequence[RegisterMark]]
    outside: Sequence[RegisterMark]

    def column(self) -> Column:
        """Return the column that documents have of each area's marks; none for areas without any."""
        kind = ValueKind(lambda marks: [mark.json() for mark in marks], str, False, "text")
        return Column("marks", kind, lambda row: self.inside.get(row, BLANK))

    def detail(self, row: Any) -> Iterable[Line]:
        """Return the lines below an area's row: a few marks of each register, and how many more there are."""
        return _lines(self.inside.get(row, ()), "  ") if isinstance(row, Area) else ()

    def notes(self) -> Iterator[Line]:
        """Yield the lines that tell of registers which point to no area."""
        for line in _lines(self.outside, ""):
            yield warning("".join(text for text, _ in spans(line)) + ", in no area")


def marks_of(inferior: Inferior, proofs: Proofs) -> Marks:
    """Return where the registers of the inferior's threads point to, as far as they are known."""
    inside: dict[Area, list[RegisterMark]] = {}
    outside: list[RegisterMark] = []
    for thread in proofs.threads:
        for register, address in (("sp", thread.stack_pointer), ("pc", thread.program_counter)):
            if address is not None:
                area = inferior.area_at(address)
                mark = RegisterMark(register, proofs.called(thread.tid), address)
                (outside if area is None else inside.setdefault(area, [])).append(mark)
    return Marks(inside, outside)


def _lines(marks: Sequence[RegisterMark], indent: str) -> Iterator[Line]:
    for register in ("sp", "pc"):
        found = [mark for mark in marks if mark.register == register]
        for mark in found[:_TOLD]:
            yield (
                Span(f"{indent}{register} "),
                Span(hexadecimal(mark.address), "address"),
                Span(f" of {mark.thread}"),
            )
        if len(found) > _TOLD:
            yield (Span(f"{indent}{register} of {counted(len(found) - _TOLD, 'more thread')}"),)
