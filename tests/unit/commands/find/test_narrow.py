"""pt-find --next: only among the hits of the search before, whatever became of memory since."""

from __future__ import annotations

import struct

import pytest
from ptatlas.core.arch import Arch
from ptatlas.core.commands.shell.dispatch import CommandFailed
from ptatlas.core.inferior import Inferior
from ptatlas.core.sources import BufferArea, buffer_target
from support.shell import Shell
from support.targets import BASE, PAGE, over, over_page, page_of


def words(*values: int, form: str = "<I") -> bytes:
    return b"".join(struct.pack(form, value) for value in values)


def target(content: bytes, endian: str = "little", perms: str = "rw-p", **ranges):
    return buffer_target([page_of(content, perms)], Arch(8, endian), **ranges)


def becomes(shell: Shell, content: bytes, **options) -> None:
    """Let the same inferior have other contents."""
    last = shell.last_search
    shell.inferior = Inferior(target(content, shell.inferior.arch.endian, **options))
    shell.session.history.keep(shell.inferior, last)


def places(document) -> list[int]:
    return [int(hit["address"], 16) - BASE for hit in document["hits"]]


def hits(shell: Shell, arguments: str) -> list[int]:
    return places(shell.json(f"pt-find {arguments}"))


@pytest.mark.parametrize("first", ["-l 0", "--json", "--count", "--format csv"])
@pytest.mark.parametrize(
    ("second", "expected"),
    [
        pytest.param("--next -t u32 8", [4, 12], id="another value"),
        pytest.param("--next 8", [4, 12], id="of the same type as before"),
        pytest.param("--next 7..8", [0, 4, 12], id="a range"),
        pytest.param("--next -t u8 9", [8], id="of another type"),
        pytest.param("--next -x '08 ?? 00'", [4, 12], id="bytes"),
        pytest.param("--next", [0], id="the same as before"),
        pytest.param("--next 8 9", [4, 8, 12], id="several"),
        pytest.param("--next 8 -a 8", [], id="at multiples only"),
        pytest.param("--next 7..9 -a 12", [-BASE % 12], id="at other multiples"),
        pytest.param("--next --changed", [4, 8, 12], id="changed"),
        pytest.param("--next --unchanged", [0], id="unchanged"),
        pytest.param("--next --increased", [4, 8, 12], id="increased"),
        pytest.param("--next --decreased", [], id="decreased"),
        pytest.param(f"--next --changed --from {BASE + 5}", [8, 12], id="from an address on"),
        pytest.param(f"--next --changed --in {BASE},+8", [4], id="in a range"),
        pytest.param("--next 8 -k heap", [], id="in no area"),
    ],
)
def test_only_the_earlier_hits_are_looked_at(first, second, expected):
    shell = over_page(words(7, 7, 7, 7, 5))
    shell.run(f"pt-find -t u32 7 -a 4 {first}")
    becomes(shell, words(7, 8, 9, 8, 8))
    assert hits(shell, second) == expected


def test_integers_under_a_mask_are_narrowed_and_compared():
    shell = over_page(words(0x47, 0x147, 0x48, 0x1047, 0x50))
    assert hits(shell, "-t u32 0x40/0xff0 -a 4") == [0, 8, 12]
    becomes(shell, words(0x47, 0x147, 0x48, 0x1057, 0x50))
    assert hits(shell, "--next") == [0, 8]
    becomes(shell, words(0x49, 0x147, 0x48, 0x1057, 0x50))
    assert hits(shell, "--next --unchanged") == [8]
    assert hits(shell, "--next 8/0xf") == [8]


def test_it_may_be_repeated_and_goes_by_the_search_before():
    shell = over_page(words(*range(100)))
    assert shell.json("pt-find -t u32 0..1000 -a 4 --count")["count"] == 100
    becomes(shell, words(*(n + n % 2 for n in range(100))))
    assert shell.json("pt-find --next --increased --count")["count"] == 50
    assert [hit.address - BASE for hit in shell.inferior.last_hits] == list(range(4, 400, 8))
    becomes(shell, words(*(n + n % 4 for n in range(100))))
    assert hits(shell, "--next --unchanged") == [n * 4 for n in range(100) if n % 4 == 1]
    assert hits(shell, "--next 50..60") == [4 * n for n in range(100) if n % 4 == 1 and 50 <= n + 1 <= 60]


@pytest.mark.parametrize("endian", ["little", "big"])
@pytest.mark.parametrize("other", [False, True])
def test_the_byte_order_is_that_of_then(endian, other):
    order = endian if not other else {"little": "big", "big": "little"}[endian]
    form, option = {"little": "<I", "big": ">I"}[order], f"--endian {order}" if other else ""
    shell = over_page(words(0x100, 0x200, form=form), endian)
    shell.run(f"pt-find -t u32 0x100..0x200 -a 4 {option} --count")
    becomes(shell, words(0xFF, 0x10000, form=form))
    assert hits(shell, "--next --decreased") == [0]
    shell.run(f"pt-find -t u32 0xff..0x10000 -a 4 {option} --count")
    assert hits(shell, "--next 0x10000") == [4]


