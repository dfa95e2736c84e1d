"""File offsets and names of areas, from where a debugger has placed the contents of files.

LLDB's memory regions have no offsets, and some dumps no names. The debugger has placed each object all the
same, segment by segment or section by section: an area that lies there shows the file from the same place on.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from ..intervals import IntervalStore
from ..maps.area import Area
from ..maps.kinds import DELETED
from ..ports.program import LoadedRange
from ..ranges import align_down, align_up


def with_places(areas: Iterable[Area], places: Iterable[LoadedRange], page_size: int) -> list[Area]:
    """Return the areas, with the offset of each whose lister knew none, and the name where that is unknown.

    An area with a name takes the offset of a file of this name only. One of which it isn't known whether it
    has a name (None) takes both, if all of its pages have content of the file. Where places contradict each
    other, nothing is taken; an area that is known to have no file ("", brackets) stays as it is.
    """
    known: IntervalStore[LoadedRange] = IntervalStore(
        place for place in places if place.path is not None and place.offset is not None
    )
    return [_placed(area, known, page_size) if _may_show_a_file(area) else area for area in areas]


def _may_show_a_file(area: Area) -> bool:
    return area.offset is None and (area.path is None or area.path.startswith("/"))


def _placed(area: Area, known: IntervalStore[LoadedRange], page_size: int) -> Area:
    here = list(known.overlaps(area.start, area.end))
    if area.path is not None:
        here = [place for place in here if is_name_of(place.path or "", area.path)]
    biases = {place.start - (place.offset or 0) for place in here}
    path = area.path or _the_path(here, area, page_size)
    if len(biases) != 1 or path is None:
        return area
    offset = area.start - biases.pop()
    return area if offset < 0 else area._replace(offset=offset, path=path)


def _the_path(places: Sequence[LoadedRange], area: Area, page_size: int) -> str | None:
    """Return the path of the one file that the places are of, if they fill the area."""
    paths = dict.fromkeys(place.path or "" for place in places)
    is_one = len(set(map(os.path.realpath, paths))) == 1
    return next(iter(paths)) if is_one and _cover(places, area, page_size) else None


def _cover(places: Sequence[LoadedRange], area: Area, page_size: int) -> bool:
    """Return whether each page of the area has some of the places in it; they are in order."""
    end = area.start
    for place in places:
        if align_down(place.start, page_size) > end:
            return False
        end = max(end, align_up(place.end, page_size))
    return end >= area.end


def is_name_of(path: str, name: str) -> bool:
    """Return whether both name one file: the linker may know it by a link, the kernel by its own name."""
    name = name.removesuffix(DELETED)
    return os.path.basename(path) == os.path.basename(name) or os.path.realpath(path) == name
