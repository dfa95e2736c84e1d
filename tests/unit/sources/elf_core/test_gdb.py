"""Cores by GDB's generate-core-file, which sets PF_R whatever the protection was."""

from __future__ import annotations

import pytest
from ptatlas.core.inferior import Inferior
from ptatlas.core.maps.kinds import classify
from ptatlas.core.search.patterns.pattern import Pattern
from ptatlas.core.sources import core_target
from support.core_builder import PAGE, CoreBuilder

NT_GDB_TDESC = 0xFF000000


def with_note(builder, owner=b"GDB", kind=NT_GDB_TDESC):
    return builder.note(owner, kind, b"<target/>\0")


def permissions(tmp_path, builder):
    return [area.perms for area in core_target(builder.write(tmp_path / "core")).listers[0].areas()]


def three_areas():
    builder = CoreBuilder().load(0x1000, bytes(PAGE), "r--").load(0x2000, bytes(PAGE), "rw-")
    return builder.load(0x3000, b"needle".ljust(PAGE, b"\0"), "r-x")


@pytest.mark.parametrize(
    ("owner", "kind", "expected"),
    [
        pytest.param(b"GDB", NT_GDB_TDESC, ["?--?", "?w-?", "?-x?"], id="GDB's"),
        pytest.param(b"GDB", 1, ["r--?", "rw-?", "r-x?"], id="another note of GDB's"),
        pytest.param(b"LINUX", NT_GDB_TDESC, ["r--?", "rw-?", "r-x?"], id="another owner"),
    ],
)
def test_reading_is_not_known_in_a_core_with_gdb_s_own_note(tmp_path, owner, kind, expected):
    assert permissions(tmp_path, with_note(three_areas(), owner, kind)) == expected


def test_what_may_not_have_been_readable_is_searched_and_kept(tmp_path):
    inferior = Inferior(core_target(with_note(three_areas()).write(tmp_path / "core")))
    assert [hit.address for hit in inferior.find(Pattern.text("needle"))] == [0x3000]
    assert inferior.snapshot("taken").coverage.searched == 3 * PAGE


def test_where_no_segment_has_a_flag_protections_are_not_known_and_all_is_searched(tmp_path):
    builder = CoreBuilder().load(0x1000, b"needle".ljust(PAGE), "---").load(0x2000, bytes(PAGE), "---")
    inferior = Inferior(core_target(builder.write(tmp_path / "core")))
    assert [(area.perms, area.kind) for area in classify(list(inferior.areas))] == [("????", None)] * 2
    assert [hit.address for hit in inferior.find(Pattern.text("needle"))] == [0x1000]


def test_where_others_have_flags_none_means_no_access(tmp_path):
    builder = CoreBuilder().load(0x1000, b"", "---", PAGE).load(0x2000, bytes(PAGE), "rw-")
    assert permissions(tmp_path, builder) == ["---?", "rw-?"]
