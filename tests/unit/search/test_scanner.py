"""What a search promises, one promise at a time, over memory made of bytes."""

from __future__ import annotations

import random

import pytest
from ptatlas.core.arch import Arch
from ptatlas.core.errors import InvalidArgument, PatternError, SourceError
from ptatlas.core.maps.area import Area
from ptatlas.core.ranges import TOP, Range
from ptatlas.core.search.hits.hits import Hit
from ptatlas.core.search.patterns.pattern import Pattern
from ptatlas.core.search.scanner import Scanner
from ptatlas.core.sources.buffer import buffer_target
from ptatlas.core.watch import Progress, Watch
from support.targets import Reader, refuse

NEEDLE = Pattern.raw(b"NEEDLE")
PAGE = 4096


def scanner(pieces, threads=1, chunk_size=None, areas=None, **ranges):
    """A scanner over a buffer target made of (address, content) pieces."""
    target = buffer_target([(address, content, "rw-p") for address, content in pieces], **ranges)
    return Scanner(
        target.readers[0],
        target.listers[0].areas() if areas is None else areas,
        threads,
        chunk_size=chunk_size,
        untouched=target.untouched,
        absent=target.absent,
    )


def addresses(search):
    return [hit.address for hit in search]


def test_a_hit_says_where_how_long_and_of_which_pattern():
    (hit,) = scanner([(0x1000, b"..NEEDLE..")]).find(NEEDLE)
    assert hit == Hit(0x1002, 6, 0)
    assert repr(hit) == "Hit(0x1002, size=6, pattern=0)"


def test_a_match_that_lies_across_chunks_is_found_once():
    content = b"." * 13 + b"NEEDLE" + b"." * 13
    for chunk_size in range(1, 20):
        assert addresses(scanner([(0x1000, content)], chunk_size=chunk_size).find(NEEDLE)) == [0x100D]


def test_a_match_that_begins_in_one_area_and_ends_in_the_next_is_found():
    assert addresses(scanner([(0x1000, b"..NEE"), (0x1005, b"DLE..")]).find(NEEDLE)) == [0x1002]


def test_a_match_is_not_put_together_across_a_gap():
    assert not addresses(scanner([(0x1000, b"..NEE"), (0x1006, b"DLE..")]).find(NEEDLE))


def test_a_match_does_not_reach_beyond_the_scope():
    search = scanner([(0x1000, b"NEEDLENEEDLE")], areas=[Range(0x1000, 0x100B)]).find(NEEDLE)
    assert addresses(search) == [0x1000]


def test_areas_that_overlap_are_searched_once():
    areas = [Area(0x1000, 0x100A), Area(0x1004, 0x100C), Area(0x1000, 0x1004)]
    search = scanner([(0x1000, b"..NEEDLE....")], areas=areas).find(NEEDLE)
    assert addresses(search) == [0x1002]
    assert search.coverage.searched == 12


def test_areas_may_come_in_any_order():
    areas = [Range(0x2000, 0x2006), Range(0x1000, 0x1006)]
    search = scanner([(0x1000, b"NEEDLE"), (0x2000, b"NEEDLE")], areas=areas).find(NEEDLE)
    assert addresses(search) == [0x1000, 0x2000]


def test_overlapping_matches_are_all_found():
    assert addresses(scanner([(0, b"aaaaaaa")]).find(Pattern.raw(b"aaa"))) == [0, 1, 2, 3, 4]


def test_overlapping_matches_of_an_expression_are_all_found():
    hits = list(scanner([(0, b"xaaab")]).find(Pattern.regex("a+b?")))
    assert hits == [Hit(1, 4), Hit(2, 3), Hit(3, 2)]


def test_a_match_may_end_with_the_last_byte_of_the_address_space():
    assert addresses(scanner([(TOP - 8, b"..NEEDLE")]).find(NEEDLE)) == [TOP - 6]


def test_a_match_may_fill_an_area_exactly():
    assert addresses(scanner([(0x1000, b"NEEDLE")]).find(NEEDLE)) == [0x1000]


