"""pt-find --yara: rules over the areas of a memory, and what is said of how they were applied."""

from __future__ import annotations

import sys

import pytest
from ptatlas.core.commands.find.rules import Rules
from ptatlas.core.commands.find.search_scope import SearchScope
from ptatlas.core.commands.shell.dispatch import CommandFailed
from ptatlas.core.inferior import Inferior
from ptatlas.core.ranges import Range
from ptatlas.core.render.text import Palette
from ptatlas.core.search.yara import YaraSizes
from ptatlas.core.sources import BufferArea, buffer_target
from ptatlas.core.watch import UNWATCHED
from support.shell import Shell
from support.targets import over

BASE, PAGE = 0x10000, 0x1000
AREA = 4 * PAGE
RULES = """
rule needle { strings: $text = "needle" $digits = /[0-9]{4,}/ condition: any of them }
rule begins { strings: $magic = { 7f 45 4c 46 } condition: $magic at 0 }
"""


def piece(number: int, **at: bytes) -> BufferArea:
    """An area that has these bytes at these offsets, and touches the next."""
    content = bytearray(AREA)
    for place, text in at.items():
        content[int(place[1:]) : int(place[1:]) + len(text)] = text
    return BufferArea(BASE + number * AREA, bytes(content), "rw-p", f"/tmp/data{number}")


@pytest.fixture
def shell() -> Shell:
    return over(piece(0, _0=b"\x7fELF", _100=b"needle"), piece(1, _50=b"1234needle", _500=b"\x7fELF"))


@pytest.fixture
def rules(tmp_path):
    """A file with rules."""

    def write(text: str = RULES) -> str:
        path = tmp_path / "rules.yar"
        path.write_text(text)
        return str(path)

    return write


def hits(document) -> list[tuple[int, str, object]]:
    return [(int(hit["address"], 16) - BASE, hit["rule"], hit["string"]) for hit in document["hits"]]


def test_each_match_is_told_with_its_rule_and_string(shell, rules):
    document = shell.json(f"pt-find --yara {rules()}")
    assert hits(document) == [
        (0, "begins", "$magic"),
        (100, "needle", "$text"),
        (AREA + 50, "needle", "$digits"),
        (AREA + 54, "needle", "$text"),
    ]
    assert bytes.fromhex(document["hits"][2]["bytes"]) == b"1234"
    assert document["pattern"] == {"type": "yara", "text": rules()}
    assert (document["count"], document["buffers"], document["areas_cut"]) == (4, 2, 0)


def test_a_table_has_rules_and_strings(shell, rules):
    lines = shell.lines(f"pt-find --yara {rules()}")
    assert lines[0].split()[:4] == ["address", "rule", "string", "offset"]
    assert lines[1].split()[:3] == [hex(BASE), "begins", "$magic"]


def test_every_area_is_a_buffer_of_its_own(rules):
    """A condition is of one area: its size, the offsets in it, and what else is in it."""
    both = 'rule both { strings: $a = "aaaa" $b = "bbbb" condition: all of them }'
    size = f"rule size {{ condition: filesize == {AREA} }}"
    shell = over(piece(0, _10=b"aaaa"), piece(1, _10=b"aaaa", _20=b"bbbb"))
    document = shell.json(f"pt-find --yara {rules(both + size)}")
    assert [hit for hit in hits(document) if hit[1] == "both"] == [
        (AREA + 10, "both", "$a"),
        (AREA + 20, "both", "$b"),
    ]
    assert [hit for hit in hits(document) if hit[1] == "size"] == [(0, "size", None), (AREA, "size", None)]


def test_a_large_area_is_matched_in_parts_that_overlap_and_that_is_said(rules):
    size = YaraSizes().buffer
    across = [size - 3, 2 * size - 5, 3 * size, 4 * size - 6]
    content = bytearray(4 * size)
    for place in across:
        content[place : place + 6] = b"needle"
    shell = over(BufferArea(BASE, bytes(content), "rw-p"))
    document = shell.json(f"pt-find --yara {rules()}")
    assert [place for place, _, string in hits(document) if string == "$text"] == across
    assert (document["buffers"], document["areas_cut"]) == (4, 1)
    assert "1 area matched in several parts" in shell.run(f"pt-find --yara {rules()}")


def test_what_cannot_be_read_is_reported_and_the_rest_matched(rules):
    gone = (BASE + PAGE, BASE + 2 * PAGE)
    shell = over(piece(0, _10=b"needle", _8200=b"needle"), unreadable=[gone])
    document = shell.json(f"pt-find --yara {rules()}")
    assert [place for place, *_ in hits(document)] == [10, 8200]
    unreadable = document["coverage"]["unreadable"]
    assert [(part["start"], part["end"]) for part in unreadable] == [tuple(map(hex, gone))]
    assert document["coverage"]["searched"] == AREA - PAGE
    assert document["areas_cut"] == 1


