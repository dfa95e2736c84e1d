"""What a hit is said to be: text to its end, a number, where a pointer points; in tables and in documents."""

from __future__ import annotations

import dataclasses
import struct

import pytest
from ptatlas.core.arch import Arch
from ptatlas.core.inferior import Inferior
from ptatlas.core.ports.program import Symbol
from ptatlas.core.sources import BufferArea
from support.shell import Shell
from support.targets import BASE, PAGE, Reader, over, over_page

U = "ü"
LONG = "0123456789" * 30


def said(shell: Shell, arguments: str) -> list[str | None]:
    """What is said of each hit; a table says the same."""
    found = [hit.get("what") for hit in shell.json(f"pt-find {arguments}")["hits"]]
    lines = shell.lines(f"pt-find {arguments}")[1 : len(found) + 1]
    assert all(line.endswith(f"  {what}") for what, line in zip(found, lines) if what)
    assert not any(line.endswith(" ?") for line in lines)
    return found


@pytest.mark.parametrize(
    ("arguments", "content", "what"),
    [
        pytest.param("needle", b"needle in hay\0x", "needle in hay", id="to its end"),
        pytest.param("needle", b"\1a needle in hay\0", "a needle in hay", id="from its beginning"),
        pytest.param("needle", b"x\0needle\0y", "needle", id="not what stands beside"),
        pytest.param("needle", b"0123456789abcdef needle\0", "…123456789abcdef needle", id="long before"),
        pytest.param("needle", b"abcdefghijklmnopneedle\0", "…abcdefghijklmnopneedle", id="just so"),
        pytest.param("needle", b"\0abcdefghijklmno" + b"needle\0", "abcdefghijklmnoneedle", id="just not"),
        pytest.param("needle", b"needle" + LONG.encode(), f"needle{LONG[:154]}…", id="long behind"),
        pytest.param("needle", b"needle" + b"x" * 153 + b"\0", "needle" + "x" * 153, id="just not so"),
        pytest.param("-t cstr needle", b"a needle\0b", "a needle", id="with its NUL"),
        pytest.param("needle", "ö needle ü\0".encode(), "ö needle ü", id="UTF-8"),
        pytest.param("needle", f"x{U * 20}needle\0".encode(), f"…{U * 8}needle", id="UTF-8 cut"),
        pytest.param("needle", f"yneedle{U * 90}".encode(), f"yneedle{U * 77}…", id="UTF-8 cut behind"),
        pytest.param("needle", b"\xffneedle\xff", "needle", id="no UTF-8"),
        pytest.param("needle", b"a\tneedle\r\n\0", r"a\tneedle\r\n", id="blanks are escaped"),
        pytest.param("needle", b"\x1b[31mneedle\x1b[0m", "[31mneedle", id="no escape sequence"),
        pytest.param(r"'\x7fELF\x02'", b"\x7fELF\x02abc", r"\x7fELF\x02", id="bytes among text"),
        pytest.param(r"'\x00\x00'", b"a\0\0b", "", id="nothing but NULs"),
        pytest.param("-i NEEDLE", b"a Needle\0", "a Needle", id="as it is written there"),
        pytest.param("-t utf16 né", "ä né ö\0".encode("utf-16-le"), "ä né ö", id="UTF-16"),
        pytest.param("-t utf16 né --endian big", "ä né\0".encode("utf-16-be"), "ä né", id="UTF-16, big"),
        pytest.param("-t utf32 né", "ä né\0".encode("utf-32-le"), "ä né", id="UTF-32"),
        pytest.param("-r 'ne+d'", b"my need\0", "my need", id="an expression"),
        pytest.param("-r '[\\x01-\\x03]+'", b"\1\2\3", None, id="an expression that is no text"),
        pytest.param("-x '6e 65 ?? 64'", b"my need\0", "my need", id="bytes that are text"),
        pytest.param("-x 41", b"\1A\2", None, id="a byte that is a letter by chance"),
        pytest.param("-x '48 8b 05'", b"abH\x8b\x05", None, id="bytes"),
    ],
)
def test_text_is_shown_from_a_little_before_the_hit_to_its_end(arguments, content, what):
    content = b"\0" * 32 + content if content[:1] in b"\0\1x\xff" else content
    shell = over(BufferArea(BASE, b"\0" + content.ljust(PAGE, b"\xcc"), "rw-p"))
    assert said(shell, f"{arguments} -l 1") == [what]


