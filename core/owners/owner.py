"""Who owns an area, and the threads by what they are called."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

# Threads that a sentence names one by one.
_TOLD = 3


class KnownThread(NamedTuple):
    """A thread by its identifier, and its number and name; None is not known."""

    tid: int
    number: int | None = None
    name: str | None = None

    def __str__(self) -> str:
        number = "" if self.number is None else f" {self.number}"
        name = "" if self.name is None else f' "{self.name}"'
        return f"thread{number}{name}, LWP {self.tid}" if number or name else f"LWP {self.tid}"


class AreaOwner(NamedTuple):
    """Whose an area is: `what` for (`WHATS`), and whose (`of`: a runtime or a module; None for threads).

    `start` and `end` are the addresses for which it is proven, which may be a part of the area. `is_named`
    says that the area's own name tells as much.
    """

    what: str
    of: str | None
    text: str
    start: int
    end: int
    threads: tuple[KnownThread, ...] = ()
    is_named: bool = False


# What areas are for. A heap's rest is address space that is reserved for it.
WHATS = ("stack", "heap", "rest of heap", "bss", "shadow", "shadow gap", "metadata")


def threads_in_words(threads: Sequence[KnownThread]) -> str:
    """Return the threads for a sentence, the first few of many: `thread 2 "worker", LWP 4243`."""
    told = "; ".join(map(str, threads[:_TOLD]))
    more = len(threads) - _TOLD
    return told if more <= 0 else f"{told}; and {more} more"
