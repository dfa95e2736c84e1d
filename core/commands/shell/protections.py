"""Filters by protection, as `--perms` has them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from ...errors import InvalidArgument
from ...maps.area import Area
from ...maps.protection import Protection

_FLAGS = {"r": Protection.READ, "w": Protection.WRITE, "x": Protection.EXEC, "s": Protection.SHARED}
_Wanted = tuple[tuple[Protection, bool], ...]


class ProtectionFilter:
    """Which areas have any of some protections. Each protection is judged once: a long map has few."""

    def __init__(self, texts: Iterable[str]) -> None:
        """Take letters of rwxsp, `!` before one for not; raise InvalidArgument for anything else."""
        self._any_of = [_wanted(text) for text in texts]
        self._verdicts: dict[Protection | None, bool | None] = {}

    def passes(self, area: Area) -> bool:
        """Return whether the area is known to have one of them."""
        return self._verdict(area) is True

    def is_undecided(self, area: Area) -> bool:
        """Return whether it may or may not have one, because a flag isn't known."""
        return self._verdict(area) is None

    def _verdict(self, area: Area) -> bool | None:
        protection = area.protection
        if protection not in self._verdicts:
            self._verdicts[protection] = _any(map(partial(_has, area), self._any_of))
        return self._verdicts[protection]


def _has(area: Area, wanted: _Wanted) -> bool | None:
    """Return whether all flags are as they are wanted; None: not known."""
    found = [(area.allows(flag), value) for flag, value in wanted]
    if any(is_set is not None and is_set != value for is_set, value in found):
        return False
    return None if any(is_set is None for is_set, _ in found) else True


def _any(verdicts: Iterable[bool | None]) -> bool | None:
    found = set(verdicts)
    return True if True in found else None if None in found else False


def _wanted(perms: str) -> _Wanted:
    wanted: list[tuple[Protection, bool]] = []
    negated = False
    for letter in perms:
        if letter == "!" and not negated:
            negated = True
            continue
        if letter not in "rwxsp":
            raise InvalidArgument(
                f"--perms doesn't take {perms!r}", hint="letters of rwxsp, ! before one for not"
            )
        private = letter == "p"
        wanted.append((_FLAGS["s" if private else letter], private == negated))
        negated = False
    if negated or not wanted:
        raise InvalidArgument(f"--perms doesn't take {perms!r}", hint="such as rw, or x!w")
    return tuple(wanted)
