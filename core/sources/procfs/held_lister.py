"""The areas of a process, listed once a moment for whoever asks in it."""

from __future__ import annotations

from collections.abc import Sequence

from ...maps.area import Area
from ...ports.moment import HeldClock
from .maps import SOURCE, ProcfsLister


class HeldLister:
    """Lists areas as another lister does, in a moment those that it listed first: one command has one map.

    All that is asked for area by area (what was touched, what lies in files, how far memory is mapped) goes
    by the same map then, and costs no more if that changes all the time.
    """

    source = SOURCE

    def __init__(self, lister: ProcfsLister, clock: HeldClock) -> None:
        self._lister, self._clock = lister, clock
        self._listed_in: object = None
        self._areas: Sequence[Area] = ()

    def areas(self) -> Sequence[Area]:
        """Return the areas; the same sequence until they change. Raise SourceDenied or SourceError."""
        token = self._clock.token
        if token is None or token is not self._listed_in:
            self._areas, self._listed_in = self._lister.areas(), token
        return self._areas
