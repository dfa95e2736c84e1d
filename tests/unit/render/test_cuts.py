"""Shortened texts: as wide as there is room for, and what says most of them is left."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ptatlas.core.render.cuts import columns_of, cut_bytes, cut_end, cut_name, cut_path, cut_within, file_name

LIBRARY = "/usr/lib/x86_64-linux-gnu/libstdc++.so.6.0.30"


@pytest.mark.parametrize(
    ("path", "room", "shown"),
    [
        pytest.param(LIBRARY, 45, LIBRARY, id="it fits"),
        pytest.param(LIBRARY, 44, "/usr/lib/…/libstdc++.so.6.0.30", id="as many folders as fit"),
        pytest.param(LIBRARY, 29, "/usr/…/libstdc++.so.6.0.30", id="one folder"),
        pytest.param(LIBRARY, 22, "/…/libstdc++.so.6.0.30", id="only that it is a path from the root"),
        pytest.param(LIBRARY, 21, "…/libstdc++.so.6.0.30", id="the file's name"),
        pytest.param(LIBRARY, 19, "libstdc++.so.6.0.30", id="exactly the name"),
        pytest.param(LIBRARY, 16, "libstdc…o.6.0.30", id="the end of the name has its version"),
        pytest.param("/tmp/app.bin", 11, "/…/app.bin", id="one folder is left out"),
        pytest.param("/" + 40 * "a", 12, "aaaaa…aaaaaa", id="a file below the root"),
        pytest.param("/d/lib.so.1 (deleted)", 20, "…/lib.so.1 (deleted)", id="deleted"),
        pytest.param("[anon: glibc: malloc arena]", 16, "[anon: …c arena]", id="a name in brackets"),
        pytest.param("[anon: a/b/c: something else]", 16, "[anon: …ng else]", id="no path in brackets"),
        pytest.param('(thread 4 "db", LWP 828)', 16, '(thread 4 "db",…', id="whose it is"),
        pytest.param(
            '[stack] (thread 1 "x", LWP 823)', 18, "[stack] (thread 1…", id="a name, and whose it is"
        ),
        pytest.param("/data/base.apk!/lib/libx.so", 14, "/…/libx.so", id="in an archive"),
    ],
)
def test_a_path_is_shortened_within_and_keeps_the_files_name(path, room, shown):
    assert cut_path(path, room) == shown
    assert columns_of(shown) <= room


def test_the_shortest_form_of_a_path_has_its_files_name_whole():
    assert [file_name(path) for path in (LIBRARY, "[heap]", "/init", "")] == [
        "…/libstdc++.so.6.0.30",
        "[heap]",
        "/init",
        "",
    ]


@pytest.mark.parametrize("cut", [cut_path, cut_name, cut_within, cut_end])
@given(text=st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])), room=st.integers(2, 40))
def test_nothing_is_wider_than_its_room_and_what_fits_is_whole(cut, text, room):
    shown = cut(text, room)
    assert columns_of(shown) <= room
    assert columns_of(text) > room or shown == text


def test_wide_characters_take_two_columns_and_combining_ones_none():
    assert [columns_of(text) for text in ("abc", "日本", "e\u0301")] == [3, 4, 1]
    assert cut_end("日本語", 5) == "日本…"


def test_of_bytes_whole_ones_are_left():
    assert [cut_bytes("e9060011", room) for room in (8, 7, 6, 5)] == ["e9060011", "e90600…", "e906…", "e906…"]
