"""Which files this process opens, and how often."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


class Opened:
    """Counts by path while it listens; an audit hook stays as long as the process (sys.addaudithook)."""

    def __init__(self) -> None:
        self._counts: Counter[str] | None = None
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[object, ...]) -> None:
        counts = self._counts
        if counts is not None and event == "open" and isinstance(arguments[0], (str, bytes, os.PathLike)):
            counts[os.fsdecode(arguments[0])] += 1

    @contextmanager
    def counted(self) -> Iterator[Counter[str]]:
        """Give the counts, which grow until the block ends."""
        self._counts = counts = Counter()
        try:
            yield counts
        finally:
            self._counts = None
