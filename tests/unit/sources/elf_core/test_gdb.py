"""Cores by GDB's generate-core-file, which sets PF_R whatever the protection was."""

from __future__ import annotations

import pytest
from ptatlas.core.inferior import Inferior
from ptatlas.core.maps.kinds import classify
from ptatlas.core.search.patterns.pattern import Pattern
from ptatlas.core.sources import core_target
from support.core_builder import ET_DYN, PAGE, CoreBuilder

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


@pytest.mark.parametrize(
    ("build_id", "name", "expected"),
    [
        pytest.param(b"\x11" * 20, "lib.so", "r-x?", id="the file"),
        pytest.param(b"\x11" * 20, "lib.so (deleted)", "r-x?", id="one that was installed anew"),
        pytest.param(b"\x22" * 20, "lib.so", "?-x?", id="another file of that name"),
        pytest.param(None, "lib.so", "?-x?", id="no file"),
    ],
)
def test_what_a_core_holds_in_full_has_the_rights_that_its_file_tells(tmp_path, build_id, name, expected):
    def library(proof):
        image = CoreBuilder().load(0, bytes(PAGE), "r-x").note(b"GNU", 3, proof)
        image.type = ET_DYN
        return image.build().ljust(2 * PAGE, b"\0")[: 2 * PAGE]

    if build_id:
        (tmp_path / "lib.so").write_bytes(library(build_id))
    builder = with_note(CoreBuilder().load(0x7000, library(b"\x11" * 20), "r-x"))
    builder.files((0x7000, 0x7000 + 2 * PAGE, 0, bytes(tmp_path / name)))
    assert permissions(tmp_path, builder) == [expected]
    assert core_target(str(tmp_path / "core")).problems == ()


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
