"""Address ranges, in the one convention used everywhere: half-open, Python integers, a 64-bit space.

`end` may be `TOP` (2**64), one past the last address there is, so the top byte needs no special case.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeVar

from .arguments import as_list
from .errors import InvalidArgument
from .integers import as_address, is_between

TOP = 1 << 64

Mark = TypeVar("Mark")


class Range(NamedTuple):
    """Addresses `start` to `end`, `end` not included. The constructor doesn't validate; `checked` does."""

    start: int
    end: int

    @classmethod
    def checked(cls, start: int, end: int) -> Range:
        """Return the range, or raise InvalidArgument unless 0 <= start < end <= 2**64."""
        check_range(start, end)
        return cls(start, end)

    @property
    def size(self) -> int:
        """Bytes in the range; 0 when it is empty."""
        return self.end - self.start

    def __contains__(self, address: object) -> bool:
        return is_between(self.start, address, self.end)

    def __repr__(self) -> str:
        return f"Range({self.start:#x}, {self.end:#x})"

    def widened(self, unit: int) -> Range:
        """Return the smallest range of whole units, such as pages, that holds this one, up to the top."""
        return Range(align_down(self.start, unit), min(TOP, align_up(self.end, unit)))

    def overlaps(self, start: int, end: int) -> bool:
        """Return whether any address is in both ranges."""
        return self.start < end and start < self.end

    def intersection(self, start: int, end: int) -> Range | None:
        """Return the addresses that are in both ranges, or None if there are none."""
        low, high = max(self.start, start), min(self.end, end)
        return Range(low, high) if low < high else None

    def minus(self, start: int, end: int) -> Iterator[Range]:
        """Yield the parts of this range outside the other: none, one or two ranges."""
        if self.start < min(start, self.end):
            yield Range(self.start, min(start, self.end))
        if max(end, self.start) < self.end:
            yield Range(max(end, self.start), self.end)


def range_of(item: object) -> Range:
    """Return the range of anything with a start and an end; raise InvalidArgument for what has none."""
    try:
        return Range(as_address(item.start), as_address(item.end))  # type: ignore[attr-defined]
    except AttributeError:
        raise InvalidArgument(f"a {type(item).__name__} is no range of addresses") from None


def ranges_of(items: Iterable[object]) -> list[Range]:
    """Return the ranges of several; raise as `range_of` does."""
    return list(map(range_of, as_list(items)))


def align_down(address: int, unit: int) -> int:
    """Return the address itself if it is a multiple of the unit, else the next lower one that is."""
    return address // unit * unit


def align_up(address: int, unit: int) -> int:
    """Return the address itself if it is a multiple of the unit, else the next higher one that is."""
    return -(-address // unit) * unit


def check_range(start: int, end: int) -> None:
    """Raise InvalidArgument unless 0 <= start < end <= 2**64."""
    if not 0 <= start < end <= TOP:
        what = "reversed" if start > end else "empty" if start == end else "not in the 64-bit address space"
        raise InvalidArgument(f"the range {start:#x}..{end:#x} is {what}")


def coalesce(ranges: Iterable[Range]) -> Iterator[Range]:
    """Join ranges that touch or overlap. Input and output are ordered by start."""
    current: Range | None = None
    for item in ranges:
        if current is None:
            current = item
        elif item.start <= current.end:
            current = Range(current.start, max(current.end, item.end))
        else:
            yield current
            current = item
    if current is not None:
        yield current


def marked(whole: Range, marks: Iterable[tuple[Range, Mark]], rest: Mark) -> Iterator[tuple[Range, Mark]]:
    """Yield all of a range in order, cut into the marked ranges and, marked `rest`, what lies between them.

    The marked ranges come in order. Parts outside the whole are left out; where marks overlap, the first one
    counts.
    """
    at, end = whole
    for (start, stop), mark in marks:
        low, high = start if start > at else at, stop if stop < end else end
        if low >= high:
            continue
        if at < low:
            yield Range(at, low), rest
        yield Range(low, high), mark
        at = high
    if at < end:
        yield Range(at, end), rest


def split(whole: Range, parts: Iterable[Range]) -> Iterator[tuple[Range, bool]]:
    """Yield all of a range in order, marked True inside the parts and False between them; see `marked`."""
    return marked(whole, ((part, True) for part in parts), False)


def without(whole: Range, parts: Iterable[Range]) -> Iterator[Range]:
    """Yield, in order, what is left of a range outside the parts, which come in order."""
    return (piece for piece, is_part in split(whole, parts) if not is_part)
