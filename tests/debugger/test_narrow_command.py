"""pt-find --next, --break and --from in interactive GDB and LLDB sessions."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from support.asking import run_json
from support.compile import compile_c
from support.debuggers import find_gdb
from support.servers import gdb_server, lldb_server

WRITE = {
    "gdb": "set var *(unsigned int *){:#x} = {}",
    "lldb": "memory write --size 4 {:#x} {}",
}
BREAKPOINTS = {"gdb": "info breakpoints", "lldb": "breakpoint list"}
RESTART = {"gdb": "run < /dev/null", "lldb": "process launch --stdin /dev/null"}


def places(document) -> list[int]:
    return [int(hit["address"], 16) for hit in document["hits"]]


def last_hits(session) -> list[int]:
    code = f"from ptatlas.{session.name}ext import inferior; print([h.address for h in inferior().last_hits])"
    return [int(address) for address in re.findall(r"\d+", session.run_python(code))]


def page_tables(pid: int) -> tuple[str, ...]:
    """What the kernel uses for a process's page tables, and what is resident (proc_pid_status(5))."""
    status = Path(f"/proc/{pid}/status").read_text()
    return tuple(re.search(f"^{name}:.*$", status, re.MULTILINE)[0] for name in ("VmPTE", "VmRSS"))


@pytest.mark.parametrize("first", ["--count", "-l 0"])
def test_a_value_is_tracked_down_by_what_becomes_of_it(attached, areas_child, first):
    """As users do it: all that might be it, then what changed, then what it is now."""
    pattern = areas_child.place("pattern").address
    attached.run(f"pt-find -t u32 0..0xffffffff -a 4 --in {pattern},+64K {first}")
    attached.run(WRITE[attached.name].format(pattern + 40, 7))
    attached.run(WRITE[attached.name].format(pattern + 80, 1))
    changed = run_json(attached, "pt-find --next --changed")
    assert places(changed) == [pattern + 40, pattern + 80]
    assert changed["hits"][0]["previous"] == (10 * 2654435761 % 2**32).to_bytes(4, "little").hex()
    assert changed["earlier"]["hits"] == 64 * 1024 // 4
    assert last_hits(attached) == [pattern + 40, pattern + 80]
    attached.run(WRITE[attached.name].format(pattern + 40, 8))
    assert places(run_json(attached, "pt-find --next --increased")) == [pattern + 40]
    assert places(run_json(attached, "pt-find --next 8")) == [pattern + 40]
    assert places(run_json(attached, "pt-find --next 9")) == []


def test_never_touched_memory_stays_so_when_it_is_counted_narrowed_and_shown(attached, areas_child):
    place = areas_child.place("reserved")
    before = page_tables(areas_child.pid)
    scope = f"--in {place.address},+1G"
    assert run_json(attached, f"pt-find -t u32 0..9 -a 4 --count {scope}")["count"] == 1 << 28
    assert run_json(attached, "pt-find --next --unchanged --count")["count"] == 1 << 28
    assert run_json(attached, "pt-find --next --changed")["count"] == 0
    assert run_json(attached, f"pt-find -t u32 0..9 -l 9 {scope}")["count"] == 9
    assert run_json(attached, "pt-find --next 0..3")["count"] == 9
    assert "[00 00 00 00]" in attached.run(f"pt-find -t u32 0 -a 1M -l 2 -C 4K {scope}")
    assert page_tables(areas_child.pid) == before


def test_a_search_that_was_interrupted_keeps_its_hits_and_goes_on(attached, areas_child):
    """Ctrl-C in the middle must not lose what was found."""
    place = areas_child.place("reserved")
    attached.send_line(f"pt-find -t u8 0 -l 0 --in {place.address},+1G")
    attached.expect(f"{place.address + 1000:#x}")
    answer = attached.interrupt()
    start = int(re.findall(r"go on with --from (0x\w+)", answer)[-1], 16)
    found = last_hits_ends(attached)
    assert (found[0], found[2]) == (place.address, start - place.address)
    assert found[1] in (start - 1, start)
    document = run_json(attached, "pt-find --next 0 -l 5")
    assert places(document) == [place.address + n for n in range(5)]
    assert document["earlier"]["stopped"] == {"why": "interrupted", "from": hex(start)}
    whole = run_json(attached, f"pt-find -t u8 0 -l 3 --from {start} --in {place.address},+1G")
    assert places(whole) == [start, start + 1, start + 2]


def last_hits_ends(session) -> list[int]:
    """The first and the last of the last hits, and how many they are."""
    code = f"from ptatlas.{session.name}ext import inferior; h = inferior().last_hits; "
    told = session.run_python(code + "print(h[0].address, h[-1].address, len(h))")
    return [int(number) for number in told.split()]


