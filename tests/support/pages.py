"""Memories of real pages, in a process or in a core file, and what is in them: see tests/programs/pages.c."""

from __future__ import annotations

import mmap
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from hypothesis import strategies as st
from ptatlas.core.ranges import Range, coalesce

from .children import Child
from .core_builder import PAGE, CoreBuilder
from .search_oracle import ALPHABET

DATA, READ_ONLY, WRITE_ONLY, NO_ACCESS, UNTOUCHED, HOLE, GUARD, ABSENT = "drwnuhga"
EMPTY = UNTOUCHED + HOLE + GUARD + ABSENT


def has_guard_pages() -> bool:
    """Whether this kernel has guard pages: pages that nobody can read, in an area that can be read."""
    with mmap.mmap(-1, PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as page:
        try:
            page.madvise(102)  # MADV_GUARD_INSTALL of madvise(2), Linux 6.13
        except OSError:
            return False
    return True


LIVE_KINDS = DATA * 3 + UNTOUCHED * 2 + READ_ONLY + WRITE_ONLY + NO_ACCESS + HOLE + GUARD * has_guard_pages()
CORE_KINDS = DATA * 3 + UNTOUCHED * 2 + ABSENT + HOLE
CORE_BASE = 0x7F12_3456_7000


class Pages(NamedTuple):
    """Pages of these kinds, a letter each, from `base` on, and what is in them.

    `seen` are the kinds whose content can be read.
    """

    kinds: str
    data: bytes
    seen: str
    base: int = 0

    def __repr__(self) -> str:
        return f"Pages({self.kinds!r}, seen={self.seen!r}, base={self.base:#x})"

    @property
    def end(self) -> int:
        return self.base + PAGE * len(self.kinds)

    def of(self, kinds: str) -> list[Range]:
        """The ranges of pages of these kinds."""
        pages = (Range(self.base + PAGE * i, self.base + PAGE * (i + 1)) for i in range(len(self.kinds)))
        return list(coalesce(page for page, kind in zip(pages, self.kinds) if kind in kinds))

    def runs(self, scope: Sequence[Range]) -> Iterator[tuple[int, bytes]]:
        """Contiguous bytes of the scope that a search can see, and their address."""
        shown = self.of(self.seen)
        for run in coalesce(part for r in shown for s in scope for part in [r.intersection(*s)] if part):
            yield run.start, self.data[run.start - self.base : run.end - self.base]


@st.composite
def pages(draw: st.DrawFn, kinds: str, seen: str, most: int = 6) -> Pages:
    """Some pages, mostly of zeros; what else is in them lies at their borders, and here and there."""
    made = draw(st.text(kinds, min_size=1, max_size=most))
    rng = random.Random(draw(st.integers(0, 1 << 32)))
    return filled(made, seen, rng)


def filled(kinds: str, seen: str, rng: random.Random) -> Pages:
    """Pages with random bytes at the borders and here and there."""
    data = bytearray(PAGE * len(kinds))
    for number, kind in enumerate(kinds):
        if kind in EMPTY:
            continue
        places = (0, PAGE - 40, rng.randrange(PAGE - 40))
        for place in places:
            data[PAGE * number + place : PAGE * number + place + 40] = bytes(rng.choices(ALPHABET, k=40))
    return Pages(kinds, bytes(data), seen)


def with_text(kinds: str, text: bytes, at: int) -> Pages:
    """Pages that have the text `at` bytes from their start, and zeros around it."""
    page = bytes(at) + text + bytes(PAGE - at - len(text))
    return Pages(kinds, b"".join(bytes(PAGE) if kind in EMPTY else page for kind in kinds), DATA)


def build(child: Child, wanted: Pages, folder: Path) -> Pages:
    """Let the child make these pages; return them where they are."""
    file = folder / "content"
    file.write_bytes(wanted.data)
    return wanted._replace(base=child.tell(f"build {wanted.kinds} {file}")["address"])


def write_core(wanted: Pages, path: Path) -> Pages:
    """Write a core file of these pages: those never touched are holes of it, absent ones aren't in it."""
    placed = wanted._replace(base=CORE_BASE)
    builder = CoreBuilder().thread(1, bytes(27 * 8))
    builder.page_aligned = True
    mapped = placed.of(DATA + UNTOUCHED + ABSENT)
    dumped = placed.of(DATA + UNTOUCHED)
    for area in mapped:
        at = area.start
        for part in (p for d in dumped for p in [d.intersection(*area)] if p):
            if at < part.start:
                builder.load(at, size=part.start - at)
            builder.load(part.start, placed.data[part.start - placed.base : part.end - placed.base])
            at = part.end
        if at < area.end:
            builder.load(at, size=area.end - at)
    _write_sparse(builder.build(), path)
    return placed


def _write_sparse(content: bytes, path: Path) -> None:
    """Write a file with holes where a page of it is all zeros, as the kernel dumps."""
    with path.open("wb") as file:
        for at in range(0, len(content), PAGE):
            page = content[at : at + PAGE]
            if any(page):
                file.seek(at)
                file.write(page)
        file.truncate(len(content))
