"""pt-find, over memory in a buffer: every type, every option, and what the answer says of itself."""

from __future__ import annotations

import json
import math
import re
import struct

import pytest
from ptatlas.core.commands.shell.dispatch import CommandFailed
from ptatlas.core.sources import BufferArea, buffer_target
from support.shell import Shell
from support.targets import BASE, PAGE, over, over_page


def hits(shell: Shell, arguments: str) -> list[int]:
    """Where the hits lie, as offsets from BASE."""
    return [int(hit["address"], 16) - BASE for hit in shell.json(f"pt-find {arguments}")["hits"]]


@pytest.mark.parametrize(
    ("arguments", "needle"),
    [
        pytest.param("needle", b"needle", id="text is the default"),
        pytest.param("-t str grün", "grün".encode(), id="text is UTF-8"),
        pytest.param(r"'a\nb\x00\tc\\'", b"a\nb\0\tc\\", id="escapes"),
        pytest.param(r"'\u20ac'", "€".encode(), id="an escape beyond ASCII"),
        pytest.param("'two words'", b"two words", id="words in quotes"),
        pytest.param("-t cstr needle", b"needle\0", id="cstr ends with NUL"),
        pytest.param("-t utf16 né", "né".encode("utf-16-le"), id="utf16"),
        pytest.param("-t utf16 😀", "😀".encode("utf-16-le"), id="utf16 with a surrogate pair"),
        pytest.param("-t utf32 né", "né".encode("utf-32-le"), id="utf32"),
        pytest.param("-t utf16 né --endian big", "né".encode("utf-16-be"), id="utf16, big"),
        pytest.param("-t utf32 né --endian big", "né".encode("utf-32-be"), id="utf32, big"),
        pytest.param("-x '48 8B 05'", b"\x48\x8b\x05", id="hex"),
        pytest.param("-x 488b05", b"\x48\x8b\x05", id="hex without blanks"),
        pytest.param("-t hex '48 ?? 0?'", b"\x48\x12\x07", id="hex with open nibbles"),
        pytest.param("-t u8 0xfe", b"\xfe", id="u8"),
        pytest.param("-t u16 0x1234", b"\x34\x12", id="u16"),
        pytest.param("-t u32 0xdeadbeef", b"\xef\xbe\xad\xde", id="u32"),
        pytest.param("-t u64 0x1122334455667788", bytes.fromhex("8877665544332211"), id="u64"),
        pytest.param("-t i8 -2", b"\xfe", id="i8, negative"),
        pytest.param("-t i16 -2", b"\xfe\xff", id="i16, negative"),
        pytest.param("-t i32 -2", b"\xfe\xff\xff\xff", id="i32, negative"),
        pytest.param("-t i64 -2", b"\xfe" + b"\xff" * 7, id="i64, negative"),
        pytest.param("-t u32 0xdeadbeef --endian big", b"\xde\xad\xbe\xef", id="u32, big"),
        pytest.param("-t u32 0b1010000001", b"\x81\x02\0\0", id="binary"),
        pytest.param("-t u32 0o1201", b"\x81\x02\0\0", id="octal"),
        pytest.param("-P 0x7fff12345678", struct.pack("<Q", 0x7FFF12345678), id="ptr"),
        pytest.param("-t f32 1.5", struct.pack("<f", 1.5), id="f32"),
        pytest.param("-t f64 -1.5", struct.pack("<d", -1.5), id="f64, negative"),
        pytest.param("-t f64 -inf", struct.pack("<d", -math.inf), id="minus infinity is no option"),
        pytest.param("-t f32 -INF..-3e38", struct.pack("<f", -math.inf), id="nor is it in a range"),
        pytest.param("-t ptr 0x1000,+16", struct.pack("<Q", 0x100F), id="a pointer into so many bytes"),
        pytest.param("-t u16 0x1230..0x1240", b"\x34\x12", id="a range"),
        pytest.param("-t i16 -5..-3", b"\xfc\xff", id="a range of negative numbers"),
        pytest.param("-t f64 1.25..1.75", struct.pack("<d", 1.5), id="a range of doubles"),
        pytest.param("-r 'ne+dle[0-9]'", b"needle7", id="a regular expression"),
        pytest.param("-i NeedLE", b"nEEdle", id="text, whatever its case"),
        pytest.param("-i -r 'NEE.LE'", b"nEEdle", id="an expression, whatever its case"),
        pytest.param("-i -t utf16 NEE", "nEe".encode("utf-16-le"), id="utf16, whatever its case"),
    ],
)
def test_finds_each_type_at_its_place_and_nowhere_else(arguments, needle):
    assert hits(over_page(b"\xcc" * 40 + needle), arguments) == [40]


