"""What knows the files behind memory: those that were mapped, and the dump itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from ..maps.area import Area
from ..ranges import Range

if TYPE_CHECKING:
    from ..files.pinned import RegularFile


# Why a file is used that nothing proves, worded to follow its path.
LOADED = "which the debugger has loaded, and nothing proves to be what was mapped"
TRUSTED = "which nothing proves to be what was mapped; its name is trusted"
# Why one isn't used.
NOT_PROVEN = "is not used: nothing proves that it is what was mapped"
OTHER_BYTES = "holds other bytes than what was mapped"


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
    """The file that was mapped, if it is there; else `why` it isn't, worded to follow a path.

    `unproven` says why a file is used that nothing proves: the debugger has loaded it, or the user trusts it.
    """

    file: RegularFile | None
    why: str | None = None
    unproven: str | None = None


class Verdict(NamedTuple):
    """Whether a file is used: `why` it is not, and `unproven`: why it is although nothing proves it."""

    why: str | None
    unproven: str | None = None


class UnprovenPart(NamedTuple):
    """Addresses whose content is that of a file at `path`; `why` it is used although nothing proves it."""

    start: int
    end: int
    path: str
    why: str


def in_words(parts: Iterable[UnprovenPart]) -> list[str]:
    """Return a line for each file that shows any of these parts: where, and why it is used unproven."""
    files: dict[tuple[str, str], list[UnprovenPart]] = {}
    for part in parts:
        files.setdefault((part.path, part.why), []).append(part)
    lines: list[str] = []
    for (path, why), found in files.items():
        size = sum(part.end - part.start for part in found)
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        where = f"{found[0].start:#x}..{found[0].end:#x}{more} ({size} bytes)"
        lines.append(f"not proven: {where} as in the file {path}, {why}")
    return lines


class FileProver(Protocol):
    """Knows which file of this computer is the one that was mapped, by evidence of its own."""

    def proof(self, areas: Sequence[Area]) -> FileProof:
        """Return the file that these areas, all of one path, show."""


class FilePaths(Protocol):
    """Knows paths to the files that a process maps, where their names lead to nothing or elsewhere."""

    def is_apart(self) -> bool:
        """Return whether names mean other files to the process: it has another root, or other mounts."""

    def root(self) -> str:
        """Return a path here to the root of the process."""

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
