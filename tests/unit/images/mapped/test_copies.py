"""Copies: the load address under which the areas of a file agree."""

from __future__ import annotations

import pytest
from ptatlas.core.arch import LITTLE
from ptatlas.core.elf.headers import PT_LOAD, ElfHeader, ProgramHeader
from ptatlas.core.elf.segments import Elf
from ptatlas.core.images.mapped.copies import Copies
from ptatlas.core.maps.area import Area
from support.targets import area

HEADER = ElfHeader(8, LITTLE, 3, 62)
AT = 0x7F0000000000


def elf(*loads: tuple[int, int, int, int]) -> Elf:
    """A file of segments: flags, offset, address, size in the file."""
    return Elf(
        HEADER,
        tuple(ProgramHeader(PT_LOAD, flags, offset, at, size, size) for flags, offset, at, size in loads),
    )


def mapped(start: int, offset: int, perms: str | None, pages: int = 1) -> Area:
    return area(AT + start, AT + start + pages * 0x1000, "/lib/x.so", offset, perms)


# Headers and text in the file's first page, data in it too (ld -z noseparate-code, gold).
SMALL = elf((5, 0, 0, 0x900), (6, 0xE10, 0x1E10, 0x300))
SMALL_MAPPED = [mapped(0, 0, "r-xp"), mapped(0x1000, 0, "r--p"), mapped(0x2000, 0x1000, "rw-p")]
# lld: each segment at one page more of memory than of the file.
LLD = elf((4, 0, 0, 0x7B4), (5, 0x7B4, 0x17B4, 0x200), (6, 0x9B4, 0x29B4, 0x240), (6, 0xBF4, 0x3BF4, 0x40))
LLD_MAPPED = [
    mapped(0, 0, "r--p"),
    mapped(0x1000, 0, "r-xp"),
    mapped(0x2000, 0, "r--p"),
    mapped(0x3000, 0, "rw-p"),
]
# The headers are in no segment, and the first byte of the first one has no address of its own.
HEADLESS = elf((5, 0x1000, 0x401000, 0x1234), (6, 0x3000, 0x404000, 0x100))
# Text and data share a page of the file (GNU ld for s390x and RISC-V).
SHARED = elf((5, 0, 0x400000, 0x1500), (6, 0x1868, 0x402868, 0x100))


@pytest.mark.parametrize("known", [True, False], ids=["protections", "no protections"])
@pytest.mark.parametrize(
    ("file", "areas", "bias"),
    [
        pytest.param(SMALL, SMALL_MAPPED, AT, id="page zero twice"),
        pytest.param(LLD, LLD_MAPPED, AT, id="page zero four times"),
        pytest.param(
            HEADLESS,
            [mapped(0x401000, 0x1000, "r-xp", 2), mapped(0x404000, 0x3000, "rw-p")],
            AT,
            id="headers in no segment",
        ),
        pytest.param(
            SHARED,
            [mapped(0x400000, 0, "r-xp", 2), mapped(0x402000, 0x1000, "rw-p")],
            AT,
            id="text and data in one page",
        ),
        pytest.param(
            SHARED,
            [mapped(0x400000, 0, "r-xp"), mapped(0x401000, 0x1000, "rwxp"), mapped(0x402000, 0x1000, "rw-p")],
            AT,
            id="text cut where its protection was changed",
        ),
        pytest.param(SHARED, [mapped(0x402000, 0x1000, "rw-p")], AT, id="nothing but data is left"),
    ],
)
def test_all_areas_of_a_copy_tell_one_bias(file: Elf, areas: list[Area], bias: int, known: bool) -> None:
    areas = areas if known else [each._replace(protection=None) for each in areas]
    copies = Copies(file, areas)
    assert {copies.bias(each) for each in areas} == {bias}


@pytest.mark.parametrize("distance", [0x3000, 0x10000, 0x100000000])
def test_each_time_that_a_file_was_loaded_has_its_own(distance: int) -> None:
    again = [each._replace(start=each.start + distance, end=each.end + distance) for each in SMALL_MAPPED]
    copies = Copies(SMALL, [*SMALL_MAPPED, *again])
    assert [copies.bias(each) for each in SMALL_MAPPED] == [AT] * 3
    assert [copies.bias(each) for each in again] == [AT + distance] * 3


def test_large_pages_are_mapped_with_what_is_before_a_segment() -> None:
    """With pages of 64 KiB the data's area begins with the text's page."""
    file = elf((5, 0, 0, 0x3000), (6, 0x3D00, 0x13D00, 0x300))
    areas = [area(AT, AT + 0x10000, "/x", 0, "r-xp"), area(AT + 0x10000, AT + 0x20000, "/x", 0, "rw-p")]
    copies = Copies(file, areas, 0x10000)
    assert [copies.bias(each) for each in areas] == [AT, AT]
    assert file.is_code(0, 0x0, 0x10000)
    assert not file.is_code(0, 0x10000, 0x10000)


def test_what_no_segment_has_tells_nothing() -> None:
    symbols = mapped(0, 0x8000, "r--p")
    assert Copies(SMALL, [symbols]).bias(symbols) is None
    assert Copies(SMALL, []).bias(symbols._replace(offset=None)) is None


def test_code_and_data_that_share_a_page_are_told_apart_by_their_addresses() -> None:
    assert SHARED.is_code(0x1000, 0x401000)
    assert not SHARED.is_code(0x1000, 0x402000)
    # Where no address is known: by the segment that begins there.
    assert not SHARED.is_code(0x1000)
    assert SHARED.is_code(0)