def test_the_byte_order_and_the_word_size_are_the_targets():
    shell = over_page(b"\xcc" * 8 + bytes.fromhex("1122334411223344"), "big", 4)
    assert hits(shell, "-t u32 0x11223344") == [8, 12]
    assert hits(shell, "-P 0x11223344") == [8, 12]
    assert hits(shell, "-P 0x44332211 --endian little") == [8, 12]


def test_pointers_are_looked_for_at_multiples_of_the_word_size_unless_told_otherwise():
    word = struct.pack("<Q", BASE)
    shell = over_page(word + b"\xcc" + word + b"\xcc" * 7 + word)
    assert hits(shell, f"-P {BASE:#x}") == [0, 24]
    assert hits(shell, f"-P {BASE:#x} --align 1") == [0, 9, 24]
    assert hits(shell, f"-t u64 {BASE:#x}") == [0, 9, 24]


def test_pointers_to_anywhere_in_named_areas():
    pieces = [
        BufferArea(BASE, struct.pack("<4Q", 0x20000, 0x20FFF, 0x21000, 0x1FFFF), "rw-p", "/tmp/table"),
        BufferArea(0x20000, bytes(PAGE), "r-xp", "/usr/lib/libc.so.6"),
    ]
    shell = over(*pieces)
    assert hits(shell, "-P @libc") == [0, 8]
    assert hits(shell, "-P @0x20010") == [0, 8]
    assert hits(shell, "-P 0x20fff..0x21000") == [8, 16]


def test_overlapping_matches_are_all_found():
    assert hits(over_page(b"aaaaaaa"), "aaa") == [0, 1, 2, 3, 4]
    assert hits(over_page(b"aaaaaaa"), "-r 'a{3}'") == [0, 1, 2, 3, 4]


def test_several_patterns_are_found_in_one_pass_and_told_apart():
    rows = over_page(b"one two one").json("pt-find one two")["hits"]
    assert [(int(row["address"], 16) - BASE, row["pattern"]) for row in rows] == [(0, 0), (4, 1), (8, 0)]


@pytest.mark.parametrize("step", [1, 2, 3, 4, 7, 4096])
def test_alignment_is_of_the_address(step):
    assert hits(over_page(b"\x11" * 64), f"-x 11 --align {step}") == [
        n for n in range(64) if (BASE + n) % step == 0
    ]


def test_a_table_stops_after_a_hundred_hits_and_a_document_does_not():
    shell = over_page(b"\x11" * 250)
    shown = shell.lines("pt-find -x 11")
    assert len(shown) == 1 + 100 + 2
    assert shown[-1] == f"the limit is reached; go on with --from {BASE + 100:#x}"
    assert len(shell.lines("pt-find -x 11 -l 0")) == 1 + 250 + 1
    for form in ("json", "jsonl", "csv"):
        assert shell.run(f"pt-find -x 11 --format {form}").count("0x1") >= 250


