"""Files that were written after the process began, whose differences may be that change and nothing else.

What is mapped and was never written shows a file as it is now; what was written (by the loader too) shows
it as it was. So memory alone can't tell a process that changed its memory from a file that was changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ...maps.area import Area
from ...maps.protection import Protection
from ..mapped.mapped_files import MappedFiles
from .causes import UNKNOWN
from .difference import Difference

# Up to so many differences of such a file are worth a look; more are a file that was changed.
MOST_LISTED = 64


class ChangedFile(NamedTuple):
    """A file that was written after the process began; how many differences may be that, listed or not."""

    path: str
    differences: int
    is_listed: bool


def doubtful_files(
    differences: Iterable[Difference], areas: Iterable[Area], files: MappedFiles
) -> tuple[tuple[Difference, ...], tuple[ChangedFile, ...]]:
    """Return the differences that are worth telling, and the files among the areas that are in doubt.

    Differences with a cause always are. Shared areas are never in doubt: they show the file as it is.
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
