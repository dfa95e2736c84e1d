"""Zeros that both sides of a check are known to have: they count as compared, and nobody reads them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from ptatlas.core.arch import SMALLEST_PAGE as PAGE
from ptatlas.core.errors import SourceError
from ptatlas.core.images.check.check import check
from ptatlas.core.images.model.image import Image
from ptatlas.core.ports.memory import MemoryReader
from ptatlas.core.range_set import RangeSet
from ptatlas.core.ranges import Range
from ptatlas.core.sources.buffer import buffer_target
from ptatlas.core.sources.fixed import FixedUntouched
from support.sparse import HOLE, telling_folder, write_sparse
from support.targets import Reader, area

BASE = 0x400000
LAYOUT = HOLE * 4 + "aa" + HOLE * 3 + "b" + HOLE
WHOLE = area(BASE, BASE + len(LAYOUT) * PAGE, perms="rw-s")


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    """A sparse file."""
    with telling_folder(tmp_path) as folder:
        write_sparse(folder / "sparse", LAYOUT)
        yield folder / "sparse"


@pytest.fixture
def image(path: Path) -> Image:
    """An image of it."""
    image = Image("expected")
    image.add_file(path, 0, len(LAYOUT) * PAGE, BASE)
    return image


def pages(*numbers: int) -> RangeSet:
    return RangeSet(Range(BASE + n * PAGE, BASE + (n + 1) * PAGE) for n in numbers)


def memory_of(content: bytes) -> MemoryReader:
    return buffer_target([(BASE, content, "rw-s")]).readers[0]


def test_what_is_a_hole_on_both_sides_is_not_read_and_counts(image: Image, path: Path) -> None:
    reader = Reader(memory_of(path.read_bytes()))
    known = FixedUntouched(pages(0, 1, 2, 6, 10))
    result = check(image, reader, [WHOLE], untouched=known)
    assert result.differences == ()
    assert result.coverage == (WHOLE.size, 0, (), 0)
    assert list(RangeSet(reader.asked)) == list(pages(3, 4, 5, 7, 8, 9))


def test_zeros_of_memory_where_the_file_has_data_are_a_difference(image: Image) -> None:
    result = check(image, memory_of(bytes(WHOLE.size)), [WHOLE], untouched=FixedUntouched(pages(*range(11))))
    assert [each.start for each in result.differences] == [BASE + 4 * PAGE, BASE + 9 * PAGE]
    assert result.coverage == (WHOLE.size, 0, (), 0)


def test_a_file_that_changed_is_no_hole(image: Image, path: Path) -> None:
    write_sparse(path, HOLE * (len(LAYOUT) + 1))
    known = FixedUntouched(pages(*range(11)))
    result = check(image, memory_of(bytes(WHOLE.size)), [WHOLE], untouched=known)
    assert result.coverage.searched == 0
    assert len(result.unfit) == 1
    with pytest.raises(SourceError):
        next(image.visible(BASE, BASE + PAGE))[1].read(BASE, PAGE)
