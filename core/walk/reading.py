"""Reading memory that ends or has holes."""

from __future__ import annotations

from typing import Protocol

from ..arch import SMALLEST_PAGE
from ..ranges import Range, align_down


class ReadsInto(Protocol):
    """Anything that reads like a MemoryReader."""

    def read_into(self, address: int, buffer: memoryview) -> int:
        """Fill the buffer as far as the memory can be read; return how many bytes that is."""


def read_up_to(reader: ReadsInto, address: int, size: int) -> bytes:
    """Return at most `size` bytes from `address` on, up to the first that can't be read."""
    buffer = bytearray(size)
    return bytes(buffer[: reader.read_into(address, memoryview(buffer))])


def read_cells(reader: ReadsInto, address: int, size: int) -> list[int | None]:
    """Return `size` bytes from `address` on, with None for each from the first that can't be read on."""
    found = read_up_to(reader, address, size)
    return [*found, *[None] * (size - len(found))]


def is_readable(reader: ReadsInto, address: int) -> bool:
    """Return whether the byte at the address can be read."""
    return len(read_up_to(reader, address, 1)) == 1


def readable_parts(reader: ReadsInto, address: int, buffer: memoryview) -> list[Range]:
    """Fill the buffer with all that can be read from `address` on; return the ranges read, in order.

    A hole costs a few calls for each of its pages. Of several holes in one page, the bytes between them
    may be missed.
    """
    parts: list[Range] = []
    done, size = 0, len(buffer)
    while done < size:
        count = reader.read_into(address + done, buffer[done:])
        if count:
            parts.append(Range(address + done, address + done + count))
            done += count
        if done < size:
            done = _next_readable(reader, address + done, address + size) - address
    return parts


def _next_readable(reader: ReadsInto, bad: int, end: int) -> int:
    """Return where reading may go on after a byte that can't be read: within its page, or at the next."""
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