@pytest.mark.parametrize(
    ("arguments", "content", "what", "value"),
    [
        ("-t u8 0..9", b"\7", "7", 7),
        ("-t u32 0xdeadbeef", struct.pack("<I", 0xDEADBEEF), "3735928559 (0xdeadbeef)", 0xDEADBEEF),
        ("-t u32 7 --endian big", struct.pack(">I", 7), "7", 7),
        ("-t i16 -5", struct.pack("<h", -5), "-5", -5),
        ("-t u64 0x1234567890abcdef", struct.pack("<Q", 0x1234567890ABCDEF), None, "0x1234567890abcdef"),
        ("-t i64 -2", struct.pack("<q", -2), "-2", "-0x2"),
        ("-t f32 0.1", struct.pack("<f", 0.1), "0.1", struct.unpack("<f", struct.pack("<f", 0.1))[0]),
        ("-t f64 0.1", struct.pack("<d", 0.1), "0.1", 0.1),
        ("-t f64 inf", struct.pack("<d", float("inf")), "inf", "inf"),
        ("-t f64 nan", struct.pack("<d", float("nan")), "nan", "nan"),
        ("-t f64 1e300", struct.pack("<d", 1e300), "1e+300", 1e300),
        ("-t u16 0x40/0xff0", struct.pack("<H", 0x1047), "4167 (0x1047)", 0x1047),
    ],
)
def test_a_number_is_shown_and_told(arguments, content, what, value):
    shell = over_page(content)
    (hit,) = shell.json(f"pt-find {arguments} -l 1")["hits"]
    assert hit["value"] == value
    assert hit["what"] == (what or f"{int(value, 16)} ({value})")


def test_only_numbers_have_a_value_and_only_pointers_point():
    shell = over_page(b"needle\0\0" + struct.pack("<Q", BASE))
    text, number, pointer = (
        shell.json(f"pt-find {arguments}")["hits"][0] for arguments in ("needle", "-t u8 0x6e", f"-P {BASE}")
    )
    assert ["value" in hit for hit in (text, number, pointer)] == [False, True, True]
    assert ["points_to" in hit for hit in (text, number, pointer)] == [False, False, True]
    both = shell.json(f"pt-find -t auto {BASE} needle")["hits"]
    assert [(hit["pattern"], "value" in hit) for hit in both] == [(2, False), (1, True)]


class _Symbols:
    def symbol_at(self, address: int) -> Symbol | None:
        return Symbol("table", address - 0x20000) if 0x20000 <= address < 0x20100 else None


@pytest.fixture
def pointing() -> Shell:
    """Pointers to: a symbol, a module without one, the heap, nothing, the end of everything."""
    words = (0x20008, 0x20200, 0x30010, 0x30000, 0x99999, 2**64 - 1)
    shell = over(
        BufferArea(BASE, struct.pack("<6Q", *words).ljust(PAGE, b"\xcc"), "rw-p"),
        BufferArea(0x20000, bytes(PAGE), "r--p", "/usr/lib/libx.so", kind="module"),
        BufferArea(0x30000, bytes(PAGE), "rw-p", "[heap]", kind="heap"),
    )
    shell.inferior = Inferior(dataclasses.replace(shell.inferior.target, symbols=_Symbols()))
    return shell


def test_a_pointer_is_shown_with_the_symbol_or_the_area_that_it_points_to(pointing):
    assert said(pointing, f"-P 1..0xffffffffffffffff --in {BASE},+48") == [
        "table+0x8 (0x20008)",
        "libx.so+0x200 (0x20200)",
        "[heap]+0x10 (0x30010)",
        "[heap] (0x30000)",
        "in no area (0x99999)",
        "in no area (0xffffffffffffffff)",
    ]


def test_a_document_says_where_a_pointer_points(pointing):
    hits = pointing.json(f"pt-find -P 1..0xffffffffffffffff --in {BASE},+48")["hits"]
    assert hits[0]["points_to"] == {
        "address": "0x20008",
        "area": "/usr/lib/libx.so",
        "area_offset": 8,
        "symbol": "table+0x8",
    }
    assert hits[4]["points_to"] == {"address": "0x99999", "area": None, "area_offset": None, "symbol": None}
    assert hits[4]["value"] == "0x99999"