@pytest.mark.parametrize("limit", [1, 2, 3, 50, 249, 250, 251])
def test_a_limited_search_goes_on_where_it_says_without_losing_or_repeating_a_hit(limit):
    shell, found, start, rounds = over_page(b"\x11" * 250), [], "0", 0
    while start is not None:
        document = shell.json(f"pt-find -x 11 --limit {limit} --from {start}")
        assert document["count"] == len(document["hits"]) <= limit
        found += [int(hit["address"], 16) - BASE for hit in document["hits"]]
        start = document["stopped"] and document["stopped"]["from"]
        assert document["stopped"] is None or document["stopped"]["why"] == "limit"
        rounds += 1
    assert found == list(range(250))
    assert rounds == 250 // limit + 1


def test_hits_of_several_patterns_at_one_address_are_not_parted_by_the_limit():
    document = over_page(b"ab").json("pt-find a ab b -l 1")
    assert [hit["pattern"] for hit in document["hits"]] == [0, 1]
    assert document["stopped"]["from"] == hex(BASE + 1)


MIXED = [
    BufferArea(0x10000, b"\x11" * PAGE, "rw-p", "/a"),
    BufferArea(0x11000, b"\x11" * 3 * PAGE, "rw-p", "/b"),
    BufferArea(0x20000, b"\x11" * PAGE, "-w-p", "/closed"),
    BufferArea(0x30000, b"\x11" * PAGE, "r--p", "[vvar]", 0, "vvar"),
    BufferArea(0x40000, b"\x11" * PAGE, "rw-s", "/dev/thing", 0, "device"),
    BufferArea(0x50000, b"", "rw-p", "", size=16 * PAGE),
    BufferArea(2**64 - PAGE, b"\x11" * PAGE, "rw-p", "/top"),
]
MIXED_SIZE = 24 * PAGE


@pytest.fixture
def mixed():
    """Areas of every sort: an unreadable page in one, never touched ones, absent ones, one at the top."""
    holes, zeros, nobody = [(0x12000, 0x13000)], [(0x50000, 0x58000)], [(0x58000, 0x60000)]
    return over(*MIXED, unreadable=holes, untouched=zeros, absent=nobody)


def total(coverage) -> int:
    unreadable = sum(int(part["end"], 16) - int(part["start"], 16) for part in coverage["unreadable"])
    return coverage["searched"] + coverage["never_touched"] + unreadable + coverage["left_out"]


@pytest.mark.parametrize(
    ("arguments", "size"),
    [
        pytest.param("-x 11", MIXED_SIZE, id="everything"),
        pytest.param("-x 00", MIXED_SIZE, id="zeros, which never touched pages hold"),
        pytest.param("-x 11 --all", MIXED_SIZE, id="devices too"),
        pytest.param("-x 11 --no-access", MIXED_SIZE, id="what the process may not read too"),
        pytest.param("-x 11 -l 5", MIXED_SIZE, id="limited"),
        pytest.param("-x 11 --count", MIXED_SIZE, id="counted"),
        pytest.param("-x 11 -l 5000 --from 0x10800", MIXED_SIZE, id="from the middle"),
        pytest.param("-x 11 --from 0x60000", MIXED_SIZE, id="from a gap"),
        pytest.param("-x 11 --from 0xffffffffffffffff", MIXED_SIZE, id="from the highest byte"),
        pytest.param("-x 22", MIXED_SIZE, id="nothing found"),
        pytest.param("-x 11 -n a", PAGE, id="by name"),
        pytest.param("-x 11 -p '!r'", PAGE, id="what can't be read"),
        pytest.param("-x 11 -k device", PAGE, id="what is left out"),
        pytest.param("-x 11 --in 0x10800..0x12800", 2 * PAGE, id="a range across two areas"),
        pytest.param("-x 11 --in 0x5,+10", 0, id="a range without areas"),
        pytest.param("-x 11 --in 0x10800,+16 --in 0x10808,+16", 24, id="two ranges that overlap"),
        pytest.param("-x 11 --in 0xfffffffffffffff0..0x10000000000000000", 16, id="the top"),
        pytest.param("-x 11 --in 0x57ff0..0x58010", 32, id="never touched and absent"),
    ],
)
def test_what_was_searched_and_what_was_not_add_up_to_the_scope(mixed, arguments, size):
    assert total(mixed.json(f"pt-find {arguments}")["coverage"]) == size


