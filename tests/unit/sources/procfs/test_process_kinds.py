"""The kinds of areas in real processes."""

from __future__ import annotations

import pytest
from ptatlas.core.maps.kinds import classify
from ptatlas.core.sources import process_target


def kinds_at(child):
    """The kind of the area at each place of the child."""
    target = process_target(child.pid)
    pointers = [t.stack_pointer for t in target.threads.threads() if t.stack_pointer is not None]
    areas = classify(target.listers[0].areas(), pointers)
    return {
        name: next(a.kind for a in areas if place["address"] in a)
        for name, place in child.facts["places"].items()
    }


@pytest.mark.parametrize("child", ["odd", "leaderless"])
def test_kinds_of_a_real_process(child, request):
    expected = {
        "sparse": "anon",
        "forbidden": "guard",
        "named": "anon",
        "shared": "shared",
        "file": "file",
        "code": "module",
        "deleted": "file",
        "memfd": "shared",
        "stack": "stack",
    }
    found = kinds_at(request.getfixturevalue(child))
    assert {name: kind for name, kind in found.items() if name in expected} == {
        name: kind for name, kind in expected.items() if name in found
    }


def test_every_area_of_a_process_has_a_kind(odd):
    areas = classify(process_target(odd.pid).listers[0].areas())
    assert {area.kind for area in areas} >= {"module", "file", "anon", "stack", "vdso", "vvar", "guard"}
    assert None not in {area.kind for area in areas}
