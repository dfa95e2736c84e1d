"""Which areas of one memory are compared with which of another, and how far these are apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ...maps.area import Area
from ...ranges import TOP, Range
from .execution import Execution
from .matching import STACK, AreaGroup, groups_of

_IN_PLACE = "in place"
# Bytes below the stack pointer that may be in use (System V ABI for x86-64, "The Stack Frame").
_RED_ZONE = 128


class Match(NamedTuple):
    """Areas on both sides: what is at an address on the first one is at `delta` more on the second.

    Only addresses of the first side that lie `within` are compared. In a part of a stack, the ends that only
    one side has are no change, nor is what calls have left below the stack pointer.
    """

    before: Sequence[Area]
    after: Sequence[Area]
    delta: int = 0
    within: Range = Range(0, TOP)
    is_stack: bool = False


class Pairing(NamedTuple):
    """The groups of two memories; those with equal keys belong together."""

    before: Sequence[AreaGroup]
    after: Sequence[AreaGroup]

    def matches(self) -> Iterator[Match]:
        """Yield what is to be compared; a group that only one side has stands alone."""
        before, after = ({group.key: group for group in side} for side in self)
        for key in [*before, *(key for key in after if key not in before)]:
            was, now = before.get(key), after.get(key)
            if was is None or now is None:
                yield Match(was.areas if was else (), now.areas if now else ())
            elif was.is_stack:
                yield from _parts_of_stacks(was, now)
            else:
                yield Match(was.areas, now.areas, now.origin - was.origin)


def paired(before: Sequence[Area], after: Sequence[Area], was: Execution, now: Execution) -> Pairing:
    """Pair the areas of two memories by what they map.

    In one and the same process everything stays where it is, but for files that were loaded anew
    elsewhere. In different ones, stacks are measured from their stack pointers, else from where their
    first frames begin.
    """
    if was.is_same(now) and _stack_end(before) == _stack_end(after):
        return _in_place(before, after)
    groups = list(groups_of(before).values()), list(groups_of(after).values())
    origins = _stack_origins(before, after, was, now)
    return Pairing(_with_stack(groups[0], origins[0], was), _with_stack(groups[1], origins[1], now))


def _stack_end(areas: Sequence[Area]) -> int | None:
    return max((area.end for area in areas if area.path == STACK), default=None)


def _stack_origins(
    before: Sequence[Area], after: Sequence[Area], was: Execution, now: Execution
) -> tuple[int | None, int | None]:
    """Return the address that each stack is measured from; None if none is known for both."""
    for first, second in ((was.stack_pointer, now.stack_pointer), (was.stack_base, now.stack_base)):
        if first is not None and second is not None and _in_stack(before, first) and _in_stack(after, second):
            return first, second
    return None, None


def _in_stack(areas: Sequence[Area], address: int) -> bool:
    return any(area.path == STACK and address in area for area in areas)


def _with_stack(groups: Sequence[AreaGroup], origin: int | None, execution: Execution) -> list[AreaGroup]:
    base = execution.stack_base
    return [
        group._replace(
            origin=group.end if origin is None else origin,
            texts=base if base is not None and _in_stack(group.areas, base) else None,
            lowest=0 if origin is None or origin != execution.stack_pointer else origin - _RED_ZONE,
        )
        if group.is_stack
        else group
        for group in groups
    ]


def _parts_of_stacks(was: AreaGroup, now: AreaGroup) -> Iterator[Match]:
    """Yield the texts of arguments and environment, measured from the end, and the frames."""
    frames, texts = now.origin - was.origin, now.end - was.end
    above = was.end
    if was.texts is not None and now.texts is not None:
        above = min(was.texts, now.texts - frames)
        yield Match(was.areas, now.areas, texts, Range(max(was.texts, now.texts - texts), TOP), True)
    if was.origin != was.end:
        yield Match(was.areas, now.areas, frames, Range(max(0, was.lowest), above), True)


def _in_place(before: Sequence[Area], after: Sequence[Area]) -> Pairing:
    """Pair by address; a file that one side has here and the other one there was loaded anew."""
    here, there = _loaded(before), _loaded(after)
    moved: tuple[list[AreaGroup], list[AreaGroup]] = ([], [])
    for path in dict.fromkeys(path for path, _ in here):
        gone = [group for place, group in here.items() if place[0] == path and place not in there]
        new = [group for place, group in there.items() if place[0] == path and place not in here]
        for number, pair in enumerate(zip(gone, new)):
            for side, group in zip(moved, pair):
                side.append(group._replace(key=(path, "loaded anew", number)))
    return Pairing(_with_rest(before, moved[0]), _with_rest(after, moved[1]))


def _loaded(areas: Sequence[Area]) -> dict[tuple[str, int], AreaGroup]:
    """Return the groups of files, by path and address."""
    groups = (group for group in groups_of(areas).values())
    return {
        (path, group.origin): group for group in groups if (path := group.areas[0].path or "").startswith("/")
    }


def _with_rest(areas: Sequence[Area], moved: Sequence[AreaGroup]) -> list[AreaGroup]:
    """Return these groups, and all other areas as one that begins at address 0."""
    apart = {area for group in moved for area in group.areas}
    rest = tuple(area for area in areas if area not in apart)
    return [AreaGroup(_IN_PLACE, 0, rest), *moved] if rest else list(moved)
