"""Image: placing sections, cutting older ones, reading, the callback."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ptatlas.core.errors import InvalidArgument, MemoryFault, SourceError, UnknownSection
from ptatlas.core.images.model.asid import ANY, Asid
from ptatlas.core.images.model.image import Image
from ptatlas.core.images.model.section_cache import SectionCache

TOP = 1 << 64
GUEST, OTHER = Asid(cr3=0x1000), Asid(cr3=0x2000)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(bytes(range(256)) * 16)
    return path


@pytest.fixture
def image() -> Image:
    return Image("test")


def places(image: Image) -> list[tuple[int, int, int | None]]:
    """Start, end and offset of each section."""
    return [(section.start, section.end, section.file_offset) for section in image.sections]


# --- names


def test_an_image_has_a_name_or_none() -> None:
    assert Image("test").name == "test"
    assert Image().name is None


@pytest.mark.parametrize("name", ["live", ""])
def test_no_image_is_called_like_the_inferior_or_nothing(name: str) -> None:
    with pytest.raises(InvalidArgument):
        Image(name)


# --- add_file


def test_a_file_section_reads_as_the_file(image: Image, path: Path) -> None:
    image.add_file(path, 0x10, 0x20, 0x400000)
    assert places(image) == [(0x400000, 0x400020, 0x10)]
    assert image.read(0x400000, 0x20) == bytes(range(0x10, 0x30))
    (section,) = image.sections
    assert (section.content.kind, section.content.path) == ("file", str(path))
    assert (section.asid, section.isid) == (ANY, None)


def test_a_size_is_cut_at_the_end_of_the_file(image: Image, path: Path) -> None:
    image.add_file(path, 4090, 100, 0x1000)
    assert places(image) == [(0x1000, 0x1006, 4090)]


@pytest.mark.parametrize("size", [1 << 63, 1 << 64, 1 << 70])
def test_any_size_is_cut_at_the_end_of_the_file(image: Image, path: Path, size: int) -> None:
    image.add_file(path, 0, size, 0x1000)
    assert places(image) == [(0x1000, 0x2000, 0)]


@pytest.mark.parametrize(
    ("offset", "size", "address"),
    [
        pytest.param(4096, 1, 0, id="offset-at-the-end"),
        pytest.param(4097, 1, 0, id="offset-beyond-the-end"),
        pytest.param(1 << 63, 1, 0, id="offset-2**63"),
        pytest.param(1 << 64, 1, 0, id="offset-2**64"),
        pytest.param(-1, 1, 0, id="negative-offset"),
        pytest.param(0, 0, 0, id="no-size"),
        pytest.param(0, -1, 0, id="negative-size"),
        pytest.param(0, 1, -1, id="negative-address"),
        pytest.param(0, 1, TOP, id="address-2**64"),
        pytest.param(0, 2, TOP - 1, id="beyond-the-top"),
    ],
)
def test_a_failing_add_changes_nothing(
    image: Image, path: Path, offset: int, size: int, address: int
) -> None:
    image.add_bytes(b"before", 0)
    before, generation = image.sections, image.generation
    with pytest.raises(InvalidArgument):
        image.add_file(path, offset, size, address)
    assert (image.sections, image.generation) == (before, generation)


def test_an_empty_file_has_no_sections(image: Image, tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    with pytest.raises(InvalidArgument):
        image.add_file(tmp_path / "empty", 0, 10, 0)


def test_proc_self_mem_is_a_file_of_no_size(image: Image) -> None:
    with pytest.raises(InvalidArgument):
        image.add_file("/proc/self/mem", 0, 4096, 0)


def test_a_file_that_is_none_is_refused(image: Image, tmp_path: Path) -> None:
    with pytest.raises(SourceError):
        image.add_file(tmp_path, 0, 10, 0)
    assert image.sections == ()


def test_a_section_may_end_at_the_top_of_the_address_space(image: Image, path: Path) -> None:
    image.add_file(path, 0, 16, TOP - 16)
    assert image.read(TOP - 1, 1) == b"\x0f"
    assert image.read(TOP - 16, 16) == bytes(range(16))
    assert image.read_upto(TOP - 1, 100) == b"\x0f"


def test_the_same_section_again_changes_nothing(image: Image, path: Path) -> None:
    image.add_file(path, 0, 16, 0x1000, GUEST)
    before, generation = image.sections, image.generation
    image.add_file(path, 0, 16, 0x1000, GUEST)
    assert (image.sections, image.generation) == (before, generation)


def test_a_section_of_the_same_file_as_it_is_now_replaces_the_older(image: Image, path: Path) -> None:
    image.add_file(path, 0, 4, 0x1000)
    path.write_bytes(b"new content")
    image.add_file(path, 0, 4, 0x1000)
    assert image.read(0x1000, 4) == b"new "


# --- overlaps


@pytest.mark.parametrize(
    ("start", "size", "expected"),
    [
        pytest.param(0xF00, 0x100, [(0xF00, 0x1000, 0), (0x1000, 0x2000, 0x100)], id="touching-before"),
        pytest.param(0x2000, 0x100, [(0x1000, 0x2000, 0x100), (0x2000, 0x2100, 0)], id="touching-after"),
        pytest.param(0xF00, 0x180, [(0xF00, 0x1080, 0), (0x1080, 0x2000, 0x180)], id="cuts-the-front"),
        pytest.param(0x1F00, 0x200, [(0x1000, 0x1F00, 0x100), (0x1F00, 0x2100, 0)], id="cuts-the-back"),
        pytest.param(
            0x1400,
            0x100,
            [(0x1000, 0x1400, 0x100), (0x1400, 0x1500, 0), (0x1500, 0x2000, 0x600)],
            id="splits",
        ),
        pytest.param(0x1000, 0x1000, [(0x1000, 0x2000, 0)], id="replaces"),
        pytest.param(0xF00, 0x1200, [(0xF00, 0x2100, 0)], id="swallows"),
        pytest.param(0x1000, 1, [(0x1000, 0x1001, 0), (0x1001, 0x2000, 0x101)], id="first-byte"),
        pytest.param(0x1FFF, 1, [(0x1000, 0x1FFF, 0x100), (0x1FFF, 0x2000, 0)], id="last-byte"),
    ],
)
def test_an_older_section_makes_room_and_keeps_its_offsets(
    image: Image, tmp_path: Path, start: int, size: int, expected: list[tuple[int, int, int]]
) -> None:
    older, newer = tmp_path / "older", tmp_path / "newer"
    older.write_bytes(bytes(0x100) + b"o" * 0x1000)
    newer.write_bytes(b"n" * 0x2000)
    image.add_file(older, 0x100, 0x1000, 0x1000)
    image.add_file(newer, 0, size, start)
    assert places(image) == expected


def test_captured_bytes_are_cut_too(image: Image) -> None:
    image.add_bytes(b"0123456789", 0x1000)
    image.add_bytes(b"ab", 0x1004)
    assert image.read(0x1000, 10) == b"0123ab6789"
    assert [section.content.kind for section in image.sections] == ["captured"] * 3


def test_sections_of_other_address_spaces_stay(image: Image) -> None:
    image.add_bytes(b"guest", 0x1000, GUEST)
    image.add_bytes(b"other", 0x1000, OTHER)
    assert image.read(0x1000, 5, GUEST) == b"guest"
    assert image.read(0x1000, 5, OTHER) == b"other"


def test_a_section_for_all_address_spaces_makes_room_for_one_of_a_single_one(image: Image) -> None:
    image.add_bytes(b"every", 0x1000)
    image.add_bytes(b"gu", 0x1001, GUEST)
    assert image.read(0x1000, 5, GUEST) == b"egury"
    with pytest.raises(MemoryFault) as fault:
        image.read(0x1000, 5, OTHER)
    assert fault.value.address == 0x1001


def test_the_rest_of_a_cut_section_stays_in_its_address_space(image: Image) -> None:
    image.add_bytes(b"guest", 0x1000, GUEST)
    image.add_bytes(b"ev", 0x1000)
    assert image.read(0x1000, 5, GUEST) == b"evest"
    assert image.read_upto(0x1000, 5, OTHER) == b"ev"
    with pytest.raises(MemoryFault):
        image.read(0x1002, 1, OTHER)


def test_who_does_not_say_which_address_space_reads_what_came_last(image: Image) -> None:
    image.add_bytes(b"first", 0x1000, GUEST)
    image.add_bytes(b"second", 0x1002, OTHER)
    assert image.read(0x1000, 8) == b"fisecond"
    image.add_bytes(b"third", 0x1000, GUEST)
    assert image.read(0x1000, 8) == b"thirdond"


def test_the_top_byte_is_overlaid(image: Image) -> None:
    image.add_bytes(b"ab", TOP - 2)
    image.add_bytes(b"c", TOP - 1)
    assert image.read(TOP - 2, 2) == b"ac"


# --- cached sections


def test_a_cached_section_is_placed_where_the_cache_has_it(image: Image, path: Path) -> None:
    cache = SectionCache()
    isid = cache.add_file(path, 0x20, 0x10, 0x7000)
    image.add_cached(cache, isid, GUEST)
    (section,) = image.sections
    assert (section.start, section.end, section.isid, section.asid) == (0x7000, 0x7010, isid, GUEST)
    assert image.read(0x7000, 0x10, GUEST) == bytes(range(0x20, 0x30))


def test_a_cached_section_keeps_its_identifier_and_offsets_when_it_is_split(image: Image, path: Path) -> None:
    cache = SectionCache()
    isid = cache.add_file(path, 0x20, 0x10, 0x7000)
    image.add_cached(cache, isid)
    image.add_bytes(b"x", 0x7004)
    assert [(section.isid, section.file_offset) for section in image.sections] == [
        (isid, 0x20),
        (None, None),
        (isid, 0x25),
    ]
    assert image.read(0x7003, 3) == b"\x23x\x25"


@pytest.mark.parametrize("isid", [0, -1, 2])
def test_an_unknown_cached_section_changes_nothing(image: Image, path: Path, isid: int) -> None:
    cache = SectionCache()
    cache.add_file(path, 0, 16, 0)
    with pytest.raises(UnknownSection):
        image.add_cached(cache, isid)
    assert image.sections == ()


# --- copying and removing


def test_a_copy_lies_over_what_was_there_and_keeps_offsets(image: Image, path: Path) -> None:
    source = Image("source")
    source.add_file(path, 0, 0x100, 0x1000)
    source.add_bytes(b"xx", 0x1010)
    image.add_bytes(b"before" * 100, 0x0FF0)
    assert image.copy_from(source) == 0
    assert image.read(0x1000, 0x100) == source.read(0x1000, 0x100)
    assert image.read(0x0FF0, 6) == b"before"


def test_copying_from_itself_changes_nothing(image: Image) -> None:
    image.add_bytes(b"data", 0)
    generation = image.generation
    assert image.copy_from(image) == 0
    assert image.generation == generation


def test_a_copy_ignores_and_counts_sections_whose_file_is_gone(image: Image, path: Path) -> None:
    source = Image("source")
    source.add_file(path, 0, 16, 0)
    source.add_bytes(b"stays", 0x100)
    path.unlink()
    assert image.copy_from(source) == 1
    assert len(image) == 1


def test_removal_by_file_name_compares_the_path_as_it_was_given(image: Image, path: Path) -> None:
    image.add_file(path, 0, 16, 0)
    image.add_file(path, 0, 16, 0x100, GUEST)
    image.add_bytes(b"data", 0x200)
    assert image.remove_by_filename(f"{path.parent}/./{path.name}") == 0
    assert image.remove_by_filename(path, OTHER) == 1  # the one for all address spaces
    assert image.remove_by_filename(bytes(path)) == 1
    assert image.remove_by_filename(path) == 0
    assert len(image) == 1


def test_removal_counts_the_parts_of_a_split_section(image: Image, path: Path) -> None:
    image.add_file(path, 0, 16, 0)
    image.add_bytes(b"x", 8)
    assert image.remove_by_filename(path) == 2


def test_removal_by_asid_removes_what_matches(image: Image) -> None:
    image.add_bytes(b"guest", 0, GUEST)
    image.add_bytes(b"other", 0, OTHER)
    image.add_bytes(b"every", 0x100)
    assert image.remove_by_asid(GUEST) == 2
    assert [section.asid for section in image.sections] == [OTHER]
    assert image.remove_by_asid() == 1


# --- finding and reading


def test_find_returns_the_section_or_says_that_nothing_is_there(image: Image) -> None:
    image.add_bytes(b"data", 0x1000, GUEST)
    assert image.find(0x1003).start == 0x1000
    with pytest.raises(MemoryFault) as fault:
        image.find(0x1004)
    assert (fault.value.address, fault.value.reason) == (0x1004, "unmapped")
    with pytest.raises(MemoryFault):
        image.find(0x1000, OTHER)


def test_read_goes_on_across_sections_and_read_upto_stops(image: Image) -> None:
    image.add_bytes(b"abcd", 0x1000)
    image.add_bytes(b"efgh", 0x1004)
    assert image.read(0x1002, 4) == b"cdef"
    assert image.read_upto(0x1002, 4) == b"cd"
    assert image.read_upto(0x1002, 1) == b"c"


def test_read_fails_at_the_first_address_that_is_missing(image: Image) -> None:
    image.add_bytes(b"abcd", 0x1000)
    with pytest.raises(MemoryFault) as fault:
        image.read(0x1002, 10)
    assert (fault.value.address, fault.value.size) == (0x1004, 8)


def test_no_bytes_are_always_there(image: Image) -> None:
    assert image.read(0, 0) == image.read(TOP, 0) == b""


@pytest.mark.parametrize(("address", "size"), [(0, -1), (-1, 1), (TOP, 1), (TOP - 1, 2), (TOP + 1, 0)])
def test_reading_what_is_no_range_is_refused(image: Image, address: int, size: int) -> None:
    image.set_callback(lambda _address, size, _asid: bytes(size))
    with pytest.raises(InvalidArgument):
        image.read(address, size)


@pytest.mark.parametrize(("address", "size"), [(0, 0), (0, -1), (-1, 1), (TOP, 1), (TOP + 1, 1)])
def test_reading_up_to_nothing_is_refused(image: Image, address: int, size: int) -> None:
    image.set_callback(lambda _address, size, _asid: bytes(size))
    with pytest.raises(InvalidArgument):
        image.read_upto(address, size)


# --- the callback


def test_the_callback_serves_what_no_section_covers(image: Image) -> None:
    asked: list[tuple[int, int, Asid]] = []

    def read(address: int, size: int, asid: Asid) -> bytes:
        asked.append((address, size, asid))
        return b"?" * size

    image.add_bytes(b"ab", 0x1002)
    image.set_callback(read)
    assert image.read(0x1000, 6, GUEST) == b"??ab??"
    assert asked == [(0x1000, 2, GUEST), (0x1004, 2, GUEST)]


def test_a_short_answer_of_the_callback_is_asked_on(image: Image) -> None:
    image.set_callback(lambda address, _size, _asid: bytes([address & 0xFF]))
    assert image.read(0x10, 3) == b"\x10\x11\x12"
    assert image.read_upto(0x10, 3) == b"\x10"


def test_a_callback_that_answers_too_much_does_not_cover_sections(image: Image) -> None:
    image.add_bytes(b"ab", 0x1002)
    image.set_callback(lambda _address, _size, _asid: b"?" * 100)
    assert image.read(0x1000, 4) == b"??ab"
    assert image.read_upto(TOP - 2, 100) == b"??"


def test_a_callback_that_has_nothing_is_a_fault(image: Image) -> None:
    image.set_callback(lambda _address, _size, _asid: b"")
    with pytest.raises(MemoryFault):
        image.read(0x1000, 1)


def test_a_fault_of_the_callback_is_passed_on(image: Image) -> None:
    def read(address: int, size: int, asid: Asid) -> bytes:
        raise MemoryFault(address, size, "absent")

    image.set_callback(read)
    with pytest.raises(MemoryFault) as fault:
        image.read(0x1000, 1)
    assert fault.value.reason == "absent"


def test_a_new_callback_replaces_the_old_and_none_takes_it_away(image: Image) -> None:
    image.set_callback(lambda _address, size, _asid: b"1" * size)
    image.set_callback(lambda _address, size, _asid: b"2" * size)
    assert image.read(0, 1) == b"2"
    image.set_callback(None)
    with pytest.raises(MemoryFault):
        image.read(0, 1)


def test_a_section_whose_file_changed_is_dropped_and_the_callback_asked(image: Image, path: Path) -> None:
    image.add_file(path, 0, 16, 0x1000)
    image.set_callback(lambda _address, size, _asid: b"?" * size)
    os.truncate(path, 8)
    assert image.read(0x1000, 4) == b"????"
    assert image.sections == ()
    ((section, error),) = image.dropped
    assert (section.start, section.end) == (0x1000, 0x1010)
    assert isinstance(error, SourceError)


def test_a_dropped_section_without_a_callback_is_a_fault(image: Image, path: Path) -> None:
    image.add_file(path, 0, 16, 0x1000)
    path.unlink()
    with pytest.raises(MemoryFault):
        image.read(0x1000, 1)
    assert len(image.dropped) == 1


# --- what is seen


def test_visible_tells_which_section_answers_where(image: Image) -> None:
    image.add_bytes(b"a" * 0x100, 0x1000, GUEST)
    image.add_bytes(b"b" * 0x10, 0x1080, OTHER)
    image.add_bytes(b"c" * 0x10, 0x2000, GUEST)
    seen = [(range_.start, range_.end, section.asid) for range_, section in image.visible(0, TOP)]
    assert seen == [
        (0x1000, 0x1080, GUEST),
        (0x1080, 0x1090, OTHER),
        (0x1090, 0x1100, GUEST),
        (0x2000, 0x2010, GUEST),
    ]
    assert [range_.size for range_, _ in image.visible(0x1088, 0x2001, GUEST)] == [0x78, 1]
