"""A range that is different on the second side of a comparison from what it was on the first."""

from __future__ import annotations

from typing import NamedTuple

from ...maps.area import Area

ADDED, REMOVED, ALTERED, CHANGED = "added", "removed", "altered", "changed"


class MemoryChange(NamedTuple):
    """A DifferingRange that is new, gone, mapped differently, or holds other bytes.

    Addresses are those of the second side, or of the first for what is gone. `start_before` is where it
    was on the first side, None for what is new. `before` and `after` are empty unless bytes changed.
    """

    change: str
    start: int
    end: int
    area: Area
    area_before: Area | None = None
    start_before: int | None = None
    before: bytes = b""
    after: bytes = b""
    note: str | None = None

    @property
    def path(self) -> str | None:
        """The file that is mapped there, or the area's name."""
        return self.area.path

    @property
    def file_offset(self) -> int | None:
        """Where in the file the range begins, None where there is none."""
        return None if self.area.offset is None else self.area.offset + self.start - self.area.start

    @property
    def has_words(self) -> bool:
        """Whether bytes changed, which words have; other changes are whole areas, or parts of them."""
        return self.change == CHANGED

    @property
    def moved_by(self) -> int:
        """How far it lies from where it was on the first side."""
        return 0 if self.start_before is None else self.start - self.start_before

    @property
    def joined_by(self) -> str | None:
        """CHANGED where bytes did, which chunks cut; other changes are whole areas, or parts of them."""
        return CHANGED if self.change == CHANGED else None

    @property
    def sides(self) -> tuple[bytes, bytes]:
        """What is kept of the content before and after."""
        return self.before, self.after

    def extended(self, end: int, first: bytes, second: bytes) -> MemoryChange:
        """Return the change up to another end; see DifferingRange."""
        return self._replace(end=end, before=first, after=second)
