"""What callers pass by mistake, for each kind of parameter; the first value of a kind is one that fits.

A kind is a parameter's annotation as it is written, so that a new one is missed where it first appears.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ptatlas.core import Area, AreaMap, Asid, Image, Pattern, Protection, SectionCache
from ptatlas.core.arch import Arch
from ptatlas.core.images.capture.page_store import PageStore
from ptatlas.core.maps.vm import Cookie
from ptatlas.core.ranges import Range
from ptatlas.core.search.patterns.pattern_set import PatternSet
from ptatlas.core.watch import UNWATCHED, Watch

from .made import BASE, PAGE, WORDS, made_image, made_inferior, made_map, made_pool

LONE = "lone \ud800"  # a surrogate that stands for no byte of a path
LONG = 5000  # more than a path may have


class Stranger:
    """An object of no kind that anything takes."""


class Unwilling:
    """An object that could stand for an integer or a path, and fails to."""

    def __index__(self) -> int:
        raise TypeError("no integer now")

    def __fspath__(self) -> str:
        raise TypeError("no path now")


def _released() -> memoryview:
    view = memoryview(b"gone")
    view.release()
    return view


NOTHING = (None, Stranger(), Unwilling(), (), {}, object)
# Borders of 32, 63 and 64 bits; of the bits that tags leave; and more digits than Python shows.
INTEGERS = (
    *(0, 1, -1, 7, True, PAGE, BASE, (1 << 31) - 1, 1 << 32, (1 << 48) - 1, 1 << 56),
    *((1 << 63) - 1, 1 << 63, -(1 << 63), -(1 << 63) - 1, (1 << 64) - 1, 1 << 64, (1 << 64) + 1, 1 << 65),
    *(1 << 4096, -(1 << 4096), 1 << 20_000, -(1 << 20_000)),
    *(0.0, 1.5, -0.0, float("nan"), float("inf"), float("-inf"), 1j, "1", b"1", "", "\0", [], *NOTHING),
)
TEXTS = (
    *("", "\0", "a\0b", LONE, "\udc80", "\U0010ffff", "x" * LONG, " ", "\n", "live", "-1", "%s%n{}", "../.."),
    *(b"", b"\0", b"text", 1, -1, 1.5, True, *NOTHING),
)
DATA = (
    *(b"", bytearray(b"x"), memoryview(b"xyz")[::2], memoryview(bytearray(8)).cast("I"), b"x" * LONG),
    *(_released(), "", "text", 1, 1 << 40, 1.5, [1, 2], [256], [-1], ["a"], *NOTHING),
)
BUFFERS = (
    *(memoryview(b"only read"), memoryview(bytearray(8))[::2], memoryview(bytearray(8)).cast("I")),
    *(_released(), memoryview(b""), b"bytes", "text", 1, *NOTHING),
)
FLOATS = (
    *(0.0, -0.0, float("nan"), float("inf"), float("-inf"), 1e308, 5e-324, 1 << 65, 1 << 4096),
    *("1", b"1", 1j, *NOTHING),
)
BOOLS = (False, True, None, 0, 2, "", "no", Stranger())
# What is no area, and areas that no address space holds.
AREAS = (
    *(Area(2, 1), Area(1, 1), Area(-1, 1), Area(0, 1 << 65), Area(1 << 64, 1 << 65), Area(1.5, 2.5)),
    *(Area("a", "b"), Area(None, None), Area(0, None), Area(0, 1, "rw-p", "no", 5), Range(0, 1), (0, 1)),
    *(5, "text", *NOTHING),
)
ANSWERS = (b"", b"longer than asked for" * 99, "text", 5, 1 << 40, [256], None, Stranger())


class Kinds:
    """The values of each kind, over a folder that is the test's own."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "file"
        self.file.write_bytes(WORDS)
        (folder / "empty").write_bytes(b"")
        os.mkfifo(folder / "fifo")
        (folder / "dangling").symlink_to("nowhere/at all")
        (folder / "loop").symlink_to("loop")
        self._folder = str(folder)
        self._values = {**self._plain(), **self._files(), **self._objects(), **self._parts()}

    def of(self, annotation: str) -> tuple[Any, ...]:
        """Return the values of a kind, the one that fits first."""
        assert annotation in self._values, f"tests/support/hostile.py has no values for {annotation!r}"
        return self._values[annotation]

    def _plain(self) -> dict[str, tuple[Any, ...]]:
        integers, texts, data = (BASE, *INTEGERS), ("made", *TEXTS), (b"letter", *DATA)
        return {
            **dict.fromkeys(("IntegerLike", "int", "IntegerLike | None", "int | None"), integers),
            **dict.fromkeys(("str", "str | None", "str | bytes"), texts),
            **dict.fromkeys(
                ("bytes", "BytesLike", "bytes | bytearray | memoryview", "Data", "Findable"), data
            ),
            "memoryview": (memoryview(bytearray(8)), *BUFFERS),
            **dict.fromkeys(("float", "float | None"), (1.5, *FLOATS)),
            "bool": BOOLS,
            "object": (BASE, *INTEGERS, *AREAS),
            **dict.fromkeys(("WordSize", "WordSize | None"), (8, 4, *INTEGERS)),
            **dict.fromkeys(("Endian", "Endian | None"), ("little", "big", "LITTLE", *TEXTS)),
            "Sequence[int] | None": (None, [], [1], ["a"], [-1], [1 << 65], 5, "text", Stranger()),
        }

    def _files(self) -> dict[str, tuple[Any, ...]]:
        closed = self.file.open("rb")
        closed.close()
        below = self._folder + "/"
        paths = (
            *(self.file, self._folder, below, "", "\0", below + "a\0b", b"\0", LONE, below + LONE, "\udc80"),
            *("x" * 300, "x/" * LONG, below + "empty", below + "fifo", below + "loop", below + "dangling"),
            *(below + "file/below", Path("/"), Path(below + "a\0b"), "/proc/1", "/proc/self/maps"),
            *("/dev/null", "/dev/zero", "/dev/full", "/dev/tty", "/proc/self/mem", 1.5, [], ["a"], *NOTHING),
        )
        handles = (-1, 1 << 31, 1 << 64, 10**6, closed, Path)
        return {"FilePath": paths, **dict.fromkeys(("File", "File | None"), (*paths, *handles))}

    def _objects(self) -> dict[str, tuple[Any, ...]]:
        area = Area(BASE, BASE + PAGE, Protection.READ, 0, "/tmp/a")
        areas = ([area], *([each] for each in AREAS), [area, area], iter([area]), 5, "text", *NOTHING)
        image, snapshot, cache = made_image(), made_inferior().snapshot("taken"), SectionCache("cache")
        cache.add_file(self.file, 0, PAGE, BASE)
        pattern = Pattern.text("letter")
        return {
            "Area": (area, *AREAS),
            **dict.fromkeys(("Iterable[Area]", "Iterable[Area] | None"), areas),
            **dict.fromkeys(("Iterable[Interval]", "Iterable[Interval] | None", "Iterable[Range]"), areas),
            "AreaMap | None": (None, AreaMap([area]), [area], 5, Stranger()),
            "Protection": (Protection.READ, 1, 1 << 65, -1, 1.5, "r", *NOTHING),
            **dict.fromkeys(
                ("Asid", "Asid | None"), (Asid(1, 2), Asid(), 1, "asid", (1, 2), image, *NOTHING)
            ),
            "SectionCache": (cache, SectionCache(), made_pool(), *NOTHING),
            "Section": (image.sections[0], cache.section(1), area, *NOTHING),
            "Iterable[Section]": ([], image.sections, [area], [None], *NOTHING),
            "Image": (image, Image(), snapshot, cache, area, "made", *NOTHING),
            "Image | Side": (snapshot, image, Image(), area, "made", *NOTHING),
            "Searchable": (
                *(pattern, PatternSet([pattern]), [pattern], [], [None], [pattern, 5], b"letter", 5),
                *NOTHING,
            ),
            "Arch": (Arch(), Arch(4, "big"), Arch(8, "little", 4096, 0xFF << 56), *NOTHING),
            "Arch | None": (None, Arch(), 5, "x86", Stranger()),
        }

    def _parts(self) -> dict[str, tuple[Any, ...]]:
        """Return what is asked or told while a call runs."""
        no_functions = (None, 5, "text", Stranger())
        watches = (UNWATCHED, Watch(lambda: True), *NOTHING)
        cookies = (Cookie(0, 0), Cookie(1, 1 << 65), Cookie("a", None), (1, 0), 5, Stranger())
        return {
            "ReadCallback | None": (
                *no_functions,
                *(lambda *_, answer=answer: answer for answer in ANSWERS),
            ),
            **dict.fromkeys(("Watch", "Watch | None"), watches),
            **dict.fromkeys(("Trace | None", "Callable[[Area], bool] | None"), no_functions),
            **dict.fromkeys(("Evaluate | None", "EvaluateReal | None"), no_functions),
            "Destination | None": (PageStore(), None, 5, Stranger()),
            "MemoryReader": (made_map(), made_inferior().memory, made_image(), 5, b"bytes", *NOTHING),
            "MemoryReader | None": (None, made_map(), 5, b"bytes", Stranger()),
            "MappedFiles | None": (None, made_inferior().mapped_files(), 5, Stranger()),
            "Cookie | None": (None, *cookies),
            # Ports: whoever writes one is no caller.
            **dict.fromkeys(
                ("UntouchedPages | None", "AbsentRanges | None", "UnreadableReasons | None"), (None,)
            ),
            "RemoteSearch | None": (None,),
        }
