"""What a search leaves behind for the next one: what it was for, its hits, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass

from ...arch import Arch
from ..engine.search import Stopped
from ..hits.hit_list import HitList
from ..patterns.number_format import Number
from ..patterns.pattern import Pattern


@dataclass(frozen=True)
class LastSearch:
    """A search that has ended.

    `arch` is what its patterns were read for: another byte order than the target's, perhaps. One that was
    stopped among the hits of an earlier search keeps that one as `among`, for it may go on.
    """

    patterns: tuple[Pattern, ...]
    arch: Arch
    hits: HitList
    stopped: Stopped | None = None
    among: LastSearch | None = None

    @property
    def numbers(self) -> tuple[Number | None, ...]:
        """What the values of each pattern's hits are; None for a pattern that is no number."""
        return tuple(Number.of(pattern, self.arch) for pattern in self.patterns)
