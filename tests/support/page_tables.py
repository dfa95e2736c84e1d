"""Physical memory with page tables in it, made entry by entry."""

from __future__ import annotations

from ptatlas.core.ranges import Range, coalesce
from ptatlas.core.segments.content import BytesContent
from ptatlas.core.segments.reader import SegmentReader
from ptatlas.core.segments.segment import Segment

PAGE = 4096


class PhysicalPages:
    """Pages of RAM, each there as soon as something is put into it; nothing is between them."""

    def __init__(self, *, entry_size: int = 8, endian: str = "little") -> None:
        self.entry_size, self.endian = entry_size, endian
        self._pages: dict[int, bytearray] = {}

    def table(self, address: int, entries: dict[int, int] | None = None, size: int = PAGE) -> int:
        """Make RAM of this size, put entries into it by their numbers, and return its address."""
        for page in range(address // PAGE, -(-(address + size) // PAGE)):
            self._pages.setdefault(page, bytearray(PAGE))
        for index, entry in (entries or {}).items():
            self.put(address + index * self.entry_size, entry)
        return address

    def put(self, address: int, entry: int) -> None:
        page, at = divmod(address, PAGE)
        self._pages[page][at : at + self.entry_size] = entry.to_bytes(self.entry_size, self.endian)

    def entry(self, address: int) -> int | None:
        page, at = divmod(address, PAGE)
        if page not in self._pages:
            return None
        return int.from_bytes(self._pages[page][at : at + self.entry_size], self.endian)

    def page(self, address: int) -> bytes:
        return bytes(self._pages[address // PAGE])

    @property
    def reader(self) -> CountingReader:
        """What is there now, read as ptatlas reads memory."""
        pages = sorted(self._pages)
        runs = coalesce(Range(page * PAGE, (page + 1) * PAGE) for page in pages)
        segments = [
            Segment(
                *run,
                BytesContent(b"".join(self._pages[n] for n in range(run.start // PAGE, run.end // PAGE))),
                0,
            )
            for run in runs
        ]
        return CountingReader(segments, "physical")


class CountingReader(SegmentReader):
    """Counts how often it is read."""

    reads = 0

    def read_into(self, address: int, buffer: memoryview) -> int:
        self.reads += 1
        return super().read_into(address, buffer)


def shown(areas) -> list[str]:
    """Areas, each as `START..END USER SUPERVISOR SIZES` and `global` where it is."""
    return [
        f"{a.start:#x}..{a.end:#x} {rights(a.rights)} {'+'.join(f'{size:#x}' for size in a.page_sizes)}"
        for a in areas
    ]


def rights(given) -> str:
    """Rights as `USER SUPERVISOR`, and `global` where they are."""
    return f"{str(given.user)[:3]} {str(given.supervisor)[:3]}" + (" global" if given.is_global else "")
