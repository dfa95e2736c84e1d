"""The areas of a process from /proc/PID/maps (proc_pid_maps(5))."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence

from ...errors import SourceError
from ...maps.area import Area
from ...maps.kinds import DELETED
from ...maps.protection import Protection
from .handle import ProcessHandle

SOURCE = "procfs"

_NEWLINE = b"\\012"
_DELETED = DELETED.encode() + b"\n"
_DEVICES = b" /dev/"

_PROTECTIONS = {str(Protection(bits)).encode(): Protection(bits) for bits in range(16)}


class ProcfsLister:
    """Lists a process's areas. `maps.kinds` adds their kinds, from more facts."""

    source = SOURCE

    def __init__(self, process: ProcessHandle) -> None:
        self._process = process
        self._last: tuple[bytes, Sequence[Area]] = (b"", ())

    def snapshot(self) -> bytes:
        """Return the map's text: two are equal exactly if the map is.

        A process whose main thread has ended is read through another. Raise SourceDenied or SourceError.
        """
        text = self._process.read("maps")
        if not text:
            # Nothing is mapped, or the thread has ended; electing a living one shows which.
            self._process.elect()
            text = self._process.read("maps")
        return text

    def areas(self) -> Sequence[Area]:
        """Return the areas as they are now; raise SourceDenied or SourceError if they can't be read.

        The same sequence is returned for as long as the map's text is the same.
        """
        text = self.snapshot()
        if text == self._last[0]:
            return self._last[1]
        areas = parse_maps(text)
        if _NEWLINE in text:
            areas = [self._with_true_path(area) for area in areas]
        if _DELETED in text:
            areas = [tell_deleted(area, self._process) for area in areas]
        if _DEVICES in text:
            areas = [tell_regular(area, self._process) for area in areas]
        self._last = text, areas
        return areas

    def _with_true_path(self, area: Area) -> Area:
        """Return the area, if possible with its path by the link in map_files (proc_pid_map_files(5))."""
        if "\n" not in (area.path or ""):
            return area
        try:
            link = os.readlink(b"/proc/%d/map_files/%x-%x" % (self._process.tid, area.start, area.end))
        except OSError:
            # Not a file, or no permission to read the link; a newline is likelier than the four characters
            # `\012`.
            return area
        return area._replace(path=decode_path(link))


def parse_maps(text: bytes) -> list[Area]:
    r"""Read the text of /proc/PID/maps; raise SourceError for what isn't such a text.

    Paths are kept as the kernel prints them, " (deleted)" included, except that the `\012` which stands for a
    newline becomes one; bytes that aren't UTF-8 come as surrogates (os.fsdecode). A name that has these four
    characters itself looks the same as one with a newline in this text.
    """
    names: dict[bytes, str] = {}
    try:
        return [_area(line, names) for line in text.split(b"\n") if line]
    except (ValueError, KeyError, IndexError) as error:
        raise SourceError(f"/proc/PID/maps isn't as documented: {error}") from error


def _area(line: bytes, names: dict[bytes, str]) -> Area:
    fields = line.split(None, 5)
    path = fields[5] if len(fields) == 6 else b""
    name = names.get(path)
    if name is None:
        name = names[path] = decode_path(path.replace(_NEWLINE, b"\n"))
    start, _, end = fields[0].partition(b"-")
    return Area(
        int(start, 16),
        int(end, 16),
        _PROTECTIONS[fields[1]],
        int(fields[2], 16),
        name,
        None,
        SOURCE,
        fields[3].decode(),
        int(fields[4]),
    )


def tell_deleted(area: Area, process: ProcessHandle) -> Area:
    """Return the area with `deleted` set: whether the file is gone, or its name just ends that way."""
    path = area.path or ""
    if not path.endswith(DELETED):
        return area
    return area._replace(deleted=_mode(area, path, process) is None)


def tell_regular(area: Area, process: ProcessHandle) -> Area:
    """Return the area with `regular` set below /dev: a file (huge pages, for example), or a driver."""
    path = area.path or ""
    if not path.startswith("/dev/"):
        return area
    mode = _mode(area, path, process)
    return area if mode is None else area._replace(regular=stat.S_ISREG(mode))


def _mode(area: Area, path: str, process: ProcessHandle) -> int | None:
    """Return the mode of the file at the path, as the process sees it; None if that isn't what is mapped."""
    try:
        status = os.stat(os.fsencode(process.path("root")) + os.fsencode(path))
    except OSError:
        return None
    device = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}"
    return status.st_mode if (device, status.st_ino) == (area.device, area.inode) else None


def decode_path(path: bytes) -> str:
    """Decode a path so that os.fsencode under UTF-8 gives the same bytes, whatever this locale is."""
    return path.decode("utf-8", "surrogateescape")