def test_of_a_tagged_pointer_the_tag_is_in_the_value_alone():
    arch = Arch(8, "little", ignored_bits=0xFF << 56)
    shell = over(BufferArea(BASE, struct.pack("<Q", 0xAB << 56 | BASE), "rw-p", "/a"), arch=arch)
    (hit,) = shell.json(f"pt-find -P {BASE}")["hits"]
    assert (hit["value"], hit["points_to"]["address"]) == (hex(0xAB << 56 | BASE), hex(BASE))


def test_a_value_that_changed_is_shown_as_the_number_that_it_is():
    shell = over_page(struct.pack("<I", 7))
    shell.run("pt-find -t u32 7")
    shell.inferior.memory._readers[0] = over_page(struct.pack("<I", 9)).inferior.memory._readers[0]
    (hit,) = shell.json("pt-find --next --changed")["hits"]
    assert (hit["what"], hit["value"]) == ("9", 9)


def test_what_is_only_counted_is_not_looked_at():
    shell = over_page(b"needle in hay\0")
    reader = Reader(shell.inferior.memory._readers[0])
    shell.inferior.memory._readers[0] = reader
    shell.run("pt-find needle --count")
    counted = len(reader.asked)
    shell.run("pt-find needle")
    assert len(reader.asked) > 2 * counted


@pytest.mark.parametrize("size", [1, 8, 15, 16])
def test_a_page_that_cannot_be_read_ends_the_text(size):
    content = b"x" * (PAGE - size) + b"y" * size + b"needle" + b"z" * (PAGE - 6) + b"u" * PAGE
    holes = [(BASE, BASE + PAGE), (BASE + 2 * PAGE, BASE + 3 * PAGE)]
    shell = over(
        BufferArea(BASE, content, "rw-p"),
        unreadable=holes,
    )
    assert said(shell, "needle") == ["needle" + "z" * 154 + "…"]
    assert said(shell, f"-r z\\Z --from {BASE + 2 * PAGE - size}")[0] in ("…" + "z" * 17, None)


def test_text_goes_on_from_one_area_into_the_next():
    shell = over(
        BufferArea(BASE, b"a needle".rjust(PAGE, b"\0"), "rw-p"),
        BufferArea(BASE + PAGE, b" in hay\0".ljust(PAGE, b"\0"), "r--p"),
        BufferArea(BASE + 3 * PAGE, b"pin\0".ljust(PAGE, b"\0"), "r--p"),
    )
    assert said(shell, "needle") == ["a needle in hay"]
    assert said(shell, "'in hay'") == ["a needle in hay"]
    assert said(shell, "pin") == ["pin"]


def test_memory_around_a_hit_that_was_never_touched_is_not_read():
    content = b"x" * (PAGE - 6) + b"needle" + bytes(PAGE)
    shell = over(BufferArea(BASE, content, "rw-p"), untouched=[(BASE + PAGE, BASE + 2 * PAGE)])
    reader = Reader(shell.inferior.memory._readers[0])
    shell.inferior.memory._readers[0] = reader
    assert said(shell, "needle") == ["…" + "x" * 16 + "needle"]
    assert max(asked.end for asked in reader.asked) <= BASE + PAGE


@pytest.mark.parametrize("thread_safe", [True, False])
@pytest.mark.parametrize("every", [20, 200, 5000, 70_000])
def test_hits_near_each_other_and_far_apart_have_each_its_own_text(every, thread_safe):
    content = b"".join(b"needle %d\0".ljust(every + 3, b"\1") % number for number in range(30))
    shell = over(BufferArea(BASE, content, "rw-p"))
    shell.inferior.memory._readers[0] = Reader(shell.inferior.memory._readers[0], thread_safe=thread_safe)
    assert said(shell, "needle") == [f"needle {number}" for number in range(30)]


@pytest.mark.parametrize("hole", [1, 90, 104, 120])
def test_what_can_be_read_may_begin_inside_a_page(hole):
    content = bytes(hole) + b"needle in hay\0".ljust(PAGE - hole, b"\1")
    shell = over(BufferArea(BASE, content, "rw-p"), unreadable=[(BASE, BASE + hole)])
    assert said(shell, "needle") == ["needle in hay"]
    assert said(shell, "'in hay'") == ["needle in hay"]