def test_an_unreadable_page_is_reported_and_what_lies_after_it_is_found(mixed):
    document = mixed.json("pt-find -x 11 --in 0x11fff..0x13001")
    assert [hit["address"] for hit in document["hits"]] == ["0x11fff", "0x13000"]
    assert document["coverage"]["unreadable"] == [{"start": "0x12000", "end": "0x13000", "why": "unreadable"}]
    assert "not searched: 0x12000..0x13000 (unreadable)" in mixed.lines("pt-find -x 22")


def test_each_reason_for_not_searching_is_told(mixed):
    coverage = mixed.json("pt-find -x 11")["coverage"]
    assert [(part["start"], part["why"]) for part in coverage["unreadable"]] == [
        ("0x12000", "unreadable"),
        ("0x20000", "no read permission"),
        ("0x58000", "absent"),
    ]
    assert coverage["never_touched"] == 8 * PAGE
    assert coverage["left_out"] == 2 * PAGE
    reasons = {(one["what"], one["why"]): one["bytes"] for one in coverage["because"]}
    assert reasons["left_out", "it is a device's memory, which may act when it is read"] == PAGE
    assert reasons["left_out", "it is the kernel's own data"] == PAGE
    assert sum(reasons.values()) == coverage["left_out"] + sum(
        int(part["end"], 16) - int(part["start"], 16) for part in coverage["unreadable"]
    )


def test_devices_and_vvar_are_searched_only_when_all_are_asked_for(mixed):
    def names(arguments):
        return {hit["area"] for hit in mixed.json(f"pt-find -x 11 {arguments}")["hits"]}

    assert names("") == {"/a", "/b", "/top"}
    assert names("--all") == {"/a", "/b", "/top", "[vvar]", "/dev/thing"}


def test_what_the_process_may_not_read_is_searched_only_when_it_is_asked_for(mixed):
    assert mixed.json("pt-find -x 11 -n closed")["count"] == 0
    document = mixed.json("pt-find -x 11 -n closed --no-access")
    assert (document["count"], document["coverage"]["unreadable"]) == (PAGE, [])


def test_a_match_across_two_touching_areas_is_found_and_belongs_to_the_first():
    pieces = [
        BufferArea(0x1000, b"\xcc" * 0xFFD + b"nee", "rw-p", "/low"),
        BufferArea(0x2000, b"dle", "r--p", "/high"),
    ]
    (hit,) = over(*pieces).json("pt-find needle")["hits"]
    assert (hit["address"], hit["area"], hit["area_offset"]) == ("0x1ffd", "/low", 0xFFD)
    assert bytes.fromhex(hit["bytes"]) == b"needle"


def test_a_match_is_not_found_across_what_lies_outside_the_scope():
    pieces = [
        BufferArea(0x1000, b"\xcc" * 0xFFD + b"nee", "rw-p", "/low"),
        BufferArea(0x2000, b"dle", "r--p", "/high"),
    ]
    shell = over(*pieces)
    assert shell.json("pt-find needle -n low")["hits"] == []
    assert shell.json("pt-find needle --in 0x1ffd..0x2002")["hits"] == []
    assert len(shell.json("pt-find needle --in 0x1ffd..0x2003")["hits"]) == 1


def test_the_last_byte_of_the_address_space_is_searched(mixed):
    last = mixed.json("pt-find -x 11 --from 0xffffffffffffffff")["hits"]
    assert [hit["address"] for hit in last] == ["0xffffffffffffffff"]


