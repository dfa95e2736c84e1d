"""pt-find in interactive GDB and LLDB sessions, on a process whose contents are known."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support.asking import run_json
from support.children import Child

CHUNK = 512 * 1024


def addresses(session, arguments: str) -> list[int]:
    return [int(hit["address"], 16) for hit in run_json(session, f"pt-find {arguments}")["hits"]]


def write(child: Child, name: str, offset: int, text: bytes) -> None:
    for number, byte in enumerate(text):
        child.tell(f"write {name} {offset + number} {byte}")


@pytest.mark.parametrize(
    ("place", "text"),
    [
        pytest.param("heap", "ptatlas-heap-needle", id="on the heap"),
        pytest.param("border", "ptatlas-border-needle", id="across two touching areas"),
        pytest.param("before_hole", "ptatlas-before-needle", id="before an unreadable page"),
        pytest.param("after_hole", "ptatlas-after-needle", id="behind an unreadable page"),
        pytest.param("shared_text", "ptatlas-shared-needle", id="in shared memory"),
    ],
)
def test_a_text_is_found_once_where_it_is(looking, looked_at, place, text):
    assert addresses(looking, text) == [looked_at.place(place).address]


def test_overlapping_matches_are_all_found(looking, looked_at):
    overlap = looked_at.place("overlap").address
    page = looked_at.place("overlap_page")
    assert addresses(looking, f"aaa --in {page.address}") == [overlap + n for n in range(5)]


@pytest.mark.parametrize("before", [1, 10, 18])
def test_a_hit_across_two_chunks_is_found(areas_child, start_loaded, before):
    made = areas_child.tell(f"map chunks {3 * CHUNK // 4096}")
    write(areas_child, "chunks", CHUNK - before, b"ptatlas-chunk-needle")
    session = start_loaded()
    session.attach(areas_child.pid)
    assert addresses(session, "ptatlas-chunk-needle") == [made["address"] + CHUNK - before]


@pytest.mark.parametrize(
    ("arguments", "first"),
    [
        pytest.param("-t u32 0x9e3779b1 --in {0},+64K", 4, id="u32"),
        pytest.param("-t u32 0xb179379e --endian big --in {0},+64K", 4, id="u32, in the other byte order"),
        pytest.param("-x 'b1 79 37 9e ?? ?? ?? ?c' --in {0},+64K", 4, id="hex with open nibbles"),
        pytest.param("-e '*(int *)({0} + 4)' --in {0},+64K", 4, id="the bytes of an expression"),
    ],
)
def test_values_are_found_by_type(looking, looked_at, arguments, first):
    pattern = looked_at.place("pattern").address
    assert addresses(looking, arguments.format(pattern)) == [pattern + first]


def test_pointers_to_a_function_and_into_an_object_are_found_where_they_are_kept(looking, looked_at):
    table, function = looked_at.place("table").address, looked_at.facts["functions"][1]
    assert table + 8 in addresses(looking, f"-P {function}")
    assert table + 8 in addresses(looking, "-P square")
    assert {table, table + 8, table + 16} <= set(addresses(looking, "-P @areas"))


@pytest.mark.parametrize(
    "range_", ["square,+1", "&square,+0x1", "square,+sizeof(char)", "'square,+1'", "square..square"]
)
def test_a_range_of_addresses_is_read_alike_however_it_is_written(looking, looked_at, range_):
    assert addresses(looking, f"-P {range_} -n areas") == addresses(looking, "-P square -n areas") != []


def test_text_that_is_an_expression_is_said_to_be_one_and_found_as_both(looking, looked_at):
    table = looked_at.place("table").address
    assert "-t auto looks for its value too" in looking.run("pt-find &square -n areas")
    assert table + 8 in addresses(looking, "-t auto &square -n areas")
    document = run_json(looking, "pt-find -t auto nosuchword -n areas")
    assert document["pattern"] == {"type": "str", "text": "nosuchword"}


def test_a_hit_says_its_area_its_symbol_and_its_bytes(looking):
    (hit,) = run_json(looking, "pt-find -e marker")["hits"]
    assert (hit["symbol"], hit["bytes"]) == ("marker", "8877665544332211")
    assert hit["area"].endswith("/areas")
    assert hit["area_offset"] == int(hit["address"], 16) % 4096


def test_a_hit_says_what_lies_there(looking, looked_at):
    pattern, table = looked_at.place("pattern").address, looked_at.place("table").address
    (text,) = run_json(looking, "pt-find heap-needle")["hits"]
    assert text["what"] == "ptatlas-heap-needle"
    (number,) = run_json(looking, f"pt-find -t u32 0x9e3779b1 --in {pattern},+64K")["hits"]
    assert (number["value"], number["what"]) == (0x9E3779B1, "2654435761 (0x9e3779b1)")
    pointer = run_json(looking, f"pt-find -P square --in {table},+24")["hits"][0]
    assert pointer["what"] == f"square ({looked_at.facts['functions'][1]:#x})"
    assert pointer["points_to"]["symbol"] == "square"
    assert pointer["points_to"]["area"].endswith("/areas")
    line = looking.run("pt-find heap-needle").splitlines()[1]
    assert line.endswith("ptatlas-heap-needle")


def test_what_cannot_be_read_is_told_and_everything_adds_up(looking, looked_at):
    document = run_json(looking, "pt-find ptatlas-after-needle")
    coverage, hole = document["coverage"], looked_at.place("hole")
    refused = {(int(part["start"], 16), int(part["end"], 16)): part["why"] for part in coverage["unreadable"]}
    assert refused[(hole.address, hole.end)] == "no read permission"
    beyond = looked_at.place("beyond_file")
    assert refused[(beyond.address, beyond.end)] == "unreadable"
    unreadable = sum(end - start for start, end in refused)
    total = coverage["searched"] + coverage["never_touched"] + unreadable + coverage["left_out"]
    assert total == run_json(looking, "pt-maps")["total"]["bytes"]


def page_tables(pid: int) -> int:
    """Kilobytes that the kernel uses for the page tables of a process (proc_pid_status(5), VmPTE)."""
    match = re.search(r"^VmPTE:\s+(\d+) kB$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    assert match is not None
    return int(match[1])


def test_memory_that_was_never_touched_costs_the_inferior_nothing(looking, looked_at):
    place = looked_at.place("reserved")
    before = page_tables(looked_at.pid)
    coverage = run_json(looking, f"pt-find ptatlas --in {place.address},+1G")["coverage"]
    assert (coverage["never_touched"], coverage["searched"]) == (1 << 30, 0)
    assert page_tables(looked_at.pid) == before


def test_never_touched_memory_holds_zeros_and_only_these_are_found_there(looking, looked_at):
    place = looked_at.place("reserved")
    before = page_tables(looked_at.pid)
    document = run_json(looking, f"pt-find -t u64 0 -a 4096 -l 3 --in {place.address},+1G")
    assert [int(hit["address"], 16) for hit in document["hits"]] == [
        place.address + n * 4096 for n in range(3)
    ]
    assert page_tables(looked_at.pid) == before


def test_what_lies_under_a_breakpoint_is_found_and_the_trap_is_not(areas_program, start_loaded):
    session = start_loaded(areas_program)
    if session.name == "gdb":
        session.run("set breakpoint always-inserted on")
    session.run({"gdb": "break ptatlas_ready", "lldb": "breakpoint set --name ptatlas_ready"}[session.name])
    session.send_line("run < /dev/null" if session.name == "gdb" else "process launch --stdin /dev/null")
    session.wait_for_prompt()
    code = run_json(session, "pt-find -e '*(int *)$pc'")
    here = int(run_json(session, "pt-maps $pc")["at"]["address"], 16)
    assert here in [int(hit["address"], 16) for hit in code["hits"]]
    pid = run_json(session, "pt-maps")["pid"]
    with Path(f"/proc/{pid}/mem").open("rb") as memory:
        memory.seek(here)
        really = memory.read(4)
    assert really.hex() != code["hits"][0]["bytes"], "no breakpoint is inserted, so this shows nothing"
    assert addresses(session, f"-x '{really.hex(' ')}' --in {here},+4") == []


@pytest.mark.parametrize("text", ["GLIBC_2.2", "nosuchtextinlibc", "aaa"])
def test_the_hits_are_those_of_the_debuggers_own_search(looking, text):
    for area in run_json(looking, "pt-maps -n libc -p r")["areas"]:
        start, size = int(area["start"], 16), area["size"]
        if looking.name == "gdb":
            needle = ", ".join(f"(char){byte}" for byte in text.encode())
            theirs = re.findall(r"^(0x\w+)", looking.run(f"find {start}, +{size}, {needle}"), re.MULTILINE)
        else:
            own = looking.run(f"memory find -s {text} -c 100000 -- {start} {start + size}")
            theirs = re.findall(r"data found at location: (0x\w+)", own)
        expected = [int(address, 16) for address in theirs]
        assert addresses(looking, f"{text} --in {start},+{size}") == expected


def test_a_search_goes_on_where_the_limit_stopped_it(looking):
    whole = addresses(looking, "-x '7f 45' -n libc")
    found, start = [], "0"
    while start:
        document = run_json(looking, f"pt-find -x '7f 45' -n libc -l 3 --from {start}")
        found += [int(hit["address"], 16) for hit in document["hits"]]
        start = document["stopped"] and document["stopped"]["from"]
    assert found == whole


def test_a_table_stops_at_a_hundred_and_says_where_to_go_on(looking, looked_at):
    place = looked_at.place("pattern")
    last = looking.run(f"pt-find -t u8 0..255 --in {place.address}").splitlines()[-1]
    assert last == f"the limit is reached; go on with --from {place.address + 100:#x}"


def test_count_tells_each_area(looking):
    document = run_json(looking, "pt-find -P @libc --count")
    assert document["count"] == sum(row["hits"] for row in document["areas"]) > 0
    assert {"[stack]"} <= {row["area"] for row in document["areas"]}


def test_context_shows_what_is_around_and_what_is_missing(looking, looked_at):
    beyond = looked_at.place("beyond_file").address
    shown = looking.run(f"pt-find -t u8 0 --in {beyond - 1},+1 -C 1").splitlines()
    assert shown[2:4] == [
        f"  {beyond - 16:#018x}  {'00 ' * 8} {'00 ' * 6}00[00] {'.' * 16}",
        f"  {beyond:#018x}  {'?? ' * 8} {'?? ' * 8} {'?' * 16}",
    ]


def test_the_hits_are_there_for_python(looking, looked_at):
    looking.run("pt-find ptatlas-heap-needle")
    code = f"from ptatlas.{looking.name}ext import inferior; "
    told = looking.run_python(code + "print([hit.address for hit in inferior().last_hits])")
    assert told == f"[{looked_at.place('heap').address}]"


def test_a_search_of_what_changed_since_sees_what_is_there_now(attached, areas_child):
    place = areas_child.place("overlap")
    assert len(addresses(attached, f"aaaaaaa --in {place.address}")) == 1
    attached.detach()
    write(areas_child, "overlap", 3, b"b")
    attached.attach(areas_child.pid)
    assert addresses(attached, f"aaaaaaa --in {place.address}") == []


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        pytest.param("pt-find", "pt-find: PATTERN is missing", id="no pattern"),
        pytest.param("pt-find -x 4", "pt-find: '4' is no hex byte", id="half a byte"),
        pytest.param("pt-find -t u8 256", "pt-find: 256 doesn't fit u8", id="too large"),
        pytest.param("pt-find -e nosuch", "pt-find: ", id="a bad expression"),
        pytest.param("pt-find -e 'twice(2)'", "pt-find: ", id="a call of a function"),
        pytest.param(
            "pt-find -e 'marker = 1'", "pt-find: 'marker = 1' would change something", id="assignment"
        ),
        pytest.param("pt-find -r '('", "pt-find: no regular expression: ", id="a bad regular expression"),
        pytest.param("pt-find a --in 6..5", "pt-find: the range 0x6..0x5 is reversed", id="reversed"),
        pytest.param(
            "pt-find a --limt 1", "pt-find: there is no option --limt (did you mean --limit?)", id="option"
        ),
        pytest.param(
            "pt-find a -t strr", "pt-find: --type doesn't take 'strr' (did you mean str?)", id="type"
        ),
    ],
)
def test_an_error_is_one_line(looking, command, answer):
    lines = looking.run(command).removeprefix("error: ").splitlines()
    assert len(lines) == 1, lines
    assert lines[0].startswith(answer)


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        pytest.param("pt-find x --cont", "pt-find x --context", id="an option"),
        pytest.param("pt-find x -t utf1", "pt-find x -t utf16", id="a type"),
        pytest.param("pt-find x --in libc.s", "pt-find x --in libc.so.6", id="an area"),
        pytest.param("pt-find x --endian l", "pt-find x --endian little", id="a byte order"),
    ],
)
def test_tab_completes(looking, typed, completed):
    assert looking.complete(typed).line.rstrip() == completed
