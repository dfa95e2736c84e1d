"""GDB's pager: it pages, and who quits it loses nothing of what was asked for. (LLDB pages no command.)"""

from __future__ import annotations

import pytest
from support.asking import run_json
from support.children import Child
from support.sessions import GdbSession
from support.targets import write_mapped_file

ASKS = "--Type <RET> for more, q to quit, c to continue without paging--"
# The ways to say no.
QUIT = {"q": "q\n", "Ctrl-C": "\x03"}


@pytest.fixture(scope="module")
def paged(areas_program, tmp_path_factory):
    """A session in a low terminal on a child that maps a file, and the child."""
    file = write_mapped_file(tmp_path_factory.mktemp("paged"))
    with Child(areas_program, file) as child, GdbSession.start() as session:
        session.load_ptatlas()
        session.attach(child.pid)
        session.run("set height 10")
        yield session, child


def quit_at_the_pager(session, command: str, key: str) -> list[str]:
    """Run a command until the pager asks for the first time, and say no; return the lines after that."""
    session.run("set pagination on")
    session.send_line(command)
    session.expect(ASKS)
    session.send_raw(key)
    rest = session.wait_for_prompt().splitlines()
    session.run("set pagination off")
    return [line for line in rest if line.strip() not in ("", "q")]


def addresses(session, command: str) -> list[int]:
    return [int(hit["address"], 16) for hit in run_json(session, command)["hits"]]


@pytest.fixture(params=QUIT.values(), ids=QUIT)
def key(request):
    return request.param


def test_a_listing_that_is_quit_ends_with_what_there_is_in_all(paged, key):
    session, _ = paged
    (last,) = quit_at_the_pager(session, "pt-maps", key)
    assert last.startswith(f"{run_json(session, 'pt-maps')['total']['areas']} areas, ")
    assert session.run_python("print(6 * 7)") == "42"


@pytest.mark.parametrize("options", ["-l 50", "-l 0", "-l 0 --json"])
def test_a_search_that_is_quit_has_all_its_hits(paged, key, options):
    session, _ = paged
    what = "pt-find -t u8 1 -n areas"
    whole = addresses(session, f"{what} {options.split(' --')[0]}")
    last = quit_at_the_pager(session, f"{what} {options}", key)
    assert "json" in options or last[0].startswith(f"{len(whole)} hits in ")
    assert int(session.run_python("print(int(gdb.convenience_variable('numfound')))")) == len(whole)
    assert int(session.run_python("print(int(gdb.convenience_variable('_')))")) == whole[-1]
    for number in (1, len(whole)):
        shown = session.run_python(f"print(int(gdb.parse_and_eval('$pt_hit({number})')))")
        assert int(shown) == whole[number - 1]
    assert addresses(session, "pt-find --next") == whole


def test_a_huge_search_that_is_quit_comes_to_its_end(paged):
    session, child = paged
    place = child.place("reserved").address
    last = quit_at_the_pager(session, f"pt-find -t u8 0 -l 0 --in {place},+1G", "q\n")
    assert last[0].startswith(f"{1 << 30} hits in 1G")


def test_what_changed_is_told_after_a_listing_that_was_quit(paged):
    session, _ = paged
    before = run_json(session, "pt-maps")["generation"]
    quit_at_the_pager(session, "pt-maps", "q\n")
    call = "((void *(*)(void *, long, int, int, int, long))mmap)(0x7e0000000000, 4096, 1, 0x22, -1, 0)"
    assert "0x7e0000000000" in session.run(f"call {call}")
    document = run_json(session, "pt-maps --changed")
    assert document["since"] == before
    assert "0x7e0000000000" in {change["after"]["start"] for change in document["changes"]}


def test_a_check_that_is_quit_counts_all_differences(paged, key):
    session, _ = paged
    last = quit_at_the_pager(session, "pt-image check -p w", key)
    count = len(run_json(session, "pt-image check -p w")["ranges"])
    assert last[0].startswith(f"{count} differences ")
    assert not any("interrupted" in line for line in last)
