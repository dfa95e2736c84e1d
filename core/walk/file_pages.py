"""Whether memory shows the pages of a file: what proves a file where there is no build-id."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import NamedTuple

from ..arch import SMALLEST_PAGE
from ..elf.headers import PF_W, PT_LOAD, ReadAt
from ..elf.segments import Elf
from .reading import ReadsInto, next_readable, read_up_to

# Pages that are compared at the most: more make a proof no better.
MOST_PAGES = 16
# Pages that are looked at for those with anything in them.
_MOST_LOOKED_AT = 256
_ZEROS = bytes(SMALLEST_PAGE)


class FilePage(NamedTuple):
    """A page of memory that can be read whole and isn't all zeros, and where in the file it should be."""

    offset: int
    content: bytes


class Agreement(NamedTuple):
    """How many pages of a file are the same in memory, and how many that nobody may write are not."""

    equal: int
    different: int

    @property
    def is_proof(self) -> bool:
        """Whether this can be no accident and no guess.

        One whole page is enough, but not as one of many guesses; and code may be patched, here and there.
        """
        return 0 < self.equal >= self.different


def file_pages(places: Iterable[tuple[int, int, int]], memory: ReadsInto) -> Iterator[FilePage]:
    """Yield the pages of memory that can be compared with a file, in order of their offsets; few of many.

    `places` are where it is mapped: first address, one past the last, and the offset in the file.
    """
    looked_at = 0
    for start, end, offset in sorted(places, key=itemgetter(2)):
        at = start
        while at + SMALLEST_PAGE <= end and looked_at < _MOST_LOOKED_AT:
            looked_at += 1
            content = read_up_to(memory, at, SMALLEST_PAGE)
            if len(content) < SMALLEST_PAGE:
                hole = at + len(content)
                at = max(hole + 1, next_readable(memory, hole, end, SMALLEST_PAGE))
                at += (start - at) % SMALLEST_PAGE
                continue
            if content != _ZEROS:
                yield FilePage(offset + at - start, content)
            at += SMALLEST_PAGE


def agreement(pages: Iterable[FilePage], read: ReadAt, elf: Elf | None) -> Agreement:
    """Compare a file with the first of the pages; `elf` are its headers, None for another file than ELF.

    Behind the file's end memory has zeros. A page of a segment that could be written speaks for the file, but
    not against it: it may have been written to, and the loader does so.
    """
    equal: set[int] = set()
    different: set[int] = set()
    for page, _ in zip(pages, range(MOST_PAGES)):
        if read(page.offset, SMALLEST_PAGE).ljust(SMALLEST_PAGE, b"\0") == page.content:
            equal.add(page.offset)
        elif not _may_be_written(elf, page.offset):
            different.add(page.offset)
    # Memory that shows two contents of one place of the file shows that it is a guess.
    return Agreement(len(equal - different), len(different))


def _may_be_written(elf: Elf | None, offset: int) -> bool:
    return elf is not None and any(
        segment.flags & PF_W and segment.offset < offset + SMALLEST_PAGE
        for segment in elf.of_type(PT_LOAD)
        if offset < segment.offset + segment.file_size
    )