def test_the_document_says_what_a_value_was_and_of_how_many_hits_these_are():
    shell = over_page(words(7, 7, 7))
    shell.run("pt-find -t u32 7 -a 4 --count")
    becomes(shell, words(7, 9, 7))
    document = shell.json("pt-find --next --changed")
    assert document["pattern"] == {"type": "u32", "text": "7"}
    assert document["comparison"] == "changed"
    (hit,) = document["hits"]
    assert (hit["bytes"], hit["previous"]) == ("09000000", "07000000")
    assert document["earlier"] == {"hits": 3, "gone": 0, "not_kept": 0, "stopped": None}
    assert document["coverage"]["searched"] + document["coverage"]["left_out"] == PAGE
    again = shell.json("pt-find --next 9")
    assert ("comparison" in again, again["hits"][0]["previous"]) == (False, "09000000")


def test_a_table_shows_what_a_value_was():
    shell = over_page(words(7, 7))
    shell.run("pt-find -t u32 7 -a 4 --count")
    becomes(shell, words(7, 9))
    heading, row, summary = shell.lines("pt-find --next --changed")
    assert heading.split() == ["address", "offset", "was", "bytes", "symbol", "area", "what"]
    assert "07 00 00 00" in row
    assert "09 00 00 00" in row
    assert summary.startswith("1 hit among 2 earlier, ")


@pytest.mark.parametrize("type_", ["str", "re"])
def test_a_hit_of_text_has_no_earlier_value(type_):
    shell = over_page(b"needle")
    shell.run(f"pt-find -t {type_} needle")
    assert "previous" not in shell.json("pt-find --next need")["hits"][0]


def test_each_pattern_is_compared_with_its_own_earlier_value():
    shell = over_page(words(5, 6, 5, 6))
    shell.run("pt-find -t u32 5 6 -a 4 --count")
    becomes(shell, words(5, 7, 4, 6))
    document = shell.json("pt-find --next --changed")
    assert [(place, hit["pattern"]) for place, hit in zip(places(document), document["hits"])] == [
        (4, 1),
        (8, 0),
    ]
    assert [hit["previous"] for hit in document["hits"]] == ["06000000", "05000000"]


