"""A bare machine's stub, which tells no map: what the user names is looked at, and the rest admitted."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ptatlas.core.sources.loaded import PROBLEM
from support.asking import run_json
from support.bare_stub import bare_stub
from support.session import Session
from support.sessions import GdbSession, LldbSession

BOOT, TOP = 0x7C00, 0xFFFF0000
MEMORY = [(BOOT, b"MARK".ljust(0x400, b"\x90") + b"MARK"), (TOP, b"MARKMARK" * 0x2000)]
CONNECT = {"gdb": "target remote :{}", "lldb": "process connect --plugin gdb-remote connect://127.0.0.1:{}"}


@pytest.fixture(scope="module", params=[GdbSession, LldbSession], ids=["gdb", "lldb"])
def session(request) -> Iterator[Session]:
    with bare_stub(MEMORY) as port, request.param.start() as session:
        session.load_ptatlas()
        if session.name == "lldb":
            session.run_python("lldb.debugger.SetAsync(False)")
        session.run(CONNECT[session.name].format(port))
        yield session


def addresses(document) -> list[int]:
    return [int(hit["address"], 16) for hit in document["hits"]]


def test_a_named_range_is_searched_and_what_is_not_there_is_told(session):
    document = run_json(session, "pt-find MARK --in 0x7000..0x9000")
    assert addresses(document) == [BOOT, BOOT + 0x400]
    assert [(part["start"], part["end"]) for part in document["coverage"]["unreadable"]] == [
        ("0x7000", hex(BOOT)),
        (hex(BOOT + 0x404), "0x9000"),
    ]
    assert addresses(run_json(session, "pt-find --next")) == [BOOT, BOOT + 0x400]
    counted = run_json(session, f"pt-find MARK --in {TOP:#x}..0x100000000 --count")
    assert counted["count"] == 2 * 0x2000


def test_a_named_range_is_kept_and_compared(session):
    taken = run_json(session, "pt-image snapshot it --in 0x7000..0x9000")
    assert (taken["sections"][0]["start"], taken["coverage"]["searched"]) == (hex(BOOT), 0x404)
    compared = run_json(session, "pt-image diff it live")
    assert (compared["ranges"], compared["coverage"]["searched"]) == ([], 0x404)
    assert addresses(run_json(session, "pt-find MARK --image it")) == [BOOT, BOOT + 0x400]


@pytest.mark.parametrize(
    "command",
    ["pt-maps", "pt-find MARK", "pt-image snapshot whole", "pt-image diff live live"],
)
def test_that_there_is_no_map_is_told_in_tables_and_documents(session, command):
    assert run_json(session, command)["problems"] == [PROBLEM]
    assert PROBLEM in session.run(command.replace("whole", "again"))


def test_regions_that_the_user_defines_after_all_that_are_searched(session):
    """Last, for GDB reads nothing else from then on."""
    if session.name == "gdb":
        session.run(f"mem {BOOT:#x} {BOOT + 0x400:#x} ro")
        assert addresses(run_json(session, "pt-find MARK")) == [BOOT]
        document = run_json(session, f"pt-find MARK --in {BOOT:#x}..{BOOT + 0x404:#x}")
        assert [part["start"] for part in document["coverage"]["unreadable"]] == [hex(BOOT + 0x400)]
