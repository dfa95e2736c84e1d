"""What GDB alone offers: convenience functions over the map, and the hits of a search in its own words."""

from __future__ import annotations

import pytest
from support.asking import BREAK
from support.children import Child
from support.compile import PROGRAMS, compile_c
from support.sessions import GdbSession


@pytest.fixture(scope="module")
def child(areas_program):
    with Child(areas_program) as running:
        yield running


@pytest.fixture(scope="module")
def gdb(child):
    """GDB on that child, for all tests that leave the child as it is."""
    with GdbSession.start() as session:
        session.load_ptatlas()
        session.attach(child.pid)
        yield session


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        pytest.param("$pt_mapped($sp)", "1", id="mapped"),
        pytest.param("$pt_mapped(0)", "0", id="not mapped"),
        pytest.param("$pt_mapped(-1)", "0", id="the highest address"),
        pytest.param("$pt_mapped(function_table)", "1", id="an array"),
        pytest.param("$pt_perms(main)", '"r-xp"', id="protection of a function"),
        pytest.param("$pt_perms($sp)", '"rw-p"', id="protection"),
        pytest.param("$pt_perms(0)", '""', id="protection of nothing"),
        pytest.param("$pt_name($sp)", '"[stack]"', id="name"),
        pytest.param("$pt_name(0)", '""', id="name of nothing"),
        pytest.param("$pt_start($sp) <= (long)$sp && (long)$sp < $pt_end($sp)", "1", id="start and end"),
        pytest.param("$pt_start(0) + $pt_end(0)", "0", id="start and end of nothing"),
    ],
)
def test_functions_of_an_address(gdb, expression, value):
    assert gdb.run(f"output {expression}") == value


def test_the_base_of_an_object_is_its_first_address(gdb):
    base = gdb.run('output/x $pt_base("libc")')
    assert int(base, 16) > 0
    assert gdb.run(f"output $pt_start({base}) == {base}") == "1"
    assert "libc.so" in gdb.run(f"output $pt_name({base})")
    assert gdb.run('output $pt_mapped($pt_base("areas"))') == "1"
    assert gdb.run('output $pt_base("no-such-object")') == "0"
    assert gdb.run("output $pt_base(5)").startswith("$pt_base takes a name in quotes")
    assert "objects are named 'l'" in gdb.run('output $pt_base("l")')


def test_without_a_process_a_function_says_so(start_gdb):
    session = start_gdb()
    session.load_ptatlas()
    assert session.run("print $pt_mapped(0)").startswith("$pt_mapped: no process")


def test_a_condition_sees_the_map_of_the_very_moment(start_gdb, build_dir, tmp_path):
    """GDB tells nobody that the inferior ran between two hits of a breakpoint whose condition fails."""
    (tmp_path / "old").write_bytes(bytes(4096))
    session = start_gdb(compile_c(PROGRAMS / "steps.c", build_dir), tmp_path / "old", tmp_path / "new")
    session.load_ptatlas()
    session.run(f"{BREAK['gdb'].format('step')} if $pt_mapped(0x200000000000)")
    session.run("run")
    assert session.run("output name").endswith('"mapped"')


def test_a_search_leaves_its_hits_as_gdbs_own_does(gdb, child):
    overlap = child.place("overlap")
    gdb.run(f"find {overlap.address}, +{overlap.size}, 'a', 'a', 'a'")
    own = gdb.run("output $_"), gdb.run("output $numfound")
    gdb.run("set var $_ = 0")
    gdb.run(f"pt-find aaa --in {overlap.address},+{overlap.size}")
    assert (gdb.run("output $_"), gdb.run("output $numfound")) == own
    hits = [gdb.run(f"output/x (long)$pt_hit({number})") for number in range(1, 6)]
    assert hits == [hex(overlap.address + number) for number in range(5)]
    assert gdb.run("output $pt_hit(6)") == "$pt_hit: there is no hit 6, the last pt-find has 5"


def test_a_search_without_hits_counts_none(gdb):
    gdb.run("pt-find no-such-text-anywhere --in $sp")
    assert gdb.run("output $numfound") == "0"
