"""What knows the files behind memory: those that were mapped, and the dump itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from ..maps.area import Area
from ..ranges import Range

if TYPE_CHECKING:
    from ..files.pinned import RegularFile


class FilePart(NamedTuple):
    """Addresses `start`..`end` whose content is that of a file from `offset` on.

    `path` opens it, and `identity` is the device and inode that it must have then.
    """

    start: int
    end: int
    path: str
    identity: tuple[int, int]
    offset: int


class FileProof(NamedTuple):
    """The file that was mapped, if it is there; else `why` it isn't, worded to follow a path."""

    file: RegularFile | None
    why: str | None = None


class FileProver(Protocol):
    """Knows which file of this computer is the one that was mapped, by evidence of its own."""

    def proof(self, areas: Sequence[Area]) -> FileProof:
        """Return the file that these areas, all of one path, show."""


class FilePaths(Protocol):
    """Knows paths to the files that a process maps, where their names lead to nothing or elsewhere."""

    def is_apart(self) -> bool:
        """Return whether names mean other files to the process: it has another root, or other mounts."""

    def inside(self, path: str) -> str:
        """Return a path here to what the process means by this one."""

    def mapped(self, area: Area) -> str:
        """Return a path to the very file that is mapped, whatever its name; few may open it."""


class DumpedParts(Protocol):
    """Knows where in a dump's file the memory lies that it holds as it was: neither packed nor encoded."""

    def parts(self) -> Sequence[FilePart]:
        """Return the parts, in order and without overlap, all of the one file."""


class PagesInFiles(Protocol):
    """Knows which pages have their content in a file, where reading through the process would map them."""

    def at_rest(self, ranges: Iterable[Range]) -> Iterable[FilePart]:
        """Return the parts of the ranges, in order, that lie in files and were not touched."""