@pytest.mark.parametrize("among", [0, 1, 3, 50])
@pytest.mark.parametrize("how", ["8", "--changed"])
def test_a_narrowing_that_was_stopped_goes_on_where_it_says(how, among):
    shell = over_page(words(*[7] * 40))
    shell.run("pt-find -t u32 7 -a 4 --count")
    becomes(shell, words(*(7 + n % 2 for n in range(40))))
    found, start, rounds = [], 0, 0
    while start is not None:
        document = shell.json(f"pt-find --next {how} -l {among} --from {start}")
        found += places(document)
        assert document["earlier"]["hits"] == 40
        start = document["stopped"] and document["stopped"]["from"]
        rounds += 1
    assert found == list(range(4, 160, 8))
    assert rounds == (1 if among in (0, 50) else -(-20 // among))


def test_what_a_stopped_search_had_not_found_is_told_to_be_missing():
    shell = over_page(words(*[7] * 10))
    shell.run("pt-find -t u32 7 -a 4 -l 3")
    stopped = BASE + 9
    document = shell.json("pt-find --next --unchanged")
    assert document["earlier"] == {
        "hits": 3,
        "gone": 0,
        "not_kept": 0,
        "stopped": {"why": "limit", "from": hex(stopped)},
    }
    shell.run("pt-find -t u32 7 -a 4 -l 3")
    assert (
        f"the earlier search was stopped by its limit at {stopped:#x}; what lies beyond isn't looked at"
        in (shell.lines("pt-find --next"))
    )


def test_hits_that_cannot_be_read_any_more_are_dropped_and_counted():
    shell = over_page(words(7, 7))
    shell.run("pt-find -t u32 7 -a 4 --count")
    becomes(shell, words(7, 7), unreadable=[(BASE + 4, BASE + PAGE)])
    lines = shell.lines("pt-find --next")
    assert [hit.address - BASE for hit in shell.inferior.last_hits] == [0]
    assert "1 earlier hit can't be read any more" in lines
    assert any(line.startswith(f"not searched: {BASE + 4:#x}..") for line in lines)


@pytest.mark.parametrize(
    ("arguments", "gone"),
    [
        pytest.param("--next", 2, id="everywhere"),
        pytest.param(f"--next --in {BASE},+4", 1, id="of those in a range"),
        pytest.param("--next -n other", 0, id="of those in another area"),
    ],
)
@pytest.mark.parametrize("perms", ["---p", "unmapped"])
def test_hits_whose_area_may_not_be_read_or_is_gone_are_dropped(arguments, gone, perms):
    shell = over_page(words(7, 7))
    shell.run("pt-find -t u32 7 -a 4 --count")
    last = shell.last_search
    pieces = [BufferArea(0x90000, bytes(PAGE), "rw-p", "/tmp/other")]
    if perms != "unmapped":
        pieces.append(BufferArea(BASE, bytes(PAGE), perms, "/tmp/data"))
    elif gone == 1:
        gone = 0  # what isn't there is in no scope
    shell.inferior = Inferior(buffer_target(pieces))
    shell.session.history.keep(shell.inferior, last)
    document = shell.json(f"pt-find {arguments}")
    assert (document["count"], document["earlier"]["gone"]) == (0, gone)


def test_zeros_that_were_never_touched_are_compared_without_being_read():
    zeros = [(0x50000, 0x60000)]
    pieces = [BufferArea(0x50000, b"", "rw-p", "", size=0x10000)]
    shell = over(*pieces, untouched=zeros)
    read = []
    reader = shell.inferior.memory._readers[0]
    watched = type("Watched", (), {"source": "buffer", "thread_safe": True})()
    watched.read_into = lambda address, buffer: (read.append(address), reader.read_into(address, buffer))[1]
    shell.inferior.memory._readers[0] = watched
    assert shell.json("pt-find -t u32 0..9 -a 4 --count")["count"] == 0x4000
    assert shell.json("pt-find --next --unchanged --count")["count"] == 0x4000
    assert [hit["bytes"] for hit in shell.json("pt-find --next -l 2 0..5")["hits"]] == ["00000000"] * 2
    assert read == []


def test_a_search_that_fails_leaves_the_earlier_hits_as_they_were():
    shell = over_page(words(7, 7))
    shell.run("pt-find -t u32 7 -a 4")
    before = shell.last_search
    for line in (
        "pt-find -t u32 nosuch",
        "pt-find --next --in nosuch",
        "pt-find --next 1 --changed",
        "pt-find 7 --break",
    ):
        with pytest.raises(CommandFailed):
            shell.run(line)
    assert shell.last_search is before
    assert shell.json("pt-find -t u32 9")["count"] == 0
    assert list(shell.inferior.last_hits) == []
    assert hits(shell, "--next 7") == []


def test_an_image_is_narrowed_and_narrows_as_the_inferior_does():
    shell = over_page(words(7, 7, 7))
    shell.run("pt-image snapshot then")
    shell.run("pt-find -t u32 7 -a 4 --image then")
    becomes(shell, words(7, 8, 9))
    assert hits(shell, "--next --increased") == [4, 8]
    assert hits(shell, "--next 7 --image then") == [4, 8]
    alone = Shell()
    alone.session = shell.session
    assert hits(alone, "-t u32 7 -a 4 --image then") == [0, 4, 8]
    assert hits(alone, f"--next --image then --from {BASE + 1}") == [4, 8]


@pytest.mark.parametrize(
    ("first", "arguments", "message"),
    [
        pytest.param("", "--next 7", "there is no earlier search", id="nothing before"),
        pytest.param("", "--changed", "--changed goes with --next", id="a comparison alone"),
        pytest.param("7", "--next --changed --increased", "--changed and --increased are given", id="two"),
        pytest.param("-t u8 7", "--next --changed 8", "--changed and a PATTERN are given", id="both"),
        pytest.param(
            "-t u8 7", "--next --changed -t u8", "--changed compares values of the type", id="a type"
        ),
        pytest.param(
            "-t u8 7", "--next --changed --patterns f", "--changed and a PATTERN are given", id="a list"
        ),
        pytest.param("-t u8 7", "--next --changed -i", "--changed compares values of the type", id="case"),
        pytest.param("needle", "--next --increased", "--increased compares numbers and pointers", id="text"),
        pytest.param(
            "-r nee.le", "--next --changed", "--changed compares numbers and pointers", id="expressions"
        ),
        pytest.param("-t u8 7", "--next -t u16", "PATTERN is missing", id="a type without a pattern"),
        pytest.param("-t u8 7", "--next 256", "256 doesn't fit u8", id="what the type can't hold"),
        pytest.param("-t u8 7", "--next 7 --break", "no breakpoint can be set here", id="no debugger"),
    ],
)
def test_bad_input_is_one_line_that_says_what_is_wrong(first, arguments, message):
    shell = over_page(words(7))
    if first:
        shell.run(f"pt-find {first}")
    with pytest.raises(CommandFailed) as caught:
        shell.run(f"pt-find {arguments}")
    assert str(caught.value).startswith(f"pt-find: {message}")


def test_hits_of_another_process_are_not_gone_by():
    from dataclasses import replace

    shell = Shell(replace(target(words(7)), pid=41))
    shell.run("pt-find -t u32 7")
    shell.inferior = Inferior(replace(target(words(7)), pid=42))
    with pytest.raises(CommandFailed) as caught:
        shell.run("pt-find --next 7")
    assert "no earlier search of process 42; the last one was of process 41" in str(caught.value)
