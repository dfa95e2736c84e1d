"""What long work tells of itself: how far it is."""

from __future__ import annotations

from typing import Callable, NamedTuple, Optional


class Progress(NamedTuple):
    """How far a piece of work is: bytes done and in all, and what it found so far.

    `hits` is None for work that doesn't look for anything; `noun` is what one of them is called.
    """

    done: int
    total: int
    hits: Optional[int] = None
    noun: str = "hit"


# Told by long work between two steps, in the caller's thread.
Watch = Callable[[Progress], None]


def unwatched(_progress: Progress) -> None:
    """Nobody watches."""
