"""Areas by the names that people give them, and where the object of a name is loaded."""

from __future__ import annotations

import fnmatch
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable

from ..arch import SMALLEST_PAGE
from ..errors import InvalidArgument
from .area import Area
from .kinds import DELETED
from .protection import Protection

Test = Callable[[Area], bool]

_OBJECTS = ("module", "vdso")


def name_test(glob: str) -> Test:
    """Return a test for the areas of this name.

    The glob is held against the path's last part, or the whole path if it has a `/`, or a bracketed
    name; without wildcards it is a prefix of these (`heap` also of what stands in the brackets). Brackets
    may be a set of characters or part of the name (`[anon:*]`, `a[1].so`): either reading serves. What the
    kernel says of a file that is gone, ` (deleted)`, may be left out. A path may go through symbolic links of
    this machine, as those do by which debuggers name what is loaded.
    """
    is_wild = any(character in glob for character in "*?[")
    spellings = _spellings(glob)
    globs = {one for spelling in spellings for one in (spelling, spelling.replace("[", "[[]"))}

    def matches(name: str) -> bool:
        if is_wild:
            return any(fnmatch.fnmatchcase(name, one) for one in globs)
        return name.startswith(spellings) or (name.startswith("[") and name.startswith(glob, 1))

    def test(area: Area) -> bool:
        path = area.path
        if not path:
            return False
        name = path if "/" in glob or path.startswith("[") else path.rpartition("/")[2]
        return path == glob or matches(name) or (is_wild and matches(name.removesuffix(DELETED)))

    return test


def _spellings(glob: str) -> tuple[str, ...]:
    """Return the glob, and if it is a path what it is without symbolic links: in its folder, in all of it."""
    if "/" not in glob or "\0" in glob:
        return (glob,)
    folder, _, last = glob.rpartition("/")
    return glob, os.path.join(os.path.realpath(folder or "/"), last), os.path.realpath(glob)


def base_of(areas: Iterable[Area], name: str, page_size: int = SMALLEST_PAGE) -> int:
    """Return the first address of the loaded object of this name (see `name_test`); 0 if there is none.

    Of several, the one called so up to its first dot or dash: `libc` is libc.so.6, not libcrypto.so.3.
    Raise InvalidArgument if there are several all the same, and if one is loaded several times (dlmopen(3)).
    """
    has_name = name_test(name)
    named = [area for area in areas if has_name(area)]
    found = [area for area in named if area.kind in _OBJECTS] or _perhaps_loaded(named)
    called_so = [area for area in found if re.split("[.-]", _last_part(area))[0] == name]
    found = called_so or found
    names = sorted({_last_part(area) for area in found})
    if len({area.path for area in found}) > 1:
        raise InvalidArgument(f"{len(names)} objects are named {name!r}", hint=", ".join(names))
    starts = _starts(found, page_size)
    if len(starts) > 1:
        raise InvalidArgument(f"{names[0]} is loaded {len(starts)} times", hint=", ".join(map(hex, starts)))
    return starts[0] if starts else 0


def _perhaps_loaded(areas: list[Area]) -> list[Area]:
    """Return the areas of files that may be code for all that is known, in parts as a loader maps them."""
    files = [area for area in areas if area.kind == "file" and area.allows(Protection.EXEC) is None]
    parts = Counter(area.path for area in files)
    return [area for area in files if parts[area.path] > 1]


def _starts(areas: list[Area], page_size: int) -> list[int]:
    """Return where each copy of a file begins: of those that may be executed, if there is one.

    Within a copy, offsets in the file go up. What isn't executable was mapped to be looked at.
    """
    copies: list[list[Area]] = []
    for area in areas:
        if not (copies and _goes_on(copies[-1][-1], area, page_size)):
            copies.append([])
        copies[-1].append(area)
    loaded = [copy for copy in copies if any(area.allows(Protection.EXEC) for area in copy)]
    return [copy[0].start for copy in loaded or copies[:1]]


def _goes_on(last: Area, area: Area, page_size: int) -> bool:
    if last.offset is None or area.offset is None or area.offset > last.offset:
        return True
    # Two segments may share a page of the file, which is then mapped twice.
    return area.offset == last.offset and area.start == last.end and last.size == page_size


def _last_part(area: Area) -> str:
    return (area.path or "").rpartition("/")[2]
