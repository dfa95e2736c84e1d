"""Watches long work: the work asks its `Watch` whether to end, and reports its progress to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from .errors import Interrupted


class Progress(NamedTuple):
    """The progress of a piece of work: bytes done, bytes in all, and how much it found so far.

    `hits` is None for work that doesn't look for anything; `noun` is what one of them is called.
    """

    done: int
    total: int
    hits: int | None = None
    noun: str = "hit"


def _never() -> bool:
    return False


def _ignore(_progress: Progress) -> None:
    pass


@dataclass(frozen=True)
class Watch:
    """The caller of long work: `is_interrupted` says whether the work is to end, `show` takes its progress.

    Work asks often enough to end within 0.1 s, on the thread that began it, and keeps what it has found.
    """

    is_interrupted: Callable[[], bool] = _never
    show: Callable[[Progress], None] = _ignore

    def check(self, message: str = "interrupted", hint: str | None = None) -> None:
        """Raise Interrupted with this message if the work is to end."""
        if self.is_interrupted():
            raise Interrupted(message, hint=hint)


# Never interrupts and shows nothing.
UNWATCHED = Watch()
