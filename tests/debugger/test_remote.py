"""Targets that are reached through a stub, in GDB; those of LLDB are in test_lldb_target.py."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from ptatlas.core.sources.loaded import PROBLEM
from support.asking import run_json
from support.children import Child
from support.compile import PROGRAMS, compile_c
from support.emulators import MultiarchSession, emulated, far_qemu, powerpc_areas
from support.namespaces import ENTER, unshared
from support.servers import gdb_server, under_valgrind
from support.session import Session
from support.sessions import GdbSession

IMPORT = "from ptatlas.gdbext import inferior; import json"


def ask(session: Session, expression: str):
    """A Python expression's value."""
    return json.loads(session.run_python(f"print(json.dumps({expression}))"))


def kernel_areas(pid: int) -> list[tuple[object, ...]]:
    rows = []
    for line in Path(f"/proc/{pid}/maps").read_bytes().split(b"\n")[:-1]:
        addresses, perms, offset, _, _, *path = line.split(None, 5)
        start, end = (hex(int(one, 16)) for one in addresses.split(b"-"))
        name = path[0].replace(b"\\012", b"\n").decode("utf-8", "surrogateescape") if path else ""
        rows.append((start, end, perms.decode(), int(offset, 16), name))
    return rows


def told_areas(session: Session) -> list[tuple[object, ...]]:
    """The areas as the model has them, names as they are."""
    known = (
        "[(hex(a.start), hex(a.end), a.perms, a.offset, list(os.fsencode(a.path))) for a in inferior().areas]"
    )
    rows = ask(session, known)
    return [(*row[:4], bytes(row[4]).decode("utf-8", "surrogateescape")) for row in rows]


@pytest.fixture
def gdb(start_gdb: Callable[..., Session]) -> Session:
    session = start_gdb()
    session.load_ptatlas()
    session.run_python(IMPORT)
    session.run_python("import os")
    return session


@contextmanager
def remote(session: Session, pid: int, kind: str = "remote") -> Iterator[None]:
    """Connect the session to a gdbserver that holds the process."""
    with gdb_server(pid) as port:
        session.run(f"target {kind} :{port}")
        yield
        session.run("detach")


# --- gdbserver ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["remote", "extended-remote"])
def test_the_map_is_the_one_that_the_server_s_machine_has(gdb, areas_child, kind):
    with remote(gdb, areas_child.pid, kind):
        document = run_json(gdb, "pt-maps")
        assert (document["source"], document["pid"]) == ("gdb", areas_child.pid)
        assert {area["source"] for area in document["areas"]} == {"gdb"}
        assert told_areas(gdb) == kernel_areas(areas_child.pid)


def test_names_come_as_they_are_whatever_is_in_them(gdb, build_dir, tmp_path):
    program = compile_c(PROGRAMS / "odd_areas.c", build_dir, "-pthread")
    with Child(program, tmp_path) as child, remote(gdb, child.pid):
        told, known = told_areas(gdb), kernel_areas(child.pid)
    assert any("\udcff" in str(row[4]) for row in known), "no name that isn't UTF-8"
    assert told == known


def test_a_process_without_its_main_thread_is_read_through_another(start_gdb, build_dir, tmp_path):
    program = compile_c(PROGRAMS / "odd_areas.c", build_dir, "-pthread")
    session = start_gdb(program)
    session.load_ptatlas()
    session.run_python(IMPORT)
    session.run_python("import os")
    session.run("target extended-remote | gdbserver --multi -")
    for command in (
        f"set remote exec-file {program}",
        f"set args {tmp_path} leaderless",
        "break serve",
        "run",
    ):
        session.run(command)
    pid = ask(session, "inferior().pid")
    alive = [one for one in os.listdir(f"/proc/{pid}/task") if one != str(pid)]
    assert ask(session, "inferior().source") == "gdb"
    assert told_areas(session) == kernel_areas(int(alive[0]))
    session.run("kill")
    session.run("monitor exit")


def hits(document) -> list[int]:
    return [int(hit["address"], 16) for hit in document["hits"]]