def test_only_multiples_of_the_alignment_are_hits():
    content = bytearray(64)
    for at in (3, 8, 12, 33):
        content[at] = 7
    pattern = Pattern.integer("u8", 7)
    assert addresses(scanner([(0x1000, bytes(content))]).find(pattern, align=4)) == [0x1008, 0x100C]


def test_an_alignment_is_of_addresses_not_of_offsets():
    content = bytes(4) + (0x7F00_1234_5678).to_bytes(8, "little") + bytes(4)
    assert addresses(scanner([(0x1004, content)]).find(Pattern.pointer(0x7F00_1234_5678), align=8)) == [
        0x1008
    ]


def test_without_an_alignment_each_pattern_has_its_own():
    content = b"\0\0\0" + (0x4141).to_bytes(8, "little") + b"\0" * 5
    pattern = Pattern.pointer(0x4141)
    assert not addresses(scanner([(0, content)]).find(pattern, align=None))
    assert addresses(scanner([(0, content)]).find(Pattern.raw(b"AA"), align=None)) == [3]


def test_several_patterns_are_told_apart_and_come_in_order():
    content = b"b.a.ab"
    hits = list(scanner([(0, content)]).find([Pattern.raw(b"a"), Pattern.raw(b"b"), Pattern.raw(b"ab")]))
    assert hits == [Hit(0, 1, 1), Hit(2, 1, 0), Hit(4, 1, 0), Hit(4, 2, 2), Hit(5, 1, 1)]


def test_a_search_begins_at_its_start_and_leaves_out_what_lies_before():
    search = scanner([(0x1000, b"NEEDLENEEDLE")]).find(NEEDLE, start=0x1001)
    assert addresses(search) == [0x1006]
    assert search.coverage.left_out == 1


def test_a_start_beyond_the_scope_leaves_out_everything():
    search = scanner([(0x1000, b"NEEDLE")]).find(NEEDLE, start=TOP)
    assert not addresses(search)
    assert (search.coverage.left_out, search.stopped) == (6, None)


def test_an_empty_scope_has_nothing():
    search = scanner([]).find(NEEDLE)
    assert not addresses(search)
    assert (search.coverage.size, search.stopped) == (0, None)


def test_a_page_that_cannot_be_read_is_reported_and_the_search_goes_on():
    content = bytearray(5 * PAGE)
    for at in (10, 2 * PAGE - 6, 3 * PAGE, 5 * PAGE - 6):
        content[at : at + 6] = b"NEEDLE"
    search = scanner([(0x10000, bytes(content))], unreadable=[(0x12000, 0x13000)]).find(NEEDLE)
    assert addresses(search) == [0x1000A, 0x11FFA, 0x13000, 0x14FFA]
    assert search.coverage.unreadable == ((0x12000, 0x13000, "unreadable"),)
    assert search.coverage.searched == 4 * PAGE


@pytest.mark.parametrize("threads", [1, 2])
def test_what_can_be_read_from_or_up_to_the_middle_of_a_page_is_searched(threads):
    content = bytearray(4 * PAGE)
    for at in (10, PAGE + 94, 3 * PAGE + 200, 4 * PAGE - 6):
        content[at : at + 6] = b"NEEDLE"
    hole = (PAGE + 100, 3 * PAGE + 200)
    for chunk_size in (100, PAGE, 4 * PAGE):
        scan = scanner([(0, bytes(content))], threads, chunk_size, unreadable=[hole])
        search = scan.find(NEEDLE)
        assert addresses(search) == [10, PAGE + 94, 3 * PAGE + 200, 4 * PAGE - 6]
        assert search.coverage.unreadable == ((*hole, "unreadable"),)


def test_unreadable_pages_that_touch_are_reported_as_one_range():
    search = scanner([(0, bytes(8 * PAGE))], chunk_size=PAGE, unreadable=[(PAGE, 4 * PAGE)]).find(NEEDLE)
    search.count()
    assert search.coverage.unreadable == ((PAGE, 4 * PAGE, "unreadable"),)


