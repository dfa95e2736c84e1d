"""pt-find --patterns: patterns from a file, and what is said of each."""

from __future__ import annotations

import struct

import pytest
from ptatlas.core.commands.shell.dispatch import CommandFailed
from support.shell import Shell
from support.targets import BASE, over_page

CONTENT = b"needle..NEEDLE..\xef\xbe\xad\xde....n\0e\0e\0.........." + struct.pack("<Q", BASE + 8) + b"needle"


@pytest.fixture
def shell() -> Shell:
    return over_page(CONTENT)


@pytest.fixture
def listed(tmp_path):
    """A file with these lines, and the option that names it."""

    def write(*lines: str, end: str = "\n") -> str:
        path = tmp_path / "patterns"
        path.write_bytes(end.join([*lines, ""]).encode())
        return f"--patterns {path}"

    return write


def hits(document) -> list[tuple[int, int]]:
    return [(int(hit["address"], 16) - BASE, hit.get("pattern", 0)) for hit in document["hits"]]


def test_each_line_is_a_pattern_of_its_own_type(shell, listed):
    option = listed("str needle", "u32 0xdeadbeef", "hex 4e 45 ?? 44", "utf16 nee", "ptr @0x10000")
    document = shell.json(f"pt-find {option}")
    assert hits(document) == [(0, 0), (8, 2), (16, 1), (24, 3), (40, 4), (48, 0)]
    assert [one["type"] for one in document["patterns"]] == ["str", "u32", "hex", "utf16", "ptr"]
    assert document["patterns"][2] == {"type": "hex", "text": "4e 45 ?? 44"}


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_blank_lines_comments_and_blanks_around_do_not_count(shell, listed, end):
    option = listed("# wanted", "", "   str   needle  ", "\t", "  # and more", "str NEEDLE", end=end)
    assert hits(shell.json(f"pt-find {option}")) == [(0, 0), (8, 1), (CONTENT.rindex(b"needle"), 0)]


def test_patterns_of_the_line_come_first(shell, listed):
    document = shell.json(f"pt-find -x 'ef be' {listed('str NEEDLE')}")
    assert hits(document) == [(8, 1), (16, 0)]


def test_case_is_ignored_where_there_is_any(shell, listed):
    document = shell.json(f"pt-find {listed('str needle', 'u32 0xdeadbeef')} -i")
    assert [number for _, number in hits(document)] == [0, 0, 1, 0]


def test_a_single_pattern_of_a_file_is_told_like_any(shell, listed):
    assert shell.json(f"pt-find {listed('str needle')}")["pattern"] == {"type": "str", "text": "needle"}


def test_a_table_names_the_pattern_of_each_hit(shell, listed):
    lines = shell.lines(f"pt-find {listed('str NEEDLE', 'u32 0xdeadbeef')}")
    assert lines[0].split()[:2] == ["address", "pattern"]
    assert [" ".join(line.split()[1:3]) for line in lines[1:3]] == ["str NEEDLE", "u32 0xdeadbeef"]


def test_count_tells_how_many_of_each(shell, listed):
    option = listed("str needle", "str NEEDLE", "str nowhere")
    document = shell.json(f"pt-find {option} --count")
    assert document["by_pattern"] == [2, 1, 0]
    assert document["count"] == 3
    text = shell.run(f"pt-find {option} --count")
    assert "       2  needle\n       1  NEEDLE\n1 pattern not found\n3 hits" in text


def test_thousands_of_patterns_are_one_search(shell, listed):
    many = [f"str wanted-{number}" for number in range(5000)]
    document = shell.json(f"pt-find {listed(*many, 'str NEEDLE')} --count")
    assert len(document["by_pattern"]) == 5001
    assert (sum(document["by_pattern"]), document["by_pattern"][5000]) == (1, 1)


def test_a_search_among_the_hits_takes_other_patterns_from_a_file(shell, listed):
    shell.run("pt-find needle -i")
    assert hits(shell.json(f"pt-find --next {listed('str NEEDLE', 'str nowhere')}")) == [(8, 0)]


@pytest.mark.parametrize(
    ("lines", "error"),
    [
        pytest.param(("str a", "strr b"), "line 2: there is no type 'strr'", id="an unknown type"),
        pytest.param(("", "u32"), "line 2: there is nothing after u32", id="no pattern"),
        pytest.param(("# x", "u8 300"), "line 2: ", id="a value that doesn't fit"),
        pytest.param(("hex 4g",), "line 1: '4g' is no hex byte", id="no hex"),
        pytest.param(("re (",), "line 1: no regular expression", id="no expression"),
        pytest.param(("ptr @nowhere",), "line 1: ", id="pointers to no area"),
        pytest.param(("u32 1 2",), "line 1: ", id="more than a value"),
        pytest.param(("# nothing",), "has no patterns", id="no patterns"),
    ],
)
def test_a_bad_line_is_an_error_that_says_where(shell, listed, lines, error):
    with pytest.raises(CommandFailed) as caught:
        shell.run(f"pt-find {listed(*lines)}")
    assert error in str(caught.value)
    assert shell.text == ""


@pytest.mark.parametrize("path", ["/nowhere/at/all", "/"])
def test_a_file_that_cannot_be_read_is_an_error(shell, path):
    with pytest.raises(CommandFailed, match=f"pt-find: cannot read {path}: "):
        shell.run(f"pt-find --patterns {path}")


def test_a_type_without_a_pattern_is_an_error(shell, listed):
    with pytest.raises(CommandFailed, match="no PATTERN of this type"):
        shell.run(f"pt-find -t u32 {listed('str needle')}")


def test_a_file_without_end_is_no_list(shell):
    with pytest.raises(CommandFailed, match="too large"):
        shell.run("pt-find --patterns /dev/zero")