def test_the_stub_searches_and_what_it_cannot_read_is_reported_as_by_fetching(gdb, areas_child):
    areas_child.tell("unmap overlap_page")
    needles = [areas_child.place(name).address for name in ("shared", "after_hole")]
    start, end = needles[0], areas_child.place("holed").end
    assert start < areas_child.place("overlap_page").address < needles[1] < end
    # By its address, so that the areas are those of before, with a hole that nobody tells of.
    scope = f"__import__('ptatlas.core.ranges').core.ranges.Range({start}, {end})"
    with remote(gdb, areas_child.pid):
        gdb.run_python("from ptatlas.core.search.patterns.pattern import Pattern")
        gdb.run_python("from ptatlas.core.search.scanner import Scanner")
        for name, far in (("near", "None"), ("far", "inferior().target.remote_search")):
            gdb.run_python(f"{name} = Scanner(inferior().memory, [{scope}], remote={far})")
            gdb.run_python(f"{name} = {name}.find(Pattern.regex(b'ptatlas-[a-z]+-needle'))")
            gdb.run_python(f"{name}_hits = [hit.address for hit in {name}]")
        assert ask(gdb, "[near.source, far.source]") == ["gdb", "stub"]
        assert ask(gdb, "near_hits == far_hits")
        assert set(needles) <= set(ask(gdb, "far_hits"))
        assert ask(gdb, "repr(near.coverage) == repr(far.coverage)")
        assert ask(gdb, "far.coverage.unreadable_size") > 0


# Runs in GDB: random patterns, made of what memory holds so that they are there, in random parts of a range
# with a hole, searched with the stub's help and without.
COMPARED = """
import random
from ptatlas.core.ranges import Range
from ptatlas.core.search.patterns.pattern import Pattern
from ptatlas.core.search.scanner import Scanner

chance, known = random.Random({seed}), inferior()

def content():
    room = bytearray(chance.choice([2, 3, 4, 8, 20, 300]))
    known.memory.read_into(chance.randrange({start}, {end}), memoryview(room))
    return bytes(room)

def pattern():
    data = content()
    if not any(data):
        data += b"n"
    kind = chance.randrange(4)
    if kind == 0:
        opened = chance.randrange(len(data))
        words = [f"{{byte:02x}}" if n != opened else "?" + f"{{byte:02x}}"[1] for n, byte in enumerate(data)]
        return Pattern.hex(" ".join(words))
    if kind == 1:
        low = int.from_bytes(data[:4].ljust(4, b"a"), "little")
        return Pattern.integer("u32", low, min(low + 1000, 2**32 - 1))
    return Pattern.raw(data) if kind == 2 else Pattern.regex(b"ptatlas-[a-z]+")

def told(patterns, scope, align, far):
    search = Scanner(known.memory, scope, remote=far).find(patterns, align)
    return list(search), repr(search.coverage), search.source

different, sources, hits = [], set(), 0
for _ in range({rounds}):
    low, high = sorted(chance.sample(range({start}, {end}), 2))
    scope = [Range(low, high), Range(high + 5, {end} + 100)][: chance.choice([1, 2])]
    patterns, align = [pattern() for _ in range(chance.choice([1, 1, 3]))], chance.choice([1, 1, 4])
    near, far = (told(patterns, scope, align, one) for one in (None, known.target.remote_search))
    sources.add(far[2])
    hits += len(near[0])
    if near[:2] != far[:2]:
        different.append((patterns, scope, align))
"""


@pytest.mark.parametrize("seed", range(3))
def test_with_the_stub_s_help_random_searches_find_what_fetching_everything_does(
    gdb, areas_child, tmp_path, seed
):
    areas_child.tell("unmap overlap_page")
    start, end = areas_child.place("shared").address, areas_child.place("holed").end
    script = tmp_path / "compare.py"
    script.write_text(COMPARED.format(seed=seed, start=start, end=end, rounds=100))
    with remote(gdb, areas_child.pid):
        gdb.run(f"source {script}")
        assert ask(gdb, "repr(different)") == "[]"
        assert "stub" in ask(gdb, "sorted(sources)")
        assert ask(gdb, "hits") > 100


