"""The owners of areas, by all that proves them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..maps.area import Area
from .arenas import arenas
from .asan import sanitized
from .bss import bss_of_modules
from .by_name import owners_by_name
from .go import go_heap
from .owner import AreaOwner
from .proofs import Proofs
from .thread_stacks import stacks_of_threads

Owners = Mapping[Area, AreaOwner]

# The first that knows an area counts.
_FINDERS = (owners_by_name, stacks_of_threads, bss_of_modules, arenas, sanitized, go_heap)


def owners_of(proofs: Proofs, areas: Sequence[Area]) -> Owners:
    """Return those of these areas whose owners are proven, with these.

    What nothing proves has no owner here. Memory is read only where an area begins as its owner's would: a
    heap's first 2 KiB, the headers of a module. Raise SourceError if the inferior is gone.
    """
    found: dict[Area, AreaOwner] = {}
    for finder in _FINDERS:
        for area, owner in finder(proofs, areas):
            found.setdefault(area, owner)
    return found
