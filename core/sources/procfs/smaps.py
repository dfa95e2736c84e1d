"""How much of each area is in memory, and its kernel flags, from /proc/PID/smaps (proc_pid_smaps(5))."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO

from ...arch import SMALLEST_PAGE
from ...errors import SourceError
from ...ports.areas import Residency
from ...ranges import Range
from .handle import ProcessHandle

_KB = 1024
# Flags of areas whose missing pages another thread or process supplies: userfaultfd(2) registered for missing
# pages, write protection or minor faults.
USERFAULT_FLAGS = (b"um", b"uw", b"ui")
_USERFAULT_MISSING = (b"um",)
# Under no name that could be a flag or a field: what an area's own line says behind its addresses.
_HEAD = b""
# Huge pages of a pool that may be empty (hugetlb): a missing page can't always be allocated.
_HUGETLB_FLAGS = (b"ht",)


class ProcfsResidency:
    """Reads smaps, for which the kernel walks the page tables: only when it is asked for."""

    def __init__(self, process: ProcessHandle) -> None:
        self._process = process

    def snapshot(self) -> bytes:
        """Return the text of smaps; raise SourceDenied or SourceError if it can't be read."""
        self._process.elect()
        return self._process.read("smaps")

    def residency(self) -> Mapping[Range, Residency]:
        """Return what smaps says of each area; raise SourceDenied or SourceError if it can't be read."""
        return dict(parse_smaps(self.snapshot()))


def parse_smaps(text: bytes) -> Iterator[tuple[Range, Residency]]:
    """Read the text of smaps; fields that this kernel lacks are None. Raise SourceError for other text."""
    with _documented():
        for area, values in _entries(text):
            yield area, _residency(values)


@contextmanager
def _documented() -> Iterator[None]:
    """Turn what comes of reading other text into SourceError."""
    try:
        yield
    except (ValueError, IndexError) as error:
        raise SourceError(f"/proc/PID/smaps isn't as documented: {error}") from error


def flagged_areas(text: bytes, flags: Sequence[bytes]) -> Iterator[Range]:
    """Yield the areas that have one of these flags, from the text of smaps; raise as `parse_smaps` does."""
    return (area for area, _ in _flagged(text, flags))


def supplied_areas(text: bytes) -> Iterator[Range]:
    """Yield the private anonymous areas in which a page that is missing is one that somebody is to supply.

    In a shared one, or one of a file, the page may be there for others.
    """
    with _documented():
        for area, values in _flagged(text, _USERFAULT_MISSING):
            permissions, _, _, inode = values[_HEAD].split(None, 4)[:4]
            if permissions.endswith(b"p") and inode == b"0":
                yield area


def huge_page_sizes(text: bytes) -> dict[Range, int]:
    """Return the areas of huge pages from a pool, and how large these are."""
    with _documented():
        return {
            area: _size(values, b"KernelPageSize") or SMALLEST_PAGE
            for area, values in _flagged(text, _HUGETLB_FLAGS)
        }


def _flagged(text: bytes, flags: Sequence[bytes]) -> Iterator[tuple[Range, dict[bytes, bytes]]]:
    # Nearly no process has one, and these searches are an order of magnitude faster than the walk.
    if any(b" " + flag in text for flag in flags):
        with _documented():
            for area, values in _entries(text):
                if not set(flags).isdisjoint(values.get(b"VmFlags", b"").split()):
                    yield area, values


def _entries(text: bytes) -> Iterator[tuple[Range, dict[bytes, bytes]]]:
    """Yield each area and its `Name: value` lines. An area's own line begins with a hex digit."""
    area: Range | None = None
    values: dict[bytes, bytes] = {}
    for whole in BytesIO(text):  # in which, unlike in a split of a million lines, one can interrupt
        line = whole.rstrip(b"\n")
        if line[:1].isupper():
            name, _, value = line.partition(b":")
            values[name] = value
        elif line:
            if area is not None:
                yield area, values
            place, _, head = line.partition(b" ")
            start, _, end = place.partition(b"-")
            area, values = Range(int(start, 16), int(end, 16)), {_HEAD: head}
    if area is not None:
        yield area, values


def _residency(values: Mapping[bytes, bytes]) -> Residency:
    private, shared = _size(values, b"Private_Dirty"), _size(values, b"Shared_Dirty")
    flags = values.get(b"VmFlags")
    return Residency(
        rss=_size(values, b"Rss"),
        pss=_size(values, b"Pss"),
        swap=_size(values, b"Swap"),
        dirty=None if private is None or shared is None else private + shared,
        vmflags=None if flags is None else tuple(flags.decode().split()),
    )


def _size(values: Mapping[bytes, bytes], name: bytes) -> int | None:
    """Return a size in bytes; smaps has them as `1234 kB`."""
    value = values.get(name)
    return None if value is None else int(value.split()[0]) * _KB