@pytest.mark.parametrize(
    ("search", "source"),
    [
        pytest.param("ptatlas-", "stub", id="a literal"),
        pytest.param("-x '70 74 61 ?? 6? 61 73'", "stub", id="a mask"),
        pytest.param("-r 'ptatlas-[a-z]+'", "stub", id="an expression that begins with text"),
        pytest.param("-P @heap", "stub", id="pointers to an area"),
        pytest.param("PTATLAS- -i", "gdb", id="text of either case"),
        pytest.param("-t u8 250..251", "gdb", id="a range of bytes"),
    ],
)
def test_a_search_on_the_far_side_finds_what_one_of_the_same_process_here_does(
    gdb, start_gdb, areas_child, search, source
):
    command = f"pt-find {search} -k heap -k anon -k shared --limit 0"
    # Enough for many packets and several chunks, instead of a gigabyte.
    areas_child.tell("unmap reserved")
    areas_child.tell("map much 1024")
    with remote(gdb, areas_child.pid):
        far = run_json(gdb, command)
    here = start_gdb()
    here.load_ptatlas()
    here.attach(areas_child.pid)
    near = run_json(here, command)
    here.detach()
    assert far["source"] == source
    assert hits(far) == hits(near)
    if source == "stub":
        assert hits(far)


def test_a_search_on_the_far_side_is_interrupted_and_the_link_stays(gdb, areas_child):
    """Many patterns over a gigabyte take the stub seconds: what is found comes first."""
    many = " ".join(f"nowhere-at-all-{number}" for number in range(14))
    with remote(gdb, areas_child.pid):
        gdb.send_line(f"pt-find ptatlas-heap-needle {many} --limit 0 --format jsonl")
        gdb.expect(f'"address": "{areas_child.place("heap").address:#x}"')
        answer = gdb.interrupt()
        assert '"source": "stub"' in answer
        assert '"why": "interrupted"' in answer
        again = run_json(gdb, "pt-find ptatlas-heap-needle -k heap")
        assert (again["stopped"], len(again["hits"])) == (None, 1)


def test_the_far_side_finds_bytes_that_packets_must_escape(gdb, areas_child):
    for place, byte in enumerate(b"}#$*\0"):
        areas_child.tell(f"write pattern {place + 64} {byte}")
    pattern = areas_child.place("pattern")
    with remote(gdb, areas_child.pid):
        document = run_json(gdb, f"pt-find -x '7d 23 24 2a' --in {pattern.address},+{pattern.size}")
        assert (document["source"], hits(document)) == ("stub", [pattern.address + 64])


@pytest.mark.parametrize(
    "packet",
    [
        pytest.param("auto", id="inserted by the stub, which hides them"),
        pytest.param("off", id="written by GDB, so that the stub finds the trap"),
    ],
)
def test_under_breakpoints_the_far_side_finds_what_gdb_shows(gdb, areas_child, packet):
    gdb.run(f"set remote software-breakpoint-packet {packet}")
    gdb.run("set breakpoint always-inserted on")
    with remote(gdb, areas_child.pid):
        address = ask(gdb, "inferior().target.evaluator.integer('ptatlas_ready')")
        code = bytes(ask(gdb, f"list(inferior().memory.read({address - 8}, 24))"))
        gdb.run(f"break *{address}")
        trap = gdb.run(f"x/24xb {address - 8}")
        shown = run_json(gdb, f"pt-find -x '{code.hex()}' -k module")
        trapped = bytearray(code)
        trapped[8] = 0xCC
        hidden = run_json(gdb, f"pt-find -x '{trapped.hex()}' -k module")
        gdb.run("delete")
    assert f"0x{code[8]:02x}" in trap
    assert (shown["source"], hits(shown)) == ("stub", [address - 8])
    assert hits(hidden) == []


