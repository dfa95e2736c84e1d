"""What lies around an address that is in no area: the nearest areas below and above."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from ...inferior import Inferior
from ...maps.area import Area
from ...maps.area_map import AreaMap
from ...ranges import TOP
from ...render.fields import hexadecimal, size_in_words
from ...render.text import Line, Span
from .columns import area_json


class Nearest(NamedTuple):
    """The nearest areas below and above an address; None where there is none.

    `end` is one past the highest address that a process can use, None if that isn't known.
    """

    address: int
    below: Area | None
    above: Area | None
    end: int | None

    @classmethod
    def to(cls, inferior: Inferior, address: int) -> Nearest:
        """Return what is nearest to an address that is in no area."""
        areas, address = inferior.areas, inferior.arch.untagged(address)
        below = _below(areas, address)
        above = next(areas.find_overlaps(address, TOP), None)
        return cls(address, below, above, inferior.user_end)

    def json(self) -> dict[str, Any]:
        """Return them as a document has them: each area with its distance in bytes, or null."""
        return {
            "below": self.below and {**area_json(self.below), "distance": self.address - self.below.end},
            "above": self.above and {**area_json(self.above), "distance": self.above.start - self.address},
            "user_end": None if self.end is None else hexadecimal(self.end),
        }

    def lines(self) -> Iterator[Line]:
        """Yield a line for each side, and one if the address can't be used."""
        if self.end is not None and self.address >= self.end:
            yield f"no process can use this address: those of a process end at {self.end:#x}"
        if self.below is not None:
            yield _line("below", self.below, self.address - self.below.end)
        if self.above is not None:
            yield _line("above", self.above, self.above.start - self.address)


def _below(areas: AreaMap, address: int) -> Area | None:
    """Return the area that ends nearest below the address, looked for farther and farther away."""
    reach = 1 << 20
    while True:
        near = areas.find_overlaps(max(address - reach, 0), address)
        found = max(near, key=lambda area: area.end, default=None)
        if found is not None or reach >= address:
            return found
        reach <<= 4


def _line(side: str, area: Area, distance: int) -> Line:
    far = f"nearest {side}, {distance:#x} ({size_in_words(distance)}) away" if distance else f"right {side}"
    return (
        Span(f"{far}: "),
        Span(f"{hexadecimal(area.start)}-{hexadecimal(area.end)}", "address"),
        Span(f" {area.perms} "),
        Span(area.path or area.kind or "", "name"),
    )