def test_a_match_never_spans_an_unreadable_page():
    content = b"." * (PAGE - 3) + b"NEE" + b"." * PAGE + b"DLE" + b"." * (PAGE - 3)
    assert not addresses(scanner([(0, content)], unreadable=[(PAGE, 2 * PAGE)]).find(NEEDLE))


def test_what_a_dump_left_out_is_absent_not_zero():
    pattern = Pattern.integer("u8", 0)
    search = scanner([(0, b"\1" * 3 * PAGE)], absent=[(PAGE, 2 * PAGE)]).find(pattern)
    assert not addresses(search)
    assert search.coverage.unreadable == ((PAGE, 2 * PAGE, "absent"),)


def sparse_target():
    """16 pages, of which only the second and the last were touched."""
    content = bytearray(16 * PAGE)
    content[PAGE : PAGE + 6] = content[16 * PAGE - 6 :] = b"NEEDLE"
    untouched = [(0, PAGE), (2 * PAGE, 15 * PAGE)]
    return buffer_target([(0, bytes(content), "rw-p")], untouched=untouched)


def test_pages_that_were_never_touched_are_counted_and_not_read():
    target = sparse_target()
    reader = Reader(target.readers[0])
    search = Scanner(reader, target.listers[0].areas(), untouched=target.untouched).find(NEEDLE)
    assert addresses(search) == [PAGE, 16 * PAGE - 6]
    assert (search.coverage.never_touched, search.coverage.searched) == (14 * PAGE, 2 * PAGE)
    assert reader.asked == [Range(PAGE, 2 * PAGE), Range(15 * PAGE, 16 * PAGE)]


def test_never_touched_pages_match_a_pattern_of_zeros_without_being_read():
    target = sparse_target()
    reader = Reader(target.readers[0])
    scan = Scanner(reader, target.listers[0].areas(), untouched=target.untouched, chunk_size=PAGE)
    search = scan.find(Pattern.integer("u64", 0), align=8)
    assert search.count() == 16 * PAGE // 8 - 2
    assert search.coverage.searched == 16 * PAGE
    assert all(read.end <= 2 * PAGE or read.start >= 15 * PAGE for read in reader.asked)


def test_a_match_may_begin_in_a_touched_page_and_end_in_one_never_touched():
    content = b"." * (PAGE - 1) + b"E" + bytes(2 * PAGE)
    pattern = Pattern.raw(b"E\0\0\0")
    assert addresses(scanner([(0, content)], untouched=[(PAGE, 3 * PAGE)]).find(pattern)) == [PAGE - 1]


def test_a_match_may_begin_in_a_page_never_touched_and_end_in_a_touched_one():
    content = bytes(2 * PAGE) + b"E" + b"." * (PAGE - 1)
    pattern = Pattern.raw(b"\0\0\0E")
    assert addresses(scanner([(0, content)], untouched=[(0, 2 * PAGE)]).find(pattern)) == [2 * PAGE - 3]


def test_a_huge_reservation_costs_only_what_is_touched():
    class Untouched:
        def recorded(self, _start, _end):
            return []

        def untouched(self, start, end):
            return [Range(start, end)]

    search = Scanner(Reader(before=refuse), [Range(0, 1 << 44)], untouched=Untouched()).find(NEEDLE)
    assert not addresses(search)
    assert search.coverage.never_touched == 1 << 44


@pytest.mark.parametrize("threads", [1, 2])
def test_the_hits_of_several_threads_come_in_order_however_many(threads):
    content = bytearray(random.Random(1).randbytes(1 << 20))
    wanted = sorted(random.Random(2).sample(range(0, len(content) - 6, 6), 20_000))
    for at in wanted:
        content[at : at + 6] = b"NEEDLE"
    scan = scanner([(0x1000, bytes(content))], threads, chunk_size=PAGE)
    assert addresses(scan.find(NEEDLE)) == [0x1000 + at for at in wanted]


