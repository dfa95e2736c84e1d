"""A range in which memory isn't what it should be."""

from __future__ import annotations

from typing import NamedTuple

from ...maps.area import Area

BREAKPOINT, RELOCATION, UNKNOWN = "breakpoint", "relocation", "unknown"

# The note of bytes that no relocation explains and that are expected all the same.
LINKERS_OWN = "in the dynamic linker's own data, which it sets by itself before it protects it"


class Difference(NamedTuple):
    """A DifferingRange in which each byte differs from the image, for one cause.

    `path` and `file_offset` say where its start lies in the file. `note` says what is known of a place
    whose cause is unknown, or None.
    """

    start: int
    end: int
    cause: str
    expected: bytes
    actual: bytes
    area: Area
    path: str | None
    file_offset: int | None
    note: str | None = None

    @property
    def has_words(self) -> bool:
        """Whether it is of words, if it is of data: a breakpoint is an instruction."""
        return self.cause != BREAKPOINT

    @property
    def moved_by(self) -> int:
        """How far the image's bytes lie from these: never."""
        return 0

    @property
    def joined_by(self) -> str:
        """The cause: chunks and relocated words cut what has the same one."""
        return self.cause

    @property
    def sides(self) -> tuple[bytes, bytes]:
        """What is kept of the expected and of the actual content."""
        return self.expected, self.actual

    def extended(self, end: int, first: bytes, second: bytes) -> Difference:
        """Return the difference up to another end; see DifferingRange."""
        return self._replace(end=end, expected=first, actual=second)
