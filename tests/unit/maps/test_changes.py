"""What changed between two maps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ptatlas.core.maps.changes import changes
from support.targets import area

PAGE = 0x1000


def span(start, end, perms="rw-p", path="", offset=0, inode=0, kind="anon"):
    known = {"source": "procfs", "device": "00:00", "inode": inode}
    return area(start * PAGE, end * PAGE, path, offset * PAGE, perms, kind, **known)


def told(before, after):
    """The changes in a form that reads well: word, pages before and after, and which facts differ."""

    def pages(one):
        return None if one is None else (one.start // PAGE, one.end // PAGE)

    return [
        (change.change, pages(change.before), pages(change.after), change.facts)
        for change in changes(before, after)
    ]


LIB = span(100, 110, "r-xp", "/lib/a.so", 0, 7, "module")


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param([LIB], [LIB], [], id="nothing"),
        pytest.param([], [LIB], [("added", None, (100, 110), ())], id="a mapping"),
        pytest.param([LIB], [], [("removed", (100, 110), None, ())], id="an unmapping"),
        pytest.param([span(1, 5)], [span(1, 9)], [("altered", (1, 5), (1, 9), ("size",))], id="growth"),
        pytest.param(
            [span(3, 9)],
            [span(1, 9)],
            [("altered", (3, 9), (1, 9), ("size",))],
            id="growth downwards",
        ),
        pytest.param([span(1, 5)], [span(1, 2)], [("altered", (1, 5), (1, 2), ("size",))], id="shrinking"),
        pytest.param(
            [span(1, 5)],
            [span(1, 5, "r--p")],
            [("altered", (1, 5), (1, 5), ("perms",))],
            id="protecting it all",
        ),
        pytest.param(
            [span(1, 9)],
            [span(1, 3), span(3, 5, "r--p"), span(5, 9)],
            [("altered", (3, 5), (3, 5), ("perms",))],
            id="protecting its middle",
        ),
        pytest.param(
            [span(1, 3), span(3, 5, "r--p"), span(5, 9)],
            [span(1, 9)],
            [("altered", (3, 5), (3, 5), ("perms",))],
            id="and back",
        ),
        pytest.param(
            [span(1, 9)],
            [span(1, 3), span(5, 9)],
            [("removed", (3, 5), None, ())],
            id="a hole in its middle",
        ),
        pytest.param(
            [span(1, 3), span(5, 9)],
            [span(1, 9)],
            [("added", None, (3, 5), ())],
            id="filling a hole",
        ),
        pytest.param(
            [span(1, 5)],
            [span(21, 25)],
            [("removed", (1, 5), None, ()), ("added", None, (21, 25), ())],
            id="moving",
        ),
        pytest.param(
            [span(1, 5)],
            [span(1, 5, path="[anon:arena]")],
            [("altered", (1, 5), (1, 5), ("path",))],
            id="naming",
        ),
        pytest.param(
            [LIB],
            [span(100, 110, "r-xp", "/lib/a.so", 4, 7, "module")],
            [("altered", (100, 110), (100, 110), ("offset",))],
            id="another part of the file",
        ),
        pytest.param(
            [LIB],
            [span(100, 104, "r-xp", "/lib/a.so", 0, 7), span(106, 110, "r-xp", "/lib/a.so", 6, 7)],
            [("removed", (104, 106), None, ())],
            id="a hole in a file, whose offsets go on behind it",
        ),
        pytest.param(
            [LIB._replace(device="fe:00", inode=71)],
            [LIB._replace(device="fe:00", inode=72)],
            [("altered", (100, 110), (100, 110), ("file",))],
            id="another file of the same name",
        ),
        pytest.param(
            [span(1, 5)],
            [span(1, 5, path="/a", inode=72)],
            [("altered", (1, 5), (1, 5), ("path",))],
            id="a file, which its path tells",
        ),
        pytest.param(
            [span(1, 5)],
            [span(1, 5, kind="stack")],
            [],
            id="what is only taken for something else is the same",
        ),
    ],
)
def test_tells(before, after, expected):
    assert told(before, after) == expected


MAPS = st.lists(
    st.tuples(
        st.integers(0, 40),
        st.integers(1, 6),
        st.sampled_from(["rw-p", "r--p", "r-xp"]),
        st.sampled_from(["", "[x]"]),
    )
)


def apart(items):
    areas, free = [], 0
    for start, size, perms, path in sorted(items):
        if start >= free:
            areas.append(span(start, start + size, perms, path))
            free = start + size
    return areas


@given(MAPS, MAPS)
def test_all_changes_together_make_the_one_map_of_the_other(one, other):
    """Page by page: what is told removed, added and altered is exactly what differs."""
    before, after = apart(one), apart(other)

    def by_page(areas):
        return {page: (a.perms, a.path) for a in areas for page in range(a.start // PAGE, a.end // PAGE)}

    pages = by_page(before)
    for change in changes(before, after):
        for page in by_page([change.before] if change.before else []):
            assert pages.pop(page) == by_page([change.before])[page]
    for change in changes(before, after):
        pages.update(by_page([change.after] if change.after else []))
    assert pages == by_page(after)
