"""One area of an inferior's memory: a range of addresses that was mapped in one piece."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ..arguments import as_kind, as_list
from ..integers import as_address, is_between
from ..ranges import Range, check_range
from .protection import Protection

# The source of an area that no lister gave: a range that the user named, of which nothing else is known.
NAMED = "named"


class Area(NamedTuple):
    """Addresses `start` to `end` (not included) and what is known of them; None is not known.

    `offset` is where in the mapped file or object the area begins, in bytes. `path` is the mapped file, or a
    name in brackets that the system gives (`[heap]`), or "" where it is known that there is none. `device` is
    `major:minor` in hex as in proc_pid_maps(5). `source` names the lister that gave the area. For a path that
    ends with ` (deleted)`, `deleted` is True if the kernel added that to the name of a file that is gone,
    False if the file exists under this name. For a path below `/dev`, `regular` says whether it is a regular
    file (S_ISREG of inode(7)), if the lister could check.
    """

    start: int
    end: int
    protection: Protection | None = None
    offset: int | None = None
    path: str | None = None
    kind: str | None = None
    source: str | None = None
    device: str | None = None
    inode: int | None = None
    deleted: bool | None = None
    regular: bool | None = None

    @property
    def size(self) -> int:
        """Bytes in the area."""
        return self.end - self.start

    @property
    def range(self) -> Range:
        """The area's addresses alone."""
        return Range(self.start, self.end)

    @property
    def perms(self) -> str:
        """The protection as text, `?` for each letter that isn't known."""
        return "????" if self.protection is None else str(self.protection)

    def allows(self, flag: Protection) -> bool | None:
        """Return whether the flag (one of READ, WRITE, EXEC, SHARED) holds; None: not known.

        Raise InvalidArgument if the flag or the area's protection is none: nobody has checked the fields.
        """
        return None if self.protection is None else Protection.holds(self.protection, flag)

    def __contains__(self, address: object) -> bool:
        return is_between(self.start, address, self.end)

    def __repr__(self) -> str:
        known = [f"Area({_hex(self.start)}, {_hex(self.end)}, {self.perms}"]
        if self.offset is not None:
            known.append(f"offset={_hex(self.offset)}")
        known += [f"{n}={v!r}" for n, v in zip(self._fields[4:7], self[4:7]) if v is not None]
        return ", ".join(known) + ")"


def _hex(value: object) -> str:
    # Nobody has checked the fields; what says so shows them.
    return hex(value) if isinstance(value, int) else repr(value)


def checked_area(area: Area) -> Area:
    """Return the area with integers for what stands for its start and end.

    Raise InvalidArgument for what is no area, for a range that is empty, reversed or outside the 64-bit
    address space, and for a protection, an offset or a path that is none.
    """
    as_kind(area, Area)
    for value, kind in ((area.protection, Protection), (area.offset, int), (area.path, str)):
        if value is not None:
            as_kind(value, kind)
    if type(area.start) is not int or type(area.end) is not int:
        area = area._replace(start=as_address(area.start), end=as_address(area.end))
    check_range(area.start, area.end)
    return area


def checked_areas(areas: Iterable[Area]) -> list[Area]:
    """Return a list of areas, each as `checked_area` returns it."""
    return list(map(checked_area, as_list(areas)))
