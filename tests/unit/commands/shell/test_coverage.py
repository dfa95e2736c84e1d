"""The lines about what could not be read."""

from __future__ import annotations

from ptatlas.core.commands.shell.coverage import unread_lines


def lines(*ranges):
    return [span.text for line in unread_lines("searched", ranges) for span in line]


def test_what_nobody_has_is_told_in_one_line():
    absent = [(0x1000 * n, 0x1000 * n + 0x800, "absent") for n in range(1, 40)]
    (line,) = lines(*absent)
    where = "0x1000..0x1800 and 38 more ranges"
    assert line == f"not searched: 78K absent, in {where}: not dumped, so zeros or anything else"
    assert lines(absent[0]) == [
        "not searched: 2K absent, in 0x1000..0x1800: not dumped, so zeros or anything else"
    ]


def test_what_else_cannot_be_read_is_listed_first():
    assert lines((0x1000, 0x2000, "absent"), (0x3000, 0x4000, "unreadable"))[0] == (
        "not searched: 0x3000..0x4000 (unreadable)"
    )


def test_nothing_is_said_of_nothing():
    assert lines() == []
