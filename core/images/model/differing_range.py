"""Ranges in which two memories differ: what check and diff have in common."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol, TypeVar

from ...maps.area import Area

# Bytes kept of each side, for display: a differing gigabyte isn't kept twice.
MOST_SHOWN = 1 << 16

AnyRange = TypeVar("AnyRange", bound="DifferingRange")


class DifferingRange(Protocol):
    """Addresses of an area at which two memories differ, with the first `MOST_SHOWN` bytes of both.

    A long one is found in parts, since memory is compared chunk by chunk.
    """

    @property
    def start(self) -> int:
        """The first address."""

    @property
    def end(self) -> int:
        """The address after the last."""

    @property
    def area(self) -> Area:
        """The area that has them."""

    @property
    def note(self) -> str | None:
        """What is known of why they differ, or None."""

    @property
    def joined_by(self) -> str | None:
        """What parts of one range have in common; None for what never is a part."""

    @property
    def sides(self) -> tuple[bytes, bytes]:
        """What is kept of the content of the first side and of the second."""

    def extended(self: AnyRange, end: int, first: bytes, second: bytes) -> AnyRange:
        """Return the range up to another end, with what is kept of both sides."""


def joined_ranges(ordered: Iterable[AnyRange]) -> Iterator[AnyRange]:
    """Yield the ranges whole that come in parts, in order of address."""
    parts: list[AnyRange] = []
    for item in ordered:
        if parts and not _is_next(parts[-1], item):
            yield _whole(parts)
            parts = []
        parts.append(item)
    if parts:
        yield _whole(parts)


def _is_next(last: DifferingRange, item: DifferingRange) -> bool:
    touches = last.end == item.start and last.area == item.area
    return touches and last.joined_by == item.joined_by is not None


def _whole(parts: Sequence[AnyRange]) -> AnyRange:
    if len(parts) == 1:
        return parts[0]
    first, second = (b"".join(side)[:MOST_SHOWN] for side in zip(*(part.sides for part in parts)))
    return parts[0].extended(parts[-1].end, first, second)
