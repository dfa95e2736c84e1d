"""Starts a search among earlier hits, over the memory of a target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ...ports.memory import MemoryReader
from ...ports.target import Target
from ...ranges import Range
from ...watch import UNWATCHED, Progress, Watch
from ..hits.hit_list import HitList
from .checks import HitCheck
from .narrowing import NarrowedSearch, Narrowing


def search_among(
    hits: HitList,
    check: HitCheck,
    memory: MemoryReader,
    scope: Sequence[Range],
    target: Target,
    *,
    align: int = 1,
    limit: int | None = None,
    start: int = 0,
    watch: Watch = UNWATCHED,
) -> NarrowedSearch:
    """Return a search among the hits that lie in the scope, whose ranges are in order and apart.

    Its progress is in bytes of hits: the size of the scope says nothing of how long it takes.
    """
    narrowing = Narrowing(
        memory,
        scope,
        hits,
        check,
        align=align,
        start=start,
        page_size=target.arch.page_size,
        untouched=target.untouched,
        absent=target.absent,
    )

    def show(progress: Progress) -> None:
        size = narrowing.size
        watch.show(Progress(narrowing.looked_at * size, len(hits) * size, progress.hits))

    return NarrowedSearch(narrowing, limit=limit, reasons=target.reasons, watch=replace(watch, show=show))
