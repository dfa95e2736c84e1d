"""Reading memory that ends or has holes."""

from __future__ import annotations

from typing import Protocol, cast

from ..arch import SMALLEST_PAGE
from ..ports.memory import SparseReader
from ..ranges import Range, align_down, align_up


class ReadsInto(Protocol):
    """Anything that reads like a MemoryReader."""

    def read_into(self, address: int, buffer: memoryview) -> int:
        """Fill the buffer as far as the memory can be read; return how many bytes that is."""


def read_up_to(reader: ReadsInto, address: int, size: int) -> bytes:
    """Return at most `size` bytes from `address` on, up to the first that can't be read."""
    buffer = bytearray(size)
    return bytes(buffer[: reader.read_into(address, memoryview(buffer))])


def read_cells(reader: ReadsInto, address: int, size: int) -> list[int | None]:
    """Return `size` bytes from `address` on, with None for each that can't be read."""
    buffer = bytearray(size)
    cells: list[int | None] = [None] * size
    for start, end in readable_parts(reader, address, memoryview(buffer)):
        cells[start - address : end - address] = buffer[start - address : end - address]
    return cells


def is_readable(reader: ReadsInto, address: int) -> bool:
    """Return whether the byte at the address can be read."""
    return len(read_up_to(reader, address, 1)) == 1


def readable_parts(reader: ReadsInto, address: int, buffer: memoryview) -> list[Range]:
    """Fill the buffer with all that can be read from `address` on; return the ranges read, in order.

    What begins or ends inside a page is read from and up to that byte. A hole costs a few calls for each of
    its pages; and of several holes in one page, the bytes between them may be missed, unless the reader is a
    SparseReader.
    """
    parts: list[Range] = []
    done, wanted, size = 0, len(buffer), len(buffer)
    while done < size:
        start = address + done
        count = reader.read_into(start, buffer[done : done + wanted])
        if count:
            first = parts.pop().start if parts and parts[-1].end == start else start
            parts.append(Range(first, start + count))
            done += count
        if count == wanted:
            wanted = size - done
        else:
            done = _next_readable(reader, address + done, address + size) - address
            # Page by page through a hole: larger requests may be refused for one page, at some cost.
            wanted = min(SMALLEST_PAGE - (address + done) % SMALLEST_PAGE, size - done)
    return parts


def next_readable(reader: ReadsInto, address: int, end: int, page_size: int) -> int:
    """Return where bytes may come next, where whole pages can't be read; see SparseReader."""
    sparse = as_sparse(reader)
    return min(align_up(address, page_size), end) if sparse is None else sparse.next_readable(address, end)


def as_sparse(reader: object) -> SparseReader | None:
    """Return the reader if it is a SparseReader; isinstance takes 10 us to find that out, long for a page."""
    return cast(SparseReader, reader) if hasattr(reader, "next_readable") else None


def _next_readable(reader: ReadsInto, bad: int, end: int) -> int:
    """Return where reading may go on after a byte that can't be read: within its page, or at the next."""
    sparse = as_sparse(reader)
    if sparse is not None:
        return min(end, sparse.next_readable(bad + 1, end))
    # Memory stops being readable page by page.
    border = min(align_down(bad, SMALLEST_PAGE) + SMALLEST_PAGE, end)
    good = border - 1
    if good == bad or not is_readable(reader, good):
        return border
    while good - bad > 1:
        middle = (good + bad) // 2
        if is_readable(reader, middle):
            good = middle
        else:
            bad = middle
    return good