def test_count_says_how_many_in_each_area_and_how_many_in_all(mixed):
    document = mixed.json("pt-find -x 11 --count")
    assert [(row["area"], row["hits"]) for row in document["areas"]] == [
        ("/a", PAGE),
        ("/b", 2 * PAGE),
        ("/top", PAGE),
    ]
    assert document["count"] == 4 * PAGE
    assert "hits" not in document
    shown = mixed.lines("pt-find -x 11 --count")
    assert len(shown) == 1 + 3 + 2 + 1
    assert shown[4].startswith(f"{4 * PAGE} hits in ")


def test_context_is_a_hexdump_with_the_hit_marked_and_missing_bytes_as_such():
    shell = over(BufferArea(0x1000, b"ABCDEFGHIJKLMNOPneedle", "rw-p", "/x"))
    assert shell.lines("pt-find needle -C 8")[2:4] == [
        "  0x0000000000001000  41 42 43 44 45 46 47 48  49 4a 4b 4c 4d 4e 4f 50  ABCDEFGHIJKLMNOP",
        "  0x0000000000001010 [6e 65 65 64 6c 65]?? ??  ?? ?? ?? ?? ?? ?? ?? ??  needle??????????",
    ]


def test_context_of_any_size_up_to_the_most_is_shown_and_more_is_an_error(mixed):
    assert len(mixed.lines("pt-find -x 11 -l 1 -C 16K")) == 2 * (1 << 14) // 16 + 5
    for size in ("16385", "1g", "0xffffffffffffffffff"):
        with pytest.raises(CommandFailed, match="--context is at most 16384 bytes"):
            mixed.run(f"pt-find -x 11 -C {size}")


def test_the_hit_is_marked_in_its_context_and_nothing_else_is():
    shell = Shell(buffer_target([BufferArea(0x1000, b"ABCDEFGHIJneedleKLMN", "rw-p", "/x")]), color=True)
    line = shell.lines("pt-find needle -C 1")[2]
    marked = re.findall(r"\x1b\[[0-9;]*31[0-9;]*m(.*?)\x1b\[39", line.replace(";01m", "m"))
    shown = [re.sub(r"\x1b\[[0-9;]*m", "", part).strip() for part in marked]
    assert shown == ["[6e 65 65 64 6c 65]", "needle"]


def test_context_ends_at_either_end_of_the_address_space():
    pieces = [
        BufferArea(0, b"needle" + bytes(26), "r--p"),
        BufferArea(2**64 - 32, bytes(26) + b"needle", "r--p"),
    ]
    shown = over(*pieces).lines("pt-find needle -C 64")
    assert shown[2].startswith("  0x0000000000000000 [6e 65")
    assert [line for line in shown if line.startswith("  0xffff")][-1].endswith("..........needle")


def test_the_document_says_what_was_looked_for_and_where_each_hit_lies(mixed):
    document = mixed.json("pt-find -x 11 -l 1")
    assert document["schema"] == "ptatlas.find/1"
    assert document["pattern"] == {"type": "hex", "text": "11"}
    assert document["hits"] == [
        {"address": "0x10000", "area": "/a", "area_offset": 0, "symbol": None, "bytes": "11"}
    ]
    assert document["source"] == "buffer"
    assert document["stopped"] == {"why": "limit", "from": "0x10001"}


def test_lines_of_json_are_the_rows_and_then_the_document_without_them(mixed):
    lines = [json.loads(line) for line in mixed.lines("pt-find -x 11 -l 3 --format jsonl")]
    whole = mixed.json("pt-find -x 11 -l 3")
    assert lines[:3] == whole.pop("hits")
    assert {**lines[3], "seconds": 0} == {**whole, "seconds": 0}


def test_nothing_found_is_no_error_and_is_told():
    shell = over_page(b"")
    assert shell.run("pt-find needle").startswith("0 hits in 4K, ")
    assert shell.found is False
    shell.run("pt-find -x cc --count")
    assert shell.found is True