def test_an_expression_is_of_the_target(gdb, areas_child):
    with remote(gdb, areas_child.pid):
        document = run_json(gdb, "pt-maps '&marker'")
        assert int(document["at"]["address"], 16) == areas_child.facts["marker"]


def test_a_connection_that_is_gone_is_no_process(gdb, areas_child):
    with remote(gdb, areas_child.pid):
        assert run_json(gdb, "pt-maps")["areas"]
        gdb.run("disconnect")
        assert gdb.run("pt-maps").startswith("pt-maps: no process")
        gdb.run("disconnect")


# --- several at once ---------------------------------------------------------------------------------


@pytest.fixture
def two(areas_program: Path, areas_child: Child, gdb: Session) -> Iterator[tuple[Session, Child, Child]]:
    """A native inferior, number 1, and a remote one, number 2, which is selected. GDB ends before they do."""
    gdb.attach(areas_child.pid)
    gdb.run_python("native = inferior()")
    with Child(areas_program) as other:
        other.tell("write pattern 0 77")
        gdb.run("add-inferior -no-connection")
        gdb.run("inferior 2")
        with remote(gdb, other.pid):
            gdb.run_python("far = inferior()")
            yield gdb, areas_child, other
            gdb.run("inferior 2")


def reads(session: Session, name: str, child: Child) -> int:
    return ask(session, f"{name}.memory.get_byte({child.place('pattern').address})")


def test_each_inferior_is_read_by_itself_whichever_is_selected(two):
    session, native, far = two
    for number in (1, 2, 1):
        session.run(f"inferior {number}")
        assert (reads(session, "native", native), reads(session, "far", far)) == (0, 77)
        assert ask(session, "[native.pid, far.pid, inferior().pid]")[:2] == [native.pid, far.pid]
        assert ask(session, "[len(one.areas) > 5 for one in (native, far)]") == [True, True]
        assert ask(session, "far.target.evaluator.integer('(long)&marker')") == far.facts["marker"]
        assert ask(session, "native.target.evaluator.integer('(long)&marker')") == native.facts["marker"]
        assert ask(session, "gdb.selected_inferior().num") == number


def test_what_gdb_itself_reads_is_of_the_inferior_that_is_meant(two):
    """Up to version 13 it reads from the selected one, whichever is asked."""
    session, native, _ = two
    api = "native.target.readers[-1]"
    session.run_python(
        f"room = bytearray(1); got = {api}.read_into({native.place('pattern').address}, memoryview(room))"
    )
    assert ask(session, "[got, room[0]]") == [1, 0]


def test_asking_leaves_thread_and_frame_selected(two):
    session, _, far = two
    session.run("inferior 1")
    session.run("up")
    before = session.run("frame")
    assert reads(session, "far", far) == 77
    assert ask(session, "len(far.areas) > 5")
    assert session.run("frame") == before


def test_a_remote_process_with_a_local_one_s_number_is_not_read_here(areas_program, areas_child, gdb):
    """The local one is even traced by this GDB."""
    script = 'echo $(($1 - 1)) > /proc/sys/kernel/ns_last_pid; exec 3<&0; "$2" <&3 & wait'
    unshare, *options = (*unshared("pid"), "--mount-proc", "sh", "-c", script, "sh")
    gdb.attach(areas_child.pid)
    with Child(Path(unshare), *options, areas_child.pid, areas_program) as namesake:
        assert namesake.facts["pid"] == areas_child.pid
        namesake.tell("write pattern 0 77")
        inside = [*ENTER, "--pid", "--mount", f"--target={_leaf(namesake.pid)}"]
        with gdb_server(areas_child.pid, *inside) as port:
            gdb.run("add-inferior -no-connection")
            gdb.run("inferior 2")
            gdb.run(f"target remote :{port}")
            document = run_json(gdb, "pt-maps")
            assert (document["source"], document["pid"]) == ("gdb", areas_child.pid)
            assert reads(gdb, "inferior()", namesake) == 77
            gdb.run("detach")


