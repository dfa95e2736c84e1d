"""Areas by the names that people give them, and where the object of a name is loaded."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterable

from ..errors import InvalidArgument
from .area import Area
from .kinds import DELETED

Test = Callable[[Area], bool]

_OBJECTS = ("module", "vdso")


def name_test(glob: str) -> Test:
    """Return a test for the areas of this name.

    The glob is held against the path's last part, or the whole path if it has a `/`, or a bracketed
    name; without wildcards it is a prefix of these (`heap` also of what stands in the brackets). Brackets
    may be a set of characters or part of the name (`[anon:*]`, `a[1].so`): either reading serves. What the
    kernel says of a file that is gone, ` (deleted)`, may be left out.
    """
    is_wild = any(character in glob for character in "*?[")
    globs = {glob, glob.replace("[", "[[]")}

    def matches(name: str) -> bool:
        if is_wild:
            return any(fnmatch.fnmatchcase(name, one) for one in globs)
        return name.startswith(glob) or (name.startswith("[") and name.startswith(glob, 1))

    def test(area: Area) -> bool:
        path = area.path
        if not path:
            return False
        name = path if "/" in glob or path.startswith("[") else path.rpartition("/")[2]
        return path == glob or matches(name) or (is_wild and matches(name.removesuffix(DELETED)))

    return test


def base_of(areas: Iterable[Area], name: str) -> int:
    """Return the first address of the loaded object of this name (see `name_test`); 0 if there is none.

    Of several, the one called so up to its first dot or dash: `libc` is libc.so.6, not libcrypto.so.3.
    Raise InvalidArgument if there are several all the same.
    """
    has_name = name_test(name)
    found = [area for area in areas if area.kind in _OBJECTS and has_name(area)]
    called_so = [area for area in found if re.split("[.-]", _last_part(area))[0] == name]
    found = called_so or found
    names = sorted({_last_part(area) for area in found})
    if len({area.path for area in found}) > 1:
        raise InvalidArgument(f"{len(names)} objects are named {name!r}", hint=", ".join(names))
    return min((area.start for area in found), default=0)


def _last_part(area: Area) -> str:
    return (area.path or "").rpartition("/")[2]