@pytest.mark.parametrize("scope", ["-n nosuch", "-p x", "--in 0x10,+4"])
def test_where_nothing_is_searched_nothing_was_looked_for(scope):
    shell = over_page(b"")
    assert shell.run(f"pt-find needle {scope}").startswith("0 hits in 0 bytes")
    assert shell.found is None


def test_the_hits_are_kept_as_the_inferiors_last_ones():
    shell = over_page(b"needle needle")
    shell.run("pt-find needle")
    assert [(hit.address, hit.size) for hit in shell.inferior.last_hits] == [(BASE, 6), (BASE + 7, 6)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param("", "PATTERN is missing", id="no pattern"),
        pytest.param("''", "the pattern is empty", id="an empty one"),
        pytest.param("-x 4", "'4' is no hex byte", id="half a byte"),
        pytest.param("-x 'zz'", "'zz' is no hex byte", id="no hex"),
        pytest.param("-t u8 256", "256 doesn't fit u8", id="too large"),
        pytest.param("-t i8 128", "128 doesn't fit i8", id="too large, signed"),
        pytest.param("-t u8 -1", "-1 doesn't fit u8", id="negative, unsigned"),
        pytest.param("-t u32 5..3", "the range 5..3 is reversed", id="a reversed range"),
        pytest.param("-P 0x10000000000000000", "0x10000000000000000 doesn't fit a pointer", id="no address"),
        pytest.param("-P @nosuch", "no area is named 'nosuch'", id="pointers into nothing"),
        pytest.param("-P @0x5", "@0x5 is in no area", id="pointers into an unmapped place"),
        pytest.param("-P 0x1000,+0", "0x1000,+0 holds no address", id="pointers into no bytes"),
        pytest.param("-t f64 1e309", "1e309 doesn't fit f64 (its largest", id="a number beyond any float"),
        pytest.param("-t f32 1e39", "1e+39 doesn't fit f32 (its largest", id="a number beyond f32"),
        pytest.param("-r '('", "no regular expression: ", id="a bad expression"),
        pytest.param(r"'\xg'", r"'\\x' is no escape", id="a bad escape"),
        pytest.param("-x 11 -P", "a pattern has one type", id="two types"),
        pytest.param("-t u9 1", "--type doesn't take 'u9'", id="no type"),
        pytest.param("a --align 0", "--align is at least 1, not 0", id="no alignment"),
        pytest.param("a --align -4", "-4 is no size", id="a negative alignment"),
        pytest.param("a --limit -1", "-1 is no size", id="a negative limit"),
        pytest.param("a --endian middle", "--endian doesn't take 'middle'", id="no byte order"),
        pytest.param("a --in 5..5", "the range 0x5..0x5 is empty", id="an empty range"),
        pytest.param("a --in 6..5", "the range 0x6..0x5 is reversed", id="a reversed range of addresses"),
        pytest.param("a --in nosuch", "no area is named 'nosuch'", id="a scope by no name"),
        pytest.param("-e x", "'x' is no number, and there is no debugger", id="an expression"),
        pytest.param("-i -t u8 1", "", id="case of a number"),
    ],
)
def test_bad_input_is_one_line_that_says_what_is_wrong(mixed, arguments, message):
    with pytest.raises(CommandFailed) as caught:
        mixed.run(f"pt-find {arguments}")
    assert str(caught.value).startswith(f"pt-find: {message}")
    assert str(caught.value).isprintable()


def test_a_name_and_data_with_escape_sequences_do_not_reach_the_terminal():
    shell = Shell(
        buffer_target([BufferArea(0x1000, b"\x1b[31mneedle\x9b\xe2\x80\xae", "rw-p", "/\x1b[32m\u202e")])
    )
    for arguments in (r"'\x1b[31mneedle'", r"'\x1b[31mneedle' -C 16", r"'\x1b' --count"):
        for form in ("table", "json", "jsonl", "csv"):
            text = shell.run(f"pt-find {arguments} --format {form}")
            assert text.replace("\n", "").isprintable(), (arguments, form)