@pytest.mark.parametrize("limit", [1, 7, 100])
def test_stopped_searches_together_are_one_whole_search(attached, areas_child, limit):
    pattern = areas_child.place("pattern").address
    scope = f"--in {pattern},+256"
    for what in ("-t u16 0..0xfff", "--next 0..0x7ff"):
        attached.run(f"pt-find -t u16 0..0xfff {scope} --count")
        whole = places(run_json(attached, f"pt-find {what} {scope}"))
        attached.run(f"pt-find -t u16 0..0xfff {scope} --count")
        found, start = [], 0
        while start is not None:
            document = run_json(attached, f"pt-find {what} {scope} -l {limit} --from {start}")
            found += places(document)
            start = document["stopped"] and document["stopped"]["from"]
        assert found == whole
        assert len(found) > 3


def test_a_narrowing_that_would_take_long_can_be_interrupted(attached, areas_child):
    place = areas_child.place("reserved")
    attached.run(f"pt-find -t u8 0 --count --in {place.address},+1G")
    attached.send_line("pt-find --next -l 0")
    attached.expect(f"{place.address + 1000:#x}")
    answer = attached.interrupt()
    start = int(re.findall(r"go on with --next --from (0x\w+)", answer)[-1], 16)
    further = run_json(attached, f"pt-find --next --from {start} -l 2")
    assert places(further) == [start, start + 1]
    assert further["earlier"]["hits"] == 1 << 30


def test_a_breakpoint_is_set_at_every_hit_and_stops_there(areas_program, start_loaded):
    session = start_loaded(areas_program)
    session.run({"gdb": "break main", "lldb": "breakpoint set --name main"}[session.name])
    session.send_line(RESTART[session.name])
    session.wait_for_prompt()
    where = int(run_json(session, "pt-maps ptatlas_ready")["at"]["address"], 16)
    content = {"gdb": "x/8xb {}", "lldb": "memory read -s1 -fx -c8 {}"}[session.name].format(where)
    text = " ".join(re.findall(r"0x([0-9a-f]{2})\b", session.run(content)))
    document = run_json(session, f"pt-find -x '{text}' --in {where},+8 --break")
    assert places(document) == [where]
    (number,) = document["breakpoints"]
    assert re.search(rf"^{number}\b", session.run(BREAKPOINTS[session.name]), re.MULTILINE)
    session.send_line({"gdb": "continue", "lldb": "process continue"}[session.name])
    session.wait_for_prompt()
    assert int(run_json(session, "pt-maps $pc")["at"]["address"], 16) == where


WATCH = {
    "gdb": "watch -location *(char (*)[1]) {}",
    "lldb": "watchpoint set expression -w write -s 1 -- {}",
}


def test_a_watchpoint_is_offered_for_data_that_stops_where_it_is_written(start_loaded, build_dir):
    source = """
        unsigned marked = 0x5eed4321;
        __attribute__((noinline)) void ready(void) { __asm__ volatile("" ::: "memory"); }
        int main(void) { ready(); marked = 7; return 0; }
    """
    session = start_loaded(compile_c(source, build_dir))
    session.run({"gdb": "break ready", "lldb": "breakpoint set --name ready"}[session.name])
    session.run("run")
    if session.name == "gdb":
        session.run("set breakpoint always-inserted on")
    document = run_json(session, "pt-find -t u32 0x5eed4321 -p w -k module --break")
    # The trap lies in data now, where nobody but the debugger knows of it: what is shown is what was there.
    assert places(run_json(session, "pt-find -t u32 0x5eed4321 -p w -k module")) == places(document)
    trapped = run_json(session, "pt-image check -p w -k module --cause breakpoint")["ranges"]
    assert [int(item["start"], 16) for item in trapped] == places(document)
    (warning,) = document["warnings"]
    command = warning.partition("leaves it as it is: ")[2]
    for number in document["breakpoints"]:
        session.run({"gdb": f"delete {number}", "lldb": f"breakpoint delete {number}"}[session.name])
    assert "atchpoint" in session.run(command)
    session.send_line({"gdb": "continue", "lldb": "process continue"}[session.name])
    answer = session.wait_for_prompt()
    assert "atchpoint" in answer


def count_breakpoints(session) -> int:
    return len(re.findall(r"^\d+\b", session.run(BREAKPOINTS[session.name]), re.MULTILINE))