def test_batches_and_counts_say_the_same_as_single_hits():
    scan = scanner([(0, b"NEEDLE." * 5000)], chunk_size=PAGE)
    hits = list(scan.find(NEEDLE))
    assert [hit for batch in scan.find(NEEDLE).batches() for hit in batch.hits()] == hits
    assert scan.find(NEEDLE).count() == len(hits) == 5000


def test_two_searches_of_one_scanner_do_not_disturb_each_other():
    scan = scanner([(0, b"NEEDLE." * 1000)], threads=2, chunk_size=64)
    pairs = list(zip(scan.find(NEEDLE), scan.find(NEEDLE)))
    assert len(pairs) == 1000
    assert all(left == right for left, right in pairs)


@pytest.mark.parametrize("threads", [1, 2])
def test_progress_is_told_in_order_up_to_the_end(threads):
    told = []
    target = buffer_target([(0, b"NEEDLE" + bytes(10 * PAGE), "rw-p")])
    areas = target.listers[0].areas()
    scan = Scanner(target.readers[0], areas, threads, chunk_size=PAGE, watch=Watch(show=told.append))
    assert scan.find(NEEDLE).count() == 1
    assert told == sorted(told)
    assert told[-1] == Progress(10 * PAGE + 6, 10 * PAGE + 6, 1)


def test_progress_leaves_out_what_lies_before_the_start():
    told = []
    target = buffer_target([(0, bytes(10 * PAGE), "rw-p")])
    Scanner(target.readers[0], target.listers[0].areas(), watch=Watch(show=told.append)).find(
        NEEDLE, start=PAGE
    ).count()
    assert told == [Progress(9 * PAGE, 9 * PAGE, 0)]


@pytest.mark.parametrize("threads", [1, 2])
def test_what_the_reader_raises_comes_after_the_hits_before_it(threads):
    target = buffer_target([(0, b"NEEDLE" + bytes(64 * PAGE), "rw-p")])

    def leave(asked):
        if asked.start >= 40 * PAGE:
            raise SourceError("the process is gone")

    search = Scanner(
        Reader(target.readers[0], leave), target.listers[0].areas(), threads, chunk_size=PAGE
    ).find(NEEDLE)
    assert next(search).address == 0
    with pytest.raises(SourceError):
        next(search)


@pytest.mark.parametrize(
    "call",
    [
        pytest.param(lambda: scanner([], threads=-1), id="threads"),
        pytest.param(lambda: scanner([], chunk_size=0), id="chunk size"),
        pytest.param(lambda: scanner([], areas=[Range(2, 1)]), id="reversed area"),
        pytest.param(lambda: scanner([], areas=[Range(0, TOP + 1)]), id="area beyond the top"),
        pytest.param(lambda: scanner([]).find(NEEDLE, align=0), id="alignment"),
        pytest.param(lambda: scanner([]).find(NEEDLE, limit=-1), id="limit"),
        pytest.param(lambda: scanner([]).find(NEEDLE, start=-1), id="start"),
    ],
)
def test_an_impossible_search_is_an_invalid_argument(call):
    with pytest.raises(InvalidArgument):
        call()


def test_a_search_for_nothing_is_a_pattern_error():
    with pytest.raises(PatternError):
        scanner([]).find([])


def test_a_pattern_longer_than_a_chunk_is_found():
    content = random.Random(3).randbytes(5 << 20)
    pattern = Pattern.raw(content[1 << 20 : 4 << 20])
    assert addresses(scanner([(0, content)], threads=2).find(pattern)) == [1 << 20]


def test_both_byte_orders_are_searched_as_the_pattern_says():
    content = b"\x12\x34\x56\x78" + b"\x78\x56\x34\x12"
    little = Pattern.parse("u32", "0x12345678", arch=Arch(endian="little"))
    big = Pattern.parse("u32", "0x12345678", arch=Arch(endian="big"))
    assert addresses(scanner([(0, content)]).find(little)) == [4]
    assert addresses(scanner([(0, content)]).find(big)) == [0]