def _leaf(pid: int) -> int:
    """The last descendant of a process."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return _leaf(int(children[0])) if children else pid


# --- without a map -----------------------------------------------------------------------------------


@pytest.fixture
def bare(build_dir: Path) -> Iterator[tuple[Session, Child]]:
    """A big-endian program of 32 bits behind a stub that tells no map."""
    program = powerpc_areas(build_dir)
    with (
        MultiarchSession.start(program) as session,
        emulated(session, far_qemu(), program) as child,
    ):
        session.load_ptatlas()
        session.run_python(IMPORT)
        yield session, child


def test_without_a_map_what_is_loaded_is_listed_and_the_rest_admitted(bare):
    session, _ = bare
    document = run_json(session, "pt-maps")
    assert document["problems"] == [PROBLEM]
    assert (document["word_size"], document["endian"]) == (4, "big")
    assert {area["perms"] for area in document["areas"]} == {"????"}
    assert [area["kind"] for area in document["areas"]] == ["module", "module", None, "stack"]
    assert PROBLEM in session.run("pt-maps")


def test_an_address_beyond_the_word_size_is_not_cut_to_fit(bare):
    session, child = bare
    place = child.place("heap")
    assert ask(session, f"inferior().memory.read({place.address}, 7).decode()") == "ptatlas"
    session.run_python(
        f"got = inferior().memory.read_into({place.address + (1 << 32)}, memoryview(bytearray(7)))"
    )
    assert ask(session, "got") == 0


def test_memory_regions_are_areas_with_what_they_tell(bare, build_dir):
    session, _ = bare
    assert run_json(session, "pt-maps")["problems"] == [PROBLEM]
    # After that, without an event of GDB's.
    for command in ("mem 0x10000000 0x10010000 ro", "mem 0x20000000 0x20010000 wo", "mem 0xf0000000 0 rw"):
        session.run(command)
    session.run("disable mem 2")
    document = run_json(session, "pt-maps")
    assert [(area["start"], area["end"], area["perms"]) for area in document["areas"]] == [
        ("0x10000000", "0x10010000", "r-??"),
        ("0xf0000000", "0x100000000", "rw??"),
    ]
    # The program fills the first of them; of the other nobody knows.
    assert [(area["path"], area["offset"]) for area in document["areas"]] == [
        (str(powerpc_areas(build_dir)), 0),
        (None, None),
    ]
    assert "problems" not in document


def test_an_address_outside_of_a_map_that_is_not_whole_may_be_mapped(bare):
    session, _ = bare
    assert "is in no area that is known" in session.run("pt-maps 0x10")


def test_under_valgrind_on_another_machine_objects_are_listed_by_their_segments(areas_program, tmp_path):
    """As if the process weren't one of this machine: then nothing proves it."""
    with (
        GdbSession.start(areas_program) as session,
        under_valgrind(session, areas_program, tmp_path),
    ):
        session.load_ptatlas()
        session.run_python("import ptatlas.core.sources.layered as layered")
        session.run_python("layered.hosted = lambda debugger, loaded: None")
        document = run_json(session, "pt-maps")
        checked = run_json(session, "pt-image check")
        session.run("kill")
    assert (document["pid"], document["problems"]) == (None, [PROBLEM])
    paths = [area["path"] for area in document["areas"] if area["path"] and "libc.so" in area["path"]]
    assert 1 < len(paths) < 8, "libc has a few segments, and dozens of sections"
    assert all("/debug/" not in (area["path"] or "") for area in document["areas"])
    sizes = [int(area["end"], 16) - int(area["start"], 16) for area in document["areas"]]
    assert all(size % document["page_size"] == 0 for size in sizes)
    assert (checked["ranges"], checked["unfit"]) == ([], [])


def test_a_stub_that_cannot_search_leaves_searching_to_us(bare):
    session, child = bare
    assert ask(session, "inferior().target.remote_search") is None
    marker = child.facts["marker"]
    document = run_json(session, f"pt-find -e marker --in {marker},+64")
    assert (document["source"], hits(document)[:1]) == ("gdb", [marker])
