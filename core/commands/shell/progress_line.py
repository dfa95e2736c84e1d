"""The progress line of long work: on a terminal, while nothing else is shown, and removed afterwards."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from ...render.document import Document, Result
from ...render.fields import counted, size_in_words
from ...render.text import PLAIN, Palette
from ...watch import Progress, Watch
from .terminal import Status


class LineTimes(NamedTuple):
    """Times in seconds: nothing is shown before `patience`; after that the line is updated `every` period."""

    patience: float = 0.5
    every: float = 0.1


USUAL_TIMES = LineTimes()


class ProgressLine:
    """Shows the progress of a command once it takes long; without a terminal, nothing.

    It overwrites itself and is removed with blanks, without escape sequences, and is never wider than the
    terminal, so that nothing of it stays.
    """

    def __init__(
        self,
        status: Status | None = None,
        palette: Callable[[], Palette] = lambda: PLAIN,
        clock: Callable[[], float] = time.monotonic,
        times: LineTimes = USUAL_TIMES,
    ) -> None:
        self._status, self._clock, self._times = status, clock, times
        self._make_palette, self._palette = palette, PLAIN
        self._began = clock()
        self._next = self._began + times.patience
        self._known: Progress | None = None
        self._shown = 0

    def show(self, progress: Progress) -> None:
        """Record the progress, and show it if an update is due."""
        self._known = progress
        self.tick()

    def tick(self) -> None:
        """Show the recorded progress if an update is due."""
        if self._status is None or self._clock() < self._next:
            return
        if self._status.is_free():
            if self._palette is PLAIN:
                self._palette = self._make_palette()
            text = self._text()[: max(0, self._status.columns() - 1)]
            blanks = " " * (self._shown - len(text))
            self._shown = max(self._shown, len(text))  # even if an interrupt comes while it is written
            self._status.write("\r" + self._palette.paint(text, "note") + blanks)
            self._shown = len(text)
        self._next = self._clock() + self._times.every

    def hide(self) -> None:
        """Remove the line, if it is there."""
        if self._shown and self._status is not None:
            self._status.write("\r" + " " * self._shown + "\r")
            self._shown = 0

    def watching(self, watch: Watch) -> Watch:
        """Return a watch that asks as the given one does, and shows the progress in the line."""
        if self._status is None:
            return watch

        def ask() -> bool:
            self.tick()
            return watch.is_interrupted()

        return Watch(ask, self.show)

    def around(self, result: Result) -> Result:
        """Return the result so that the line is removed whenever a part of it is written."""
        self.hide()
        if self._status is None or not isinstance(result, Document) or result.rows is None:
            return result
        rows = result.rows
        shown = None if rows.shown is None else self._over(rows.shown)
        return replace(result, rows=replace(rows, items=self._over(rows.items), shown=shown))

    def _over(self, items: Iterable[Any]) -> Iterator[Any]:
        try:
            for item in items:
                if self._shown:
                    self.hide()
                yield item
        finally:
            self.hide()

    def _text(self) -> str:
        seconds = self._clock() - self._began
        if self._known is None:
            return f"{seconds:.0f} s"
        done, total, hits, noun = self._known
        part = f"{100 * done // total:3d}%  " if total else ""
        rate = size_in_words(int(done / seconds)) if seconds > 0 else "?"
        found = "" if hits is None else f", {counted(hits, noun)}"
        return f"{part}{size_in_words(done)} of {size_in_words(total)}, {rate}/s{found}"