@pytest.mark.parametrize(
    ("arguments", "content", "expected"),
    [
        pytest.param("-t auto 0xcafebabe", b"0xcafebabe\xbe\xba\xfe\xca", [0, 10], id="text and number"),
        pytest.param("-t auto 0xCAFEBABE -i", b"0xcafebabe\xbe\xba\xfe\xca", [0, 10], id="whatever its case"),
        pytest.param("-t auto -2", b"-2\xfe\xff\xff\xff", [0, 2], id="a negative number"),
        pytest.param("-t auto 0x123456789", b"\x89\x67\x45\x23\x01\0\0\0", [0], id="64 bits"),
        pytest.param("-t auto 7..8", b"\7\0\0\0\x08\0\0\0", [0, 4], id="a range"),
        pytest.param("-t auto 1.5", struct.pack("<f", 1.5) + struct.pack("<d", 1.5), [0, 4], id="floats"),
        pytest.param("-t auto needle", b"needle", [0], id="only text"),
        pytest.param("-t auto 2 needle", b"needle\2\0\0\0", [0, 6], id="among others"),
        pytest.param("-t u32 5,+3", b"\4\0\0\0\5\0\0\0\7\0\0\0\x08\0\0\0", [4, 8], id="LO,+LEN"),
        pytest.param("-P 0x1000,+4K", struct.pack("<QQQ", 0x1000, 0x1FFF, 0x2000), [0, 8], id="-P ADDR,+LEN"),
        pytest.param("-P 0xffffffffffffffff,+1", b"\xff" * 8, [0], id="the highest address"),
    ],
)
def test_finds_what_else_text_can_be_and_ranges_by_their_length(arguments, content, expected):
    assert hits(over_page(content + b"\xcc"), arguments) == expected


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ("-P 0x1000,+0", "holds no address"),
        ("-t u32 5,+0", "is empty"),
        ("-P 0xfffffffffffffff0,+17", "doesn't fit a pointer"),
        ("-t u8 250,+7", "doesn't fit u8"),
        ("-t u32 5,+x", "no debugger"),
        ("-t u32 5..6,+1", "no debugger"),
    ],
)
def test_ranges_by_their_length_are_checked(arguments, why):
    with pytest.raises(CommandFailed, match=why):
        over_page(b"").run(f"pt-find {arguments}")


@pytest.mark.parametrize(
    ("arguments", "hints"),
    [
        ("0x10", ["0x10 was looked for as text; -t auto looks for the number too, -t u32 for it alone"]),
        ("0x10 $sp needle", ["0x10 was", "$sp was looked for as text; -t auto looks for its value"]),
        ("-t str 0x10", []),
        ("-t auto 0x10", []),
        ("-r 0x10", []),
        ("needle", []),
        ("-t auto '$sp'", ["$sp was looked for as text alone: '$sp' is no number, and there is no debugger"]),
    ],
)
def test_says_what_text_may_have_been_meant_as(arguments, hints):
    shell = over_page(b"needle")
    told = shell.json(f"pt-find {arguments}").get("hints", [])
    assert len(told) == len(hints)
    assert all(text.startswith(start) for text, start in zip(told, hints))
    lines = shell.lines(f"pt-find {arguments}")
    assert lines[len(lines) - len(told) :] == told


def test_a_search_for_the_same_as_before_says_nothing_of_numbers():
    shell = over_page(b"\x10\0\0\0")
    shell.run("pt-find -t u32 0x10")
    assert "hints" not in shell.json("pt-find --next 0x10")
    assert "hints" not in shell.json("pt-find --next")


def test_a_list_of_patterns_has_no_line_that_stands_for_several(tmp_path):
    (tmp_path / "list").write_text("auto 5\n")
    with pytest.raises(CommandFailed, match=r"line 1: auto stands for several patterns"):
        over_page(b"").run(f"pt-find --patterns {tmp_path / 'list'}")
