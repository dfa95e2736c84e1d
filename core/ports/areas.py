"""What knows the areas of an address space, and how much of each is in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol, runtime_checkable

from ..maps.area import Area
from ..ranges import Range


class AreaLister(Protocol):
    """Lists the areas of an address space."""

    @property
    def source(self) -> str:
        """What it is, as results name it (`procfs`, `core`, ...)."""

    def areas(self) -> Sequence[Area]:
        """Return the areas as they are now, ordered by (start, end).

        Raise SourceDenied if another lister may serve, SourceError if none will.
        """


@runtime_checkable
class PartialLister(Protocol):
    """A lister of areas beside which there may be others: it lists what is known."""

    is_partial: bool


class AreaLocator(Protocol):
    """Finds one area without listing them all."""

    def area_at(self, address: int) -> Area | None:
        """Return the area that contains the address, or None."""


class Residency(NamedTuple):
    """How much of an area is where, in bytes, and the kernel's flags for it; None is not known.

    `dirty` counts pages changed since they were read, private and shared; `vmflags` are the two-letter
    codes of proc_pid_smaps(5).
    """

    rss: int | None = None
    pss: int | None = None
    swap: int | None = None
    dirty: int | None = None
    vmflags: tuple[str, ...] | None = None


class ResidencyTeller(Protocol):
    """Knows how much of each area is in memory."""

    def residency(self) -> Mapping[Range, Residency]:
        """Return the residency by the range of each area. Costs a walk of the inferior's page tables."""
