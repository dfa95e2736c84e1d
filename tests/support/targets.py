"""What tests look at: areas, the commands over a buffer, readers, and the file that programs map."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from ptatlas.core.arch import Arch
from ptatlas.core.maps.area import Area
from ptatlas.core.maps.protection import Protection
from ptatlas.core.ports.memory import MemoryReader
from ptatlas.core.ranges import Range
from ptatlas.core.sources import BufferArea, buffer_target

from .shell import Shell

BASE, PAGE = 0x10000, 0x1000
# What the areas program is given to map: two pages and a part of the third.
MAPPED_FILE = bytes(number % 251 for number in range(10_000))


def write_mapped_file(folder: Path) -> Path:
    """Write that file."""
    file = folder / "mapped-file"
    file.write_bytes(MAPPED_FILE)
    return file


def area(
    start: int,
    end: int,
    path: str = "",
    offset: int = 0,
    perms: str | None = None,
    kind: str | None = None,
    **known: Any,
) -> Area:
    """Return an area, whose protections are as `/proc/PID/maps` writes them, or None: not known."""
    return Area(start, end, None if perms is None else Protection.parse(perms), offset, path, kind, **known)


def over(*areas: BufferArea, arch: Arch | None = None, **states: Iterable[tuple[int, int]]) -> Shell:
    """Return the commands over a buffer of these areas; `states` are those of `buffer_target`."""
    return Shell(buffer_target(areas, arch, **states))


def page_of(content: bytes, perms: str = "rw-p") -> BufferArea:
    """Return a page at BASE that begins with the content, and is 0xcc behind it."""
    return BufferArea(BASE, content.ljust(PAGE, b"\xcc"), perms, "/tmp/data")


def over_page(content: bytes, endian: str = "little", word_size: int = 8) -> Shell:
    """Return the commands over such a page."""
    return over(page_of(content), arch=Arch(word_size, endian))


class Reader:
    """A reader that keeps what it was asked for, of another one's memory, else of zeros.

    `before` is told of each read before it is done, and may raise what ends it.
    """

    def __init__(
        self,
        reader: MemoryReader | None = None,
        before: Callable[[Range], object] = lambda _asked: None,
        *,
        thread_safe: bool = True,
        source: str = "reader",
    ) -> None:
        self.source, self.thread_safe = source, thread_safe
        self.asked: list[Range] = []
        self._reader, self._before = reader, before

    def read_into(self, address: int, buffer: memoryview) -> int:
        asked = Range(address, address + len(buffer))
        self._before(asked)
        self.asked.append(asked)
        if self._reader is not None:
            return self._reader.read_into(address, buffer)
        buffer[:] = bytes(len(buffer))
        return len(buffer)


def refuse(asked: Range) -> None:
    """Let nobody read."""
    raise AssertionError(f"{asked.size} bytes read at {asked.start:#x}")


def interrupt(_asked: Range) -> None:
    """Be interrupted by the user."""
    raise KeyboardInterrupt


def at(address: int, act: Callable[[], object]) -> Callable[[Range], object]:
    """Do something before each read of that address."""
    return lambda asked: act() if address in asked else None


def on_read(number: int, act: Callable[[Range], object]) -> Callable[[Range], object]:
    """Do something before the read of that number."""
    numbers = itertools.count(1)
    return lambda asked: act(asked) if next(numbers) == number else None
