"""Each version of each debugger: what all of them must do, on a process, a core file and behind gdbserver.

`make matrix` runs this in all versions that can be had, and writes docs/reliability.md; any other run in the
oldest and the newest. A column of the page's table is a test of this file.
"""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

from contract.kinds import LOCAL, behind_gdbserver, inside
from support.asking import run_json
from support.children import Child
from support.session import Session
from support.versions import session_of

OUR_ERROR = "pt-maps: there is no option --colums (did you mean --columns?)"
# Memory that the kernel shows to no other process.
NOT_SHOWN = (b"[vvar]", b"[vvar_vclock]", b"[vsyscall]")
STOPPED = re.compile(r'"stopped": {"why": "interrupted", "from": "(0x[0-9a-f]+)"}')
PATCH = {"gdb": "set var *(char *) {} = {}", "lldb": "memory write {} {}"}

# GDB's own table as ptatlas reads it, beside the kernel's.
OWN_TABLE = (
    "from ptatlas.gdbext import inferior; own, kernel = inferior().target.listers[-1], inferior().areas; "
    "print([(area[:3], area.offset, area.path) for area in own.areas()] == "
    "[(area[:3], area.offset, area.path) for area in kernel] and own.source)"
)
COMPLETE = (
    "found = lldb.SBStringList(); "
    "count = lldb.debugger.GetCommandInterpreter().HandleCompletion({line!r}, {cursor}, 0, -1, found); "
    "print(sorted(found.GetStringAtIndex(n) for n in range(1, found.GetSize()))) if count else None"
)
OFFERED = (
    ("pt-image snap", ["snapshot"]),
    ("pt-image show ma", ["made"]),
    ("pt-maps --colu", ["--columns"]),
    ("pt-find x -k mod", ["module"]),
    ("pt-maps --columns start,si", ["start,size"]),
    ("pt-find x --image ma", ["made"]),
    ("pt-maps [hea", ["[heap]"]),
    ("ptatlas set format js", ["json", "jsonl"]),
    ("ptatlas show li", ["limit"]),
)


# --- the truth, without ptatlas ------------------------------------------------------------------------


def kernel_areas(pid: int) -> list[tuple[int, int, str, str]]:
    """Return start, end, protection and name of each area, as the kernel tells them."""
    areas = []
    for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
        addresses, perms, _, _, _, *path = line.split(None, 5)
        start, end = (int(one, 16) for one in addresses.split("-"))
        areas.append((start, end, perms, path[0] if path else ""))
    return areas


def occurrences(child: Child, wanted: bytes) -> list[str]:
    """Return each address at which the bytes are in the process, but in its gigabyte that nobody touched."""
    reserved = child.place("reserved").address
    found = []
    for start, content in contents(child.pid, reserved):
        position = content.find(wanted)
        while position >= 0:
            found.append(hex(start + position))
            position = content.find(wanted, position + 1)
    return found


def contents(pid: int, but: int) -> list[tuple[int, bytes]]:
    """Return what can be read, in pieces between which something is missing."""
    pieces: list[tuple[int, bytes]] = []
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for start, end, perms, path in kernel_areas(pid):
            if start <= but < end or perms[0] != "r" or path.encode() in NOT_SHOWN:
                continue
            content = b""
            with suppress(OSError):  # the end of a file that is shorter than its area
                memory.seek(start)
                while len(content) < end - start:
                    content += memory.read(end - start - len(content))
            if pieces and pieces[-1][0] + len(pieces[-1][1]) == start:
                pieces[-1] = (pieces[-1][0], pieces[-1][1] + content)
            else:
                pieces.append((start, content))
    return pieces


def addresses(session: Session, search: str) -> list[str]:
    return [hit["address"] for hit in run_json(session, f"pt-find {search} -l 0")["hits"]]


# --- on a process --------------------------------------------------------------------------------------


def test_loading(live):
    """Again, without a word; and an error is one line in our own words."""
    assert live.session.load_ptatlas() == ""
    assert live.session.run("pt-maps --colums size").removeprefix("error: ") == OUR_ERROR


def test_map(live):
    document = run_json(live.session, "pt-maps")
    told = [(int(a["start"], 16), int(a["end"], 16), a["perms"], a["path"]) for a in document["areas"]]
    assert document["source"] == "procfs"
    assert told == kernel_areas(live.child.pid)


def test_search(live):
    for search, wanted in (
        ("ptatlas-border-needle", b"ptatlas-border-needle"),
        ("-x '7f 45 4c 46'", b"\x7fELF"),
        ("-r 'ptatlas-[b]ord'", b"ptatlas-bord"),
        ("-t u32 2654435761 --align 1", (2654435761).to_bytes(4, "little")),
        ("-P 'function_table[1]' --align 1", live.child.facts["functions"][1].to_bytes(8, "little")),
    ):
        found = occurrences(live.child, wanted)
        assert found, search
        assert addresses(live.session, search) == found, search


