"""Rules in the buffers of an area: what crosses a border is found once, and what may be missing is said."""

from __future__ import annotations

import pytest
from ptatlas.core.ranges import Range
from ptatlas.core.search.yara import YaraScan, YaraSizes, load_rules
from ptatlas.core.sources.buffer import BufferArea, buffer_target

BASE, PAGE = 0x10000, 0x1000
AREA = Range(BASE, BASE + 4 * PAGE)


def scan_of(tmp_path, rules: str, content: bytes, sizes: YaraSizes) -> YaraScan:
    path = tmp_path / "rules.yar"
    path.write_text(rules)
    target = buffer_target([BufferArea(BASE, content.ljust(AREA.size, b"\0"), "rw-p")])
    return YaraScan(load_rules(str(path)), target.readers[0], target, [AREA], sizes)


def hits_of(scan: YaraScan) -> list[tuple[int, str, int]]:
    return [(hit.address - BASE, str(scan.names[hit.pattern]), hit.size) for hit in scan.search()]


def test_what_crosses_a_border_of_buffers_is_found_once(tmp_path):
    across = [PAGE - 3, 2 * PAGE - 5, 3 * PAGE, AREA.size - 6]
    content = bytearray(AREA.size)
    for place in across:
        content[place : place + 6] = b"needle"
    rule = 'rule n { strings: $text = "needle" condition: $text }'
    scan = scan_of(tmp_path, rule, bytes(content), YaraSizes(buffer=PAGE, overlap=16))
    assert hits_of(scan) == [(place, "n $text", 6) for place in across]
    assert (scan.buffers, scan.cut) == (4, {AREA})


@pytest.mark.parametrize(
    ("count", "is_overflown"),
    [
        pytest.param(9, False, id="fewer"),
        pytest.param(10, True, id="as many"),
        pytest.param(50, True, id="more"),
    ],
)
def test_a_string_with_as_many_matches_as_are_kept_may_have_more(tmp_path, count, is_overflown):
    rule = 'rule n { strings: $text = "needle" condition: $text }'
    scan = scan_of(tmp_path, rule, b"needle" * count, YaraSizes(matches=10))
    assert len(hits_of(scan)) == min(count, 10)
    assert set(map(str, scan.overflown)) == ({"n $text"} if is_overflown else set())