def test_matches_are_limited_and_gone_on_with(shell, rules):
    document = shell.json(f"pt-find --yara {rules()} -l 2")
    assert [place for place, *_ in hits(document)] == [0, 100]
    start = document["stopped"]["from"]
    assert document["stopped"]["why"] == "limit"
    further = shell.json(f"pt-find --yara {rules()} --from {start}")
    assert [place for place, *_ in hits(further)] == [AREA + 50, AREA + 54]


def test_count_tells_how_many_of_each_string(shell, rules):
    document = shell.json(f"pt-find --yara {rules()} --count")
    counts = {(row["rule"], row["string"]): row["hits"] for row in document["by_rule"]}
    assert counts == {("needle", "$text"): 2, ("needle", "$digits"): 1, ("begins", "$magic"): 1}
    assert "       2  needle $text\n" in shell.run(f"pt-find --yara {rules()} --count")


def test_included_files_are_looked_for_beside_the_file(shell, rules, tmp_path):
    (tmp_path / "more.yar").write_text(RULES)
    path = rules('include "more.yar"')
    assert shell.json(f"pt-find --yara {path}")["count"] == 4


def test_many_matches_of_one_string_may_be_more_and_that_is_said(rules):
    path, scope = rules("rule z { strings: $z = { 00 00 } condition: $z }"), [Range(BASE, BASE + AREA)]
    inferior = Inferior(buffer_target([piece(0)]))
    found = Rules(inferior, SearchScope(scope, [], 0), path, YaraSizes(matches=10))
    assert found.search(None, None, UNWATCHED).count() == 10
    assert found.tail()["overflown"] == ["z $z"]
    assert [Palette({}).line(line) for line in found.notes()] == ["there may be more matches of z $z"]


def test_a_search_after_it_is_among_its_hits(shell, rules):
    shell.run(f"pt-find --yara {rules()}")
    assert [hit.address - BASE for hit in shell.inferior.last_hits] == [0, 100, AREA + 50, AREA + 54]
    document = shell.json("pt-find --next needle")
    assert [int(hit["address"], 16) - BASE for hit in document["hits"]] == [100, AREA + 54]


def test_a_search_after_it_needs_a_pattern(shell, rules):
    shell.run(f"pt-find --yara {rules()}")
    with pytest.raises(CommandFailed, match="the search before was for rules"):
        shell.run("pt-find --next")


@pytest.mark.parametrize(
    ("text", "error"),
    [
        pytest.param(
            'rule a {\n  strings: $a = "x"\n  condition: $b\n}',
            "rules.yar, line 3: unknown pattern `$b`",
            id="a string that isn't there",
        ),
        pytest.param("\nrule a { strings }", "rules.yar, line 2: ", id="no rule at all"),
        pytest.param('include "nowhere.yar"', "rules.yar, line 1: ", id="a file that isn't there"),
    ],
)
def test_what_is_no_rule_is_an_error_that_says_where(shell, rules, text, error):
    with pytest.raises(CommandFailed) as caught:
        shell.run(f"pt-find --yara {rules(text)}")
    assert error in str(caught.value)
    assert "\n" not in str(caught.value)
    assert shell.text == ""


@pytest.mark.parametrize(
    ("options", "error"),
    [
        pytest.param("needle", "--yara goes without a PATTERN", id="a pattern"),
        pytest.param("-t u32", "--yara goes without --type", id="a type"),
        pytest.param("-i", "--yara goes without --ignore-case", id="case"),
        pytest.param("--next", "--yara goes without --next", id="earlier hits"),
    ],
)
def test_what_says_what_to_find_is_an_error(shell, rules, options, error):
    with pytest.raises(CommandFailed, match=error):
        shell.run(f"pt-find --yara {rules()} {options}")


@pytest.mark.parametrize("path", ["/nowhere/at/all", "/"])
def test_a_file_that_cannot_be_read_is_an_error(shell, path):
    with pytest.raises(CommandFailed, match=f"pt-find: cannot read {path}: "):
        shell.run(f"pt-find --yara {path}")


def test_without_the_package_the_error_says_how_to_get_it(shell, rules, monkeypatch):
    monkeypatch.setitem(sys.modules, "yara_x", None)
    with pytest.raises(CommandFailed) as caught:
        shell.run(f"pt-find --yara {rules()}")
    assert str(caught.value).startswith("pt-find: --yara needs the package yara-x, which this Python")
    assert "pip install --target " in str(caught.value)
    assert "\n" not in str(caught.value)
