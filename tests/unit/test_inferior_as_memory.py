"""An inferior's memory offers all that a memory map does, and answers the same."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ptatlas.core.arch import Arch
from ptatlas.core.errors import AlreadySet, InvalidArgument, MemoryFault, SourceError
from ptatlas.core.inferior import Inferior
from ptatlas.core.memory.finding import SearchedMemory
from ptatlas.core.memory.memory_map import MemoryMap
from ptatlas.core.ranges import TOP, Range
from ptatlas.core.search.patterns.pattern import Pattern
from ptatlas.core.sources.buffer import buffer_target
from support.targets import Reader

BASE, HIGH, TOUCHING = 0x1000, 0x9000, 0x1040
GONE = 0x5000
ADDRESSES = [0, BASE - 1, BASE, BASE + 1, BASE + 3, BASE + 8, BASE + 0x30, TOUCHING, HIGH, TOP - 8, TOP - 4]

architectures = pytest.mark.parametrize(
    ("word_size", "endian"), [(4, "little"), (8, "little"), (4, "big"), (8, "big")]
)


def pieces(word_size, endian):
    """Two areas that touch, a text across them, pointers, and the last bytes of the address space."""
    pointer = HIGH.to_bytes(word_size, endian)
    low = b"\xff\xfe" + b"text\0" + b"\1" + pointer * 3
    return [
        (BASE, low.ljust(0x3D, b".") + b"spl", "rw-p"),
        (TOUCHING, b"it_name\0" + pointer + b"\xff" + pointer, "r--p"),
        (HIGH, b"needle NEEDLE\0" + bytes(50), "rw-p"),
        (TOP - 8, b"\x80\1\2\3END\0", "r--p"),
    ]


def both(word_size=8, endian="little"):
    """The same bytes as a map and as an inferior."""
    arch = Arch(word_size, endian)
    made = MemoryMap(word_size, endian)
    for address, data, _ in pieces(word_size, endian):
        made.add_bytes(data, address)
    return made, Inferior(buffer_target(pieces(word_size, endian), arch)).memory


def answer(ask):
    """What an accessor gives, or where and why it can't."""
    try:
        return ask()
    except MemoryFault as fault:
        return fault.address, fault.size, fault.reason
    except InvalidArgument:
        return "invalid"


@architectures
@pytest.mark.parametrize(
    "name",
    [
        *("get_byte", "get_int32", "get_int64", "get_c_int", "get_c_long", "get_string", "follow_pointer"),
        *("is_mapped", "is_string", "is_c_identifier", "next_word", "previous_word", "align"),
    ],
)
def test_every_accessor_answers_as_that_of_a_map(word_size, endian, name):
    made, seen = both(word_size, endian)
    answers = [answer(lambda a=a: getattr(seen, name)(a)) for a in ADDRESSES]
    assert answers == [answer(lambda a=a: getattr(made, name)(a)) for a in ADDRESSES]
    assert len(set(answers)) > 1


@architectures
@pytest.mark.parametrize("start", [None, BASE + 3, HIGH + 1, TOP - 1])
def test_bytes_patterns_and_pointers_are_found_where_a_map_finds_them(word_size, endian, start):
    made, seen = both(word_size, endian)
    for what in (b"split", b"e", Pattern.text("needle", ignore_case=True), b"END\0", b"nowhere"):
        assert seen.find(what, start) == made.find(what, start)
        assert seen.find_aligned(what, start) == made.find_aligned(what, start)
        assert list(seen.find_all(what, start)) == list(made.find_all(what, start))
        assert list(seen.find_all_aligned(what, start)) == list(made.find_all_aligned(what, start))
    assert seen.find_pointer(HIGH, start) == made.find_pointer(HIGH, start)
    assert list(seen.find_all_pointers(HIGH, start)) == list(made.find_all_pointers(HIGH, start))


def test_what_lies_across_areas_and_at_the_top_is_found():
    _, seen = both()
    assert seen.find(b"split_name") == TOUCHING - 3
    assert seen.find(b"END\0") == TOP - 4
    assert list(seen.find_all_pointers(HIGH)) == [BASE + 8, BASE + 16, BASE + 24, TOUCHING + 8]


def test_an_inferior_s_word_size_and_byte_order_are_set_already():
    _, seen = both(4, "big")
    assert (seen.word_size, seen.endian) == (4, "big")
    with pytest.raises(AlreadySet):
        seen.set_word_size(4)


def test_a_size_beyond_all_bounds_is_a_fault_where_memory_ends():
    _, seen = both()
    with pytest.raises(MemoryFault) as caught:
        seen.get_bytes(HIGH, 1 << 62)
    assert caught.value.address == HIGH + 64


def test_only_what_may_be_readable_is_searched():
    target = buffer_target([(BASE, b"needle", "rw-p"), (GONE, b"needle", "---p")])
    assert list(Inferior(target).memory.find_all(b"needle")) == [BASE]


class WholePages:
    """Knows which pages were never touched, and, as the kernel does, nothing of parts of pages."""

    def recorded(self, _start, _end):
        return []

    def __init__(self, page, zeros):
        self._page, self._zeros = page, zeros

    def untouched(self, start, end):
        if start % self._page or end % self._page:
            raise SourceError("Invalid argument")
        return [part for item in self._zeros for part in [item.intersection(start, end)] if part]


@pytest.mark.parametrize(
    ("scope", "found"),
    [
        pytest.param((0x1008, 0x1010), [], id="inside a page that was never touched"),
        pytest.param((0x1FF8, 0x2010), [0x2004], id="from one that was not to one that was"),
        pytest.param((0x2004, 0x200A), [0x2004], id="inside a page that was touched"),
        pytest.param((0x2008, 0x3008), [], id="into one that was not"),
        pytest.param((TOP - 8, TOP), [TOP - 6], id="at the end of the address space"),
    ],
)
def test_a_scope_may_begin_and_end_inside_pages_and_none_is_touched(scope, found):
    page, top = 0x1000, TOP - 0x1000
    low = (bytes(page) + b"....needle".ljust(page, b".") + bytes(page)).ljust(3 * page)
    target = buffer_target(
        [(0x1000, low, "rw-p"), (top, b"needle".rjust(page), "rw-p")], Arch(8, "little", page)
    )
    zeros = [Range(0x1000, 0x2000), Range(0x3000, 0x4000)]
    reader = Reader(target.readers[0], thread_safe=False)
    inferior = Inferior(replace(target, readers=(reader,), untouched=WholePages(page, zeros)))
    assert [hit.address for hit in inferior.find(Pattern.text("needle"), [Range(*scope)])] == found
    assert not [asked for asked in reader.asked if any(asked.start in part for part in zeros)]


def test_two_searches_of_an_inferior_do_not_disturb_each_other():
    inferior = Inferior(buffer_target([(BASE, b"a" * 10, "rw-p")]))
    first, second = inferior.memory.find_all(b"a"), inferior.memory.find_all(b"aa", BASE + 5)
    assert (next(first), next(second)) == (BASE, BASE + 5)
    assert (next(first), next(second)) == (BASE + 1, BASE + 6)


def test_both_offer_the_same_names():
    names = {name for name in dir(SearchedMemory) if not name.startswith("_")}
    made, seen = both()
    assert names <= set(dir(made)) & set(dir(seen))
    assert {
        "find",
        "find_aligned",
        "find_all",
        "find_all_aligned",
        "find_pointer",
        "find_all_pointers",
    } <= names
