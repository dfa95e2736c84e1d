"""What a filter by protection leaves out only because a protection isn't known is said and counted."""

from __future__ import annotations

import pytest
from ptatlas.core.sources import BufferArea, buffer_target
from support.shell import Shell

PAGE = 0x1000
LINE = "left out: 2 areas (12K), of which the protection is not known"


@pytest.fixture(scope="module")
def shell():
    pages = [("r--p", 1), ("?w-p", 1), ("????", 2), ("-w-p", 1)]
    areas = [
        BufferArea(0x10000 * (number + 1), bytes([number]) * (size * PAGE), perms, f"/tmp/{number}")
        for number, (perms, size) in enumerate(pages)
    ]
    return Shell(buffer_target(areas))


@pytest.mark.parametrize(
    "line",
    [
        "pt-maps -p r",
        "pt-maps -p r --summary",
        "pt-find needle -p r",
        "pt-find needle -p r --count",
        "pt-image load one -p r",
        "pt-image check -p r",
        "pt-image snapshot two -p r",
    ],
)
def test_each_command_says_how_much_was_left_out(shell, line):
    assert shell.lines(line)[-1] == LINE
    if "snapshot" not in line and "load" not in line:
        assert shell.json(line)["unknown_protection"] == {"areas": 2, "bytes": 3 * PAGE}


@pytest.mark.parametrize(
    ("filters", "areas", "size"),
    [
        pytest.param("", 0, 0, id="no filter"),
        pytest.param("-k anon", 0, 0, id="another filter"),
        pytest.param("-p w", 1, 2 * PAGE, id="what is known is enough"),
        pytest.param("-p r -p w", 1, 2 * PAGE, id="one of two that does"),
        pytest.param("-p rx", 1, 2 * PAGE, id="known not to be one of them"),
        pytest.param("-p '!r'", 2, 3 * PAGE, id="not"),
        pytest.param("-p s", 1, 2 * PAGE, id="sharing"),
        pytest.param("-p r -n 1", 1, PAGE, id="with a name"),
        pytest.param("-p r --min-size 8K", 1, 2 * PAGE, id="with a size"),
        pytest.param("-p r --in 0x30800,+16", 1, 16, id="only so much as lies in the place"),
    ],
)
def test_only_what_all_other_filters_let_in_counts(shell, filters, areas, size):
    told = shell.json(f"pt-find needle {filters}").get("unknown_protection", {"areas": 0, "bytes": 0})
    assert told == {"areas": areas, "bytes": size}


def test_a_diff_says_it_too(shell):
    shell.run("pt-image snapshot before")
    assert shell.json("pt-image diff before live -p r")["unknown_protection"]["areas"] == 2
