"""Which areas a command works on: by place, name, protection, kind and size."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Union

from ...errors import InvalidArgument
from ...inferior import Inferior
from ...maps.area import NAMED, Area
from ...maps.area_map import AreaMap
from ...maps.names import Test, name_test
from ...range_set import RangeSet
from ...ranges import Range, coalesce
from .parse import Arguments
from .protections import ProtectionFilter
from .values import NoExpression, Values


class Named(NamedTuple):
    """A place given by name, and the reason why it is no expression."""

    text: str
    why: str


Where = Union[int, Range, Named]


class ScopePart(NamedTuple):
    """An area, and the part of it that is in the scope."""

    area: Area
    range: Range


def known_areas(inferior: Inferior, places: Iterable[int | Range]) -> AreaMap:
    """Return the inferior's areas, and what of the places is in none but may be readable.

    That is what a debugger shows of files beside a dump and, where the map may not be whole, all the rest of
    the ranges: of these parts nothing is known; whether anything is there shows when they are read.
    """
    areas, places = inferior.areas, list(places)
    wanted = RangeSet(place for place in places if isinstance(place, Range))
    named = inferior.memory.shown_files.areas(areas, places)
    if not inferior.target.is_map_whole:
        rest = RangeSet(area.range for area in named)
        gaps = (gap for part in wanted for gap in areas.gaps(*part))
        named += [Area(*part, source=NAMED) for gap in gaps for part in rest.outside(*gap)]
    return AreaMap(sorted([*areas, *named], key=lambda area: area[:2])) if named else areas


def read_where(text: str, values: Values) -> Where:
    """Return the address, the range, or the name that a WHERE gives; a name is no valid expression.

    Raise InvalidArgument for a range that is empty or reversed, and for what is no address.
    """
    try:
        ends = values.range_ends(text)
        if ends is None:
            return values.address(text)
    except NoExpression as error:
        return Named(text, str(error))
    return Range.checked(*ends)


class Scope:
    """The areas that pass all filters and, if places are given, lie in any of these."""

    def __init__(
        self,
        wheres: Sequence[Where] = (),
        tests: Sequence[Test] = (),
        undecided: Sequence[Test] | None = None,
    ) -> None:
        """Take places and filters; and those that areas pass which only an unknown protection keeps out."""
        self.wheres = tuple(wheres)
        self._tests = tuple(tests)
        self._undecided = undecided

    @classmethod
    def of(cls, arguments: Arguments, wheres: Iterable[str], values: Values) -> Scope:
        """Read the scope's options; raise InvalidArgument for what they don't take."""
        others = [
            _any_of([name_test(glob) for glob in arguments.all("name")]),
            _any_of([_kind_test(kind) for kind in arguments.all("kind")]),
            _size_test(arguments, values),
        ]
        tests, places = [test for test in others if test], [read_where(text, values) for text in wheres]
        if not arguments.all("perms"):
            return cls(places, tests)
        perms = ProtectionFilter(arguments.all("perms"))
        return cls(places, [*tests, perms.passes], [*tests, perms.is_undecided])

    @property
    def places(self) -> list[int | Range]:
        """The addresses and ranges that were given, without names."""
        return [where for where in self.wheres if not isinstance(where, Named)]

    @property
    def is_limited(self) -> bool:
        """Whether any place or filter was given."""
        return bool(self.wheres or self._tests)

    def pieces(self, areas: Iterable[Area]) -> list[ScopePart]:
        """Return the areas in the scope, in order, each with the part of it that the places clip out.

        An AreaMap is asked for the areas at addresses and ranges; other areas are looked through. Raise
        InvalidArgument for a place that is neither an expression nor any area's name.
        """
        candidates = self._candidates(areas)
        places = [self._placed(where, candidates) for where in self.wheres]
        chosen = self._passing(candidates)
        if not places:
            return [ScopePart(area, area.range) for area in chosen]
        return [ScopePart(area, part) for area in chosen for part in _parts(area, places)]

    def undecided(self, areas: Iterable[Area]) -> list[ScopePart]:
        """Return the areas, as `pieces` does, that only a protection that isn't known keeps out."""
        return [] if self._undecided is None else Scope(self.wheres, self._undecided).pieces(areas)

    def _candidates(self, areas: Iterable[Area]) -> list[Area]:
        """Return the areas that may be in the scope, in order."""
        if not self.wheres or not isinstance(areas, AreaMap):
            return list(areas)
        found: dict[Area, None] = {}
        for where in self.wheres:
            if isinstance(where, Named):
                return list(areas)
            start, end = (where, where + 1) if isinstance(where, int) else where
            found.update(dict.fromkeys(areas.find_overlaps(start, end)))
        return sorted(found, key=lambda area: (area.start, area.end))

    def areas(self, areas: Iterable[Area]) -> list[Area]:
        """Return the areas in the scope, in order, whole."""
        if not self.wheres:
            return self._passing(areas)
        return list({piece.area: None for piece in self.pieces(areas)})

    def _passing(self, areas: Iterable[Area]) -> list[Area]:
        chosen = list(areas)
        for test in self._tests:
            chosen = list(filter(test, chosen))
        return chosen

    @staticmethod
    def _placed(where: Where, areas: Iterable[Area]) -> Range | Test:
        if isinstance(where, Range):
            return where
        if isinstance(where, int):
            return lambda area: where in area
        test = name_test(where.text)
        if not any(map(test, areas)):
            raise InvalidArgument(
                f"no area is named {where.text!r}", hint=f"nor is it an address: {where.why}"
            )
        return test


def _parts(area: Area, places: Iterable[Range | Test]) -> Iterable[Range]:
    parts: list[Range] = []
    for place in places:
        if isinstance(place, Range):
            part = place.intersection(area.start, area.end)
            parts += [part] if part else []
        elif place(area):
            return (area.range,)
    return coalesce(sorted(parts))


def _kind_test(kind: str) -> Test:
    return lambda area: area.kind == kind


def _size_test(arguments: Arguments, values: Values) -> Test | None:
    least, most = arguments.value("min-size"), arguments.value("max-size")
    if least is None and most is None:
        return None
    low = 0 if least is None else values.size(least)
    high = float("inf") if most is None else values.size(most)
    if low > high:
        raise InvalidArgument(f"--min-size {least} is above --max-size {most}")
    return lambda area: low <= area.size <= high


def _any_of(tests: Sequence[Test]) -> Test | None:
    if len(tests) == 1:
        return tests[0]
    return (lambda area: any(test(area) for test in tests)) if tests else None
