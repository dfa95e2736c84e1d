"""Where a loader put an ELF file: the load address under which its areas agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from ...arch import SMALLEST_PAGE
from ...elf.headers import PF_W, PF_X, ProgramHeader
from ...elf.segments import Elf
from ...maps.area import Area
from ...maps.protection import Protection
from ...ranges import align_down


class Copies:
    """The times that a file was loaded, by their bias: how far the loader moved it from its own addresses.

    Each area tells a bias with each segment that it may be of (gABI, "Program Loading"): where two segments
    share a page of the file, only one is right. It is the one that most of the file's areas tell.
    """

    def __init__(self, elf: Elf, areas: Iterable[Area], page_size: int = SMALLEST_PAGE) -> None:
        self._elf, self._page_size = elf, page_size
        self._told = Counter(bias for area in areas for bias in self._biases(area))

    def bias(self, area: Area) -> int | None:
        """Return the bias of the copy that the area is of; None if no segment is mapped like this."""
        told = self._biases(area)
        return max(told, key=lambda bias: (self._told[bias], told[bias]), default=None)

    def _biases(self, area: Area) -> dict[int, int]:
        """Return the biases that an area tells, and how well it fits the segments that tell them."""
        found: dict[int, int] = {}
        for segment in () if area.offset is None else self._elf.loading(area.offset, self._page_size):
            bias = area.start - segment.address_of(area.offset or 0)
            found[bias] = max(found.get(bias, 0), self._fit(area, segment))
        return found

    def _fit(self, area: Area, segment: ProgramHeader) -> int:
        begins = align_down(segment.offset, self._page_size) == area.offset
        flags = ((Protection.WRITE, PF_W), (Protection.EXEC, PF_X))
        alike = sum(area.allows(right) is bool(segment.flags & flag) for right, flag in flags)
        return 4 * begins + alike
