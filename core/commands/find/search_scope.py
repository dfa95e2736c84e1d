"""The scope of a search, sorted before it begins into parts to search and to leave out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from typing import NamedTuple

from ...maps.area import NAMED, Area
from ...maps.kinds import NO_READ
from ...maps.protection import Protection
from ...ranges import Range
from ...walk.coverage import Unreadable
from ..shell.scope import ScopePart


class SearchScope(NamedTuple):
    """The parts of a scope: `readable` and unreadable ones, and the bytes left out, `aside` of each kind.

    `is_part` says whether the user asked for only a part of memory. `named` are ranges that the user named
    and that are in no area; `problems` say what a scope can't cover because the target tells no map.
    """

    readable: list[Range]
    refused: list[Unreadable]
    left_out: int
    is_part: bool = False
    aside: tuple[tuple[str, int], ...] = ()
    named: tuple[Area, ...] = ()
    problems: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        parts: Iterable[ScopePart],
        left_out: Collection[str],
        *,
        no_access: bool = False,
        is_part: bool = False,
        problems: tuple[str, ...] = (),
    ) -> SearchScope:
        """Sort the parts of a scope; areas of the kinds `left_out` are left out.

        With `no_access` those that the process may not read count as readable: a debugger may be able to.
        """
        readable, refused, named = [], [], []
        aside: Counter[str] = Counter()
        for area, part in parts:
            if area.source == NAMED:
                named.append(area)
            if area.kind in left_out:
                aside[area.kind or ""] += part.size
            elif not no_access and area.allows(Protection.READ) is False:
                refused.append(Unreadable(part.start, part.end, NO_READ))
            else:
                readable.append(part)
        left_out_size = sum(aside.values())
        return cls(readable, refused, left_out_size, is_part, tuple(aside.items()), tuple(named), problems)

    @property
    def is_empty(self) -> bool:
        """Whether no area is in this scope."""
        return not self.readable and not self.refused and not self.left_out
