"""diff --by file in GDB and LLDB: two runs with address randomisation, and one process with itself."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import pytest
from support.asking import BREAK, CONTINUE, run_json
from support.compile import PROGRAMS, compile_c
from support.session import Session

RANDOMISE = {"gdb": "set disable-randomization off", "lldb": "settings set target.disable-aslr false"}
# The dynamic linker's own names are in its debug information, which sessions don't read otherwise.
READ_DEBUG_FILES = {
    "gdb": "set debug-file-directory /usr/lib/debug",
    "lldb": "settings set symbols.enable-external-lookup true",
}
RUN = {"gdb": "run < /dev/null", "lldb": "process launch --stdin /dev/null"}
FINISH = {"gdb": "finish", "lldb": "thread step-out"}
# What the dynamic linker times, in the order of their addresses, and its size: when it began, and directly
# after that how long loading took; and how long relocating took.
TIMES = {"start_time": 16, "relocate_time": 8}


@pytest.fixture(scope="module")
def program(build_dir: Path) -> Path:
    return compile_c(PROGRAMS / "changes.c", build_dir)


@pytest.fixture
def session(program: Path, start_loaded) -> Session:
    """A session with a breakpoint at ready(), at addresses that differ from run to run."""
    session = start_loaded(program)
    session.run(RANDOMISE[session.name])
    session.run(READ_DEBUG_FILES[session.name])
    session.run(BREAK[session.name].format("ready"))
    if session.name == "lldb":
        session.run_python("lldb.debugger.SetAsync(False)")
    return session


def run_to_ready(session: Session) -> None:
    session.send_line(RUN[session.name])
    session.wait_for_prompt()


def address_of(session: Session, expression: str) -> int:
    return int(run_json(session, f"pt-maps '{expression}'")["at"]["address"], 16)


def told(document) -> list[tuple[str, str, str]]:
    return [(item["start"], item["expected"], item["actual"]) for item in document["ranges"]]


Chances = dict[str, tuple[int, bytes]]


def chances(session: Session) -> Chances:
    """What the kernel and the dynamic linker leave to chance in this run: where it is, and what."""
    places = {name: (address_of(session, f"&{name}"), size) for name, size in TIMES.items()}
    places["AT_RANDOM"] = random_bytes(session), 16
    with open(f"/proc/{pid_of(session)}/mem", "rb") as memory:
        return {name: (at, os.pread(memory.fileno(), size, at)) for name, (at, size) in places.items()}


def differing(before: Chances, after: Chances) -> dict[str, int]:
    """Where each first differs, in the second run: any byte, and a short time, may be the same by chance."""
    firsts = {}
    for name, (place, content) in after.items():
        unequal = [at for at, (one, other) in enumerate(zip(before[name][1], content)) if one != other]
        if unequal:
            firsts[name] = place + unequal[0]
    return firsts


def test_two_runs_differ_in_what_the_program_did_and_in_what_is_random(session):
    run_to_ready(session)
    session.run("pt-image snapshot before")
    before, chances_before = address_of(session, "&counter"), chances(session)
    session.kill()
    run_to_ready(session)
    session.run(CONTINUE[session.name])
    counter, block = address_of(session, "&counter"), address_of(session, "block + 100")
    assert counter != before, "the runs are at different addresses"
    random = differing(chances_before, chances(session))
    document = run_json(session, "pt-image diff before live --by file")
    assert {item["change"] for item in document["ranges"]} == {"changed"}
    assert document["moved"] > 1000
    own = [item for item in document["ranges"] if item["area"] in ("[heap]", program_path(session))]
    assert told({"ranges": own}) == [(hex(counter), "29", "2a"), (hex(block), "2e", "21")]
    stack = {int(item["start"], 16) for item in document["ranges"] if item["area"] == "[stack]"}
    pointer = address_of(session, "$sp")
    # The other call of ready() returns to another place. Then comes the frame of main(), with two cpu_set_t;
    # those of libc around it have words that nobody ever set.
    assert not {address for address in stack if pointer + 16 <= address < pointer + 256}
    assert random.pop("AT_RANDOM") in stack
    assert len(stack) <= 5
    rest = [item for item in document["ranges"] if item not in own and item["area"] != "[stack]"]
    linkers = [item for item in rest if "/ld-" in item["area"]]
    # The processor that the run began on is noted among what the linker asks of processors.
    times = [item for item in linkers if not item["symbol"].startswith("_rtld_global_ro")]
    assert [item["symbol"].partition("+")[0] for item in times] == list(random)
    assert [int(item["start"], 16) for item in times] == list(random.values())
    assert [item for item in rest if item["area"].startswith("/") and "/ld-" not in item["area"]] == []
    # A thread's identifier, and the random key of malloc's caches.
    assert len([item for item in rest if not item["area"].startswith("/")]) <= 2


def random_bytes(session: Session) -> int:
    """Where the kernel put the random bytes that it passes (AT_RANDOM, 25)."""
    auxv = Path(f"/proc/{pid_of(session)}/auxv").read_bytes()
    return dict(struct.iter_unpack("QQ", auxv))[25]


def pid_of(session: Session) -> int:
    return run_json(session, "pt-maps")["pid"]


def program_path(session: Session) -> str:
    return next(area["path"] for area in run_json(session, "pt-maps -k module")["areas"])


def test_within_one_process_nothing_moves_where_the_stack_pointer_does(session):
    """Measured from the stack pointer, each frame would seem to hold another one's content."""
    run_to_ready(session)
    session.run("pt-image snapshot inside")
    session.run(FINISH[session.name])
    assert run_json(session, "pt-image diff inside live --by file")["ranges"] == []
    session.run("pt-image snapshot outside")
    assert run_json(session, "pt-image diff inside outside --by file")["ranges"] == []


def test_within_one_process_both_ways_to_match_tell_the_same(session):
    run_to_ready(session)
    session.run("pt-image snapshot before")
    session.run(CONTINUE[session.name])
    by_address = told(run_json(session, "pt-image diff before live"))
    assert told(run_json(session, "pt-image diff before live --by file")) == by_address
    assert by_address