def test_more_than_64_hits_set_no_breakpoint_and_leave_the_last_hits(attached, areas_child):
    pattern = areas_child.place("pattern").address
    attached.run("pt-find ptatlas-heap-needle")
    answer = attached.run(f"pt-find -t u8 0..255 --in {pattern},+65 --break")
    assert "pt-find: there are more than 64 hits, and no breakpoint was set" in answer
    assert count_breakpoints(attached) == 0
    assert last_hits(attached) == [areas_child.place("heap").address]
    answer = attached.run(f"pt-find -t u8 0..255 --in {pattern},+64 --break")
    assert "64 hits not in code" in answer.splitlines()[0]  # before anything is set, or said of it
    assert f"a watchpoint leaves it as it is: {WATCH[attached.name].format(hex(pattern))}" in answer
    assert len(re.search(r"^breakpoints (.*)$", answer, re.MULTILINE)[1].split(", ")) == 64
    assert count_breakpoints(attached) == 64


def test_what_takes_no_breakpoint_is_told(attached):
    assert "--break and --count don't go together" in attached.run("pt-find x --break --count")
    attached.run("pt-image snapshot then -k heap")
    assert "an image takes no breakpoints" in attached.run("pt-find ptatlas --image then --break")


def test_another_process_has_no_earlier_search(areas_program, start_loaded):
    session = start_loaded(areas_program)
    session.run({"gdb": "break ptatlas_ready", "lldb": "breakpoint set --name ptatlas_ready"}[session.name])
    session.send_line(RESTART[session.name])
    session.wait_for_prompt()
    first = run_json(session, "pt-maps $pc")["pid"]
    session.run("pt-find ptatlas-heap-needle")
    session.kill()
    session.send_line(RESTART[session.name])
    session.wait_for_prompt()
    answer = session.run("pt-find --next ptatlas")
    assert f"the last one was of process {first} (search with a PATTERN first)" in answer


def test_gdb_has_the_hits_of_a_count_and_of_a_narrowing_in_its_variables(areas_child, start_gdb):
    session = start_gdb()
    assert session.load_ptatlas() == ""
    session.attach(areas_child.pid)
    pattern = areas_child.place("pattern").address
    session.run(f"pt-find -t u32 0..0xffffffff -a 4 --in {pattern},+64K --count")
    assert session.run("print $numfound") == "$1 = 16384"
    assert session.run("output/x (long)$pt_hit(3)") == hex(pattern + 8)
    session.run("pt-find --next 0")
    assert session.run("output $numfound") == "1"
    assert session.run("output/x (long)$_") == hex(pattern)
    assert "there is no hit 2, the last pt-find has 1" in session.run("output $pt_hit(2)")
    session.run("pt-find -t u32 nosuch")
    assert session.run("output $numfound") == "1"


@pytest.fixture
def remote(areas_child, start_gdb, start_lldb, request):
    """A session of one debugger on a process that only its server can read."""
    start, server = {
        "gdb": (start_gdb, lambda: gdb_server(areas_child.pid)),
        "lldb": (start_lldb, lambda: lldb_server(areas_child.pid)),
    }[request.param]
    session = start()
    session.load_ptatlas()
    if session.name == "lldb":
        session.run_python("lldb.debugger.SetAsync(False)")  # so that connecting is done when it says so
    with server() as place:
        session.run(f"target remote :{place}" if session.name == "gdb" else place)
        yield session
        session.detach()


@pytest.mark.parametrize("remote", ["gdb", "lldb"], indirect=True)
def test_values_are_tracked_down_over_a_link(remote, areas_child):
    pattern = areas_child.place("pattern").address
    count = run_json(remote, f"pt-find -t u32 0..0xffffffff -a 4 --in {pattern},+4K --count")
    assert (count["count"], count["source"]) == (1024, remote.name)
    remote.run(WRITE[remote.name].format(pattern + 40, 7))
    assert places(run_json(remote, "pt-find --next --changed")) == [pattern + 40]
    assert places(run_json(remote, "pt-find --next 7 --break")) == [pattern + 40]
    assert count_breakpoints(remote) == 1


def test_a_core_file_is_narrowed_and_takes_no_breakpoint(areas_child, start_debugger, tmp_path):
    core = tmp_path / "core"
    options = ["-q", "-nx", "-batch", "-iex", "set debuginfod enabled off", "-p", str(areas_child.pid)]
    areas_child.tell("unmap reserved")
    subprocess.run(
        [find_gdb().path, *options, "-ex", f"generate-core-file {core}"],
        check=True,
        capture_output=True,
        stdin=subprocess.DEVNULL,
    )
    session = start_debugger(core=core)
    session.load_ptatlas()
    pattern = areas_child.place("pattern").address
    session.run(f"pt-find -t u32 0..0xffffffff -a 4 --in {pattern},+64K --count")
    assert run_json(session, "pt-find --next --unchanged --count")["count"] == 64 * 1024 // 4
    assert places(run_json(session, "pt-find --next 0..9")) == [pattern]
    assert "no breakpoint can be set here" in session.run("pt-find --next --break")