def test_values(live):
    """Expressions, and what scripts have: GDB's functions, or Python's inferior."""
    marker, session = live.child.facts["marker"], live.session
    assert addresses(session, "-t u64 marker --in '&marker,+8'") == [hex(marker)]
    (area,) = run_json(session, "pt-maps '&marker'")["areas"]
    assert int(area["start"], 16) <= marker < int(area["end"], 16)
    base = next(start for start, _, _, path in kernel_areas(live.child.pid) if "libc" in path)
    if session.name == "gdb":
        assert session.run('print/x $pt_base("libc")').endswith(f"= {base:#x}")
    else:
        session.run_python("from ptatlas.lldbext import inferior")
        assert session.run_python("print(hex(inferior().base_of('libc')))") == hex(base)


def test_image(live):
    """Nothing is changed but breakpoints; then one byte of code is, and is found."""
    session, address = live.session, live.child.facts["functions"][1]
    assert {entry["cause"] for entry in run_json(session, "pt-image check")["ranges"]} <= {"breakpoint"}
    run_json(session, "pt-image snapshot before -n areas")
    assert run_json(session, "pt-image diff before live -n areas")["ranges"] == []
    with Path(f"/proc/{live.child.pid}/mem").open("rb") as memory:
        memory.seek(address)
        byte = memory.read(1)[0]
    session.run(PATCH[session.name].format(hex(address), byte ^ 1))
    try:
        for command in ("pt-image check -n areas", "pt-image diff before live -n areas"):
            changed = {entry["start"] for entry in run_json(session, command)["ranges"]}
            assert hex(address) in changed, command
    finally:
        session.run(PATCH[session.name].format(hex(address), byte))


def test_export(live, site, tmp_path):
    """The same debugger opens what was exported, with the same areas and what was in them."""
    core, session = tmp_path / "core", live.session
    session.run("pt-image snapshot exported")
    assert "segments" in session.run(f"pt-image export exported --core {core}")
    areas = [area["start"] for area in run_json(session, "pt-maps -n areas")["areas"]]
    with type(session).start(site.program, core=core) as reader:
        assert reader.load_ptatlas() == ""
        assert [area["start"] for area in run_json(reader, "pt-maps -n areas")["areas"]] == areas
        assert addresses(reader, "ptatlas-heap-needle") == [hex(live.child.place("heap").address)]


def test_interrupt(live):
    """One Ctrl-C ends a search that would never end, with what it found and where to go on."""
    place = live.child.place("reserved")
    live.session.send_line(f"pt-find -t u8 0 -l 0 --format jsonl --in {place.address},+1G")
    live.session.expect('"area_offset": 1000,')
    answer = live.session.interrupt().replace("^C", "")
    start = STOPPED.search(answer)
    assert start, answer[-300:]
    assert place.address < int(start[1], 16) < place.end
    assert len(addresses(live.session, "ptatlas-heap-needle")) == 1


def test_process_contract(live, keeps_the_contract, tmp_path):
    keeps_the_contract(inside(live.session, live.child.facts, LOCAL, tmp_path))


def test_setting(live):
    line = {"gdb": "set ptatlas limit", "lldb": "ptatlas set limit"}[live.session.name]
    assert "limit doesn't take 'many'" in live.session.run(f"{line} many")
    assert live.session.run(f"{line} 2") == ""
    try:
        assert run_json(live.session, "pt-find -x 00 -n areas")["count"] == 2
    finally:
        assert live.session.run(f"{line} auto") == ""


def test_own_table(live):
    """GDB's `info proc mappings` is read as the kernel's own table; LLDB has none."""
    if live.session.name == "gdb":
        assert live.session.run_python(OWN_TABLE) == "gdb"


def test_completion(live, version):
    """The three commands on a core file; older LLDBs don't say which it is, and it is read through them."""
    if live.session.name == "lldb" and int(version.number.partition(".")[0]) >= 20:
        live.session.run("pt-image new made")
        for line, words in OFFERED:
            assert live.session.run_python(COMPLETE.format(line=line, cursor=len(line))) == str(words), line


# --- on what else it can look at -----------------------------------------------------------------------


def test_core_file(version, site, record_property):
    """The three commands on a core file; older LLDBs don't say which it is, so it is read through them."""
    core, facts = site.core
    places = facts["places"]
    with session_of(version).start(site.program, core=core) as session:
        assert session.load_ptatlas() == ""
        document = run_json(session, "pt-maps")
        if document["source"] != "core":
            record_property("but", "read through LLDB's API, which doesn't tell which file it is")
        starts = {area["start"] for area in document["areas"]}
        assert {hex(places[name]["address"]) for name in ("low", "high", "shared")} <= starts
        for name in ("heap", "border", "before_hole", "after_hole", "shared_text"):
            text = f"ptatlas-{name.partition('_')[0]}-needle"
            assert addresses(session, text) == [hex(places[name]["address"])], text
        assert addresses(session, "-t u64 marker --in '&marker,+8'") == [hex(facts["marker"])]
        assert {entry["cause"] for entry in run_json(session, "pt-image check")["ranges"]} <= {"breakpoint"}


def test_gdbserver(version, site, keeps_the_contract, tmp_path):
    """The contract, on a process behind gdbserver 13.1."""
    connect = "target remote :{}" if version.program != "lldb" else "gdb-remote {}"
    with behind_gdbserver(session_of(version), connect)(site, LOCAL, tmp_path) as check:
        keeps_the_contract(check)
