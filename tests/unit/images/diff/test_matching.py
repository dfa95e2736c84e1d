"""Groups of areas that keep their distances, and where addresses lie in them."""

from __future__ import annotations

from ptatlas.core.arch import Arch
from ptatlas.core.images.diff.matching import AreaGroup, Atlas, GroupPlace, groups_of
from ptatlas.core.images.diff.moved_words import Guards, MovedWords, RunSide
from ptatlas.core.maps.area import Area
from support.targets import area


def run(program: int, library: int, heap: int, stack: int) -> list[Area]:
    """The areas of one run of a program, wherever its parts were loaded."""
    return [
        area(program, program + 0x1000, "/bin/p"),
        area(program + 0x1000, program + 0x2000, "/bin/p", 0x1000),
        area(program + 0x2000, program + 0x3000),  # its variables
        area(heap, heap + 0x2000, "[heap]"),
        area(library - 0x5000, library - 0x3000),  # nobody's
        area(library, library + 0x1000, "/lib/l"),
        area(library + 0x2000, library + 0x3000, "/lib/l", 0x1000),
        area(library + 0x3000, library + 0x4000),  # its variables
        area(stack - 0x3000, stack, "[stack]"),
    ]


FIRST, SECOND = run(0x10000, 0x700000, 0x40000, 0x900000), run(0x22000, 0x811000, 0x55000, 0xA00000)


def test_groups_hold_together_what_is_loaded_together() -> None:
    groups = groups_of(FIRST)
    assert [[each.start for each in group.areas] for group in groups.values()] == [
        [0x10000, 0x11000, 0x12000],
        [0x40000],
        [0x6FB000],
        [0x700000, 0x702000, 0x703000],
        [0x8FD000],
    ]


def test_two_runs_have_the_same_groups() -> None:
    assert list(groups_of(FIRST)) == list(groups_of(SECOND))


def test_a_file_that_is_loaded_twice_is_two_groups() -> None:
    areas = [
        area(base + offset, base + offset + 1, "/l", offset) for base in (0x1000, 0x9000) for offset in (0, 1)
    ]
    assert [group.origin for group in groups_of(areas).values()] == [0x1000, 0x9000]


def test_a_stack_is_measured_from_its_end() -> None:
    (group,) = groups_of([area(0x1000, 0x5000, "[stack]")]).values()
    assert (group.origin, group.is_stack) == (0x5000, True)


def test_places_in_a_stack_are_the_same_if_either_distance_is() -> None:
    """Frames keep theirs from the stack pointer, the environment keeps its from the end."""
    before, after = (
        Atlas([AreaGroup("stack", pointer, (area(start, start + 0x4000, "[stack]"),), True)])
        for start, pointer in ((0x10000, 0x11230), (0x50000, 0x51450))
    )

    def same(one: int, other: int) -> bool:
        was, now = before.place(one), after.place(other)
        return was is not None and now is not None and was.is_same(now)

    assert same(0x11240, 0x51460)
    assert same(0x13FF0, 0x53FF0)
    assert not same(0x11240, 0x51468)


def test_very_many_anonymous_areas_are_no_burden() -> None:
    areas = [area(number * 0x3000, number * 0x3000 + 0x1000) for number in range(20_000)]
    assert len(groups_of(areas)) == 20_000


def test_an_address_is_told_by_its_group_and_distance() -> None:
    atlas = Atlas(groups_of(FIRST).values())
    assert atlas.place(0x702010) == GroupPlace(("/lib/l", "itself", 1), 0x2010)
    assert atlas.place(0x12FFF) == GroupPlace(("/bin/p", "itself", 1), 0x2FFF)
    assert atlas.place(0x13000) == GroupPlace(("/bin/p", "itself", 1), 0x3000)  # an end may be pointed to
    assert atlas.place(0) is None
    assert atlas.place(0x900001) is None


def test_between_two_groups_that_kept_their_distance_a_place_is_known() -> None:
    """What was unmapped there left pointers behind, such as the dynamic linker's cache."""

    def place(base: int, gap: int) -> GroupPlace | None:
        areas = [area(base, base + 0x1000, "/l"), area(base + gap, base + gap + 0x1000, "/m")]
        return Atlas(groups_of(areas).values()).place(base + 0x2000)

    assert place(0x10000, 0x8000) == place(0x77000, 0x8000)
    assert place(0x10000, 0x8000) != place(0x77000, 0x9000)


def words(*values: int) -> bytes:
    return b"".join(value.to_bytes(8, "little") for value in values)


def moved_words(before: Guards | None = None, after: Guards | None = None) -> MovedWords:
    atlases = (Atlas(groups_of(areas).values()) for areas in (FIRST, SECOND))
    return MovedWords(RunSide(next(atlases), before), RunSide(next(atlases), after), Arch())


def test_words_that_point_to_the_same_place_are_no_difference() -> None:
    moved = moved_words()
    before, after = words(0x10010, 0x702010, 7, 0x40000), words(0x22010, 0x813018, 8, 0x55000)
    runs = [(0, 3), (8, 11), (16, 17), (24, 27)]
    assert list(moved.without(runs, before, after, 0x1000)) == [(8, 11), (16, 17)]
    assert moved.found == 2


def test_what_lies_between_two_moved_pointers_stays() -> None:
    moved = moved_words()
    before, after = words(0x10010, 0, 0x10018), words(0x22010, 1, 0x22018)
    assert list(moved.without([(0, 24)], before, after, 0x1000)) == [(8, 16)]
    # Words are aligned by their address, and cut ones are nobody's.
    assert list(moved.without([(0, 24)], before, after, 0x1004)) == [(0, 24)]


def test_a_word_of_several_runs_counts_once() -> None:
    moved = moved_words()
    assert list(moved.without([(0, 1), (2, 3)], words(0x10010), words(0x22010), 0x1000)) == []
    assert moved.found == 1


def turned_left(value: int, bits: int) -> int:
    return (value << bits | value >> (64 - bits)) & ((1 << 64) - 1)


def test_guards_and_what_they_guard_are_no_difference() -> None:
    """As glibc mangles on x86-64 (by xor, and turned left by 17) and on AArch64 (by xor)."""
    first, second = (
        Guards(0x1122334455667700, 0x0123456789ABCDEF),
        Guards(0x8877665544332200, 0xFEDCBA987654321),
    )
    moved = moved_words(first, second)
    before, after = (
        words(
            guards.stack,
            guards.pointer,
            turned_left(pointer ^ guards.pointer, 17),
            pointer ^ guards.pointer,
            turned_left(77 ^ guards.pointer, 17),
            turned_left(other ^ guards.pointer, 17),
        )
        for guards, pointer, other in ((first, 0x10010, 0x10010), (second, 0x22010, 0x22018))
    )
    assert list(moved.without([(0, 48)], before, after, 0x1000)) == [(40, 48)]
