"""The program that says who points where (tests/programs/points.c), and what it says."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from .compile import PROGRAMS, compile_c


def points_program(build_dir: Path, *flags: str) -> Path:
    """Return the program, compiled."""
    return compile_c(PROGRAMS / "points.c", build_dir, *flags, "-pthread")


class Word(NamedTuple):
    """Where a word lies that points to a block, the block's name, and what kind of holder the word has."""

    at: int
    name: str
    kind: str


class Points(NamedTuple):
    """What the program says: blocks that are held, by name; blocks that nothing leads to; and words."""

    held: dict[str, int]
    lost: list[tuple[int, str]]
    words: list[Word]

    @classmethod
    def of(cls, facts: dict[str, Any]) -> Points:
        held = {name: address for address, name in facts["held"]}
        return cls(held, [tuple(one) for one in facts["lost"]], [Word(*one) for one in facts["words"]])

    def named(self, name: str) -> list[int]:
        """Return the addresses of the blocks of this name."""
        known = [*((address, name) for name, address in self.held.items()), *self.lost]
        return [address for address, called in known if called == name]

    def to(self, word: Word) -> int:
        """Return the block that a word points to, of those of its name the first."""
        return self.named(word.name)[0]
