"""Files that were written after the process began, which alone may explain their differences.

Memory of a private mapping that was never written shows the file as it is now; what was written (by the
loader too) keeps the bytes of then. So a difference alone doesn't say whether the process changed its
memory or somebody changed the file.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ...maps.area import Area
from ...maps.protection import Protection
from ..mapped.mapped_files import MappedFiles
from .difference import UNKNOWN, Difference

# List at most this many unexplained differences of a file that was written after the process began; beyond
# that, take it that the file was changed.
MOST_LISTED = 64


class ChangedFile(NamedTuple):
    """A file that was written after the process began, and how many differences this may explain.

    They are listed only if they are few (`MOST_LISTED`).
    """

    path: str
    differences: int
    is_listed: bool


def without_changed_files(
    differences: Iterable[Difference], areas: Iterable[Area], files: MappedFiles
) -> tuple[tuple[Difference, ...], tuple[ChangedFile, ...]]:
    """Return the differences to list, and the files among the areas that were written since.

    Differences with a known cause are always listed. Shared areas don't count: they show the file as it is.
    """
    differences = tuple(differences)
    paths = dict.fromkeys(
        area.path or "" for area in areas if not area.allows(Protection.SHARED) and files.is_newer(area)
    )
    counts = dict.fromkeys(paths, 0)
    for item in differences:
        if item.cause == UNKNOWN and item.area.path in counts:
            counts[item.area.path] += 1
    found = tuple(ChangedFile(path, count, count <= MOST_LISTED) for path, count in counts.items())
    hidden = {item.path for item in found if not item.is_listed}
    kept = (item for item in differences if item.cause != UNKNOWN or item.area.path not in hidden)
    return tuple(kept), found
