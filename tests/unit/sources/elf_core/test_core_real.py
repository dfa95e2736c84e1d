"""Core files that the kernel and GDB write, against the process that they are of."""

from __future__ import annotations

import os

import pytest
from ptatlas.core.maps.kinds import classify
from ptatlas.core.range_set import RangeSet
from ptatlas.core.ranges import TOP, Range
from ptatlas.core.sources import core_target
from support.children import Child
from support.compile import compile_c

PAGE = os.sysconf("SC_PAGESIZE")


def absent(target):
    return RangeSet(target.absent.absent(0, TOP))


def test_what_is_not_absent_is_what_the_process_had(dumped):
    target = core_target(dumped.core)
    missing = absent(target)
    mapped = RangeSet(area.range for area in target.listers[0].areas())
    # GDB writes zeros for all of an area in which it can't read a page; that is content like any other.
    lost = dumped.places.get("guarded", {}).get("address") if dumped.by == "gdb" else None
    compared = 0
    for start, content in dumped.contents.items():
        had = [part for r in mapped.within(start, start + len(content)) for part in missing.outside(*r)]
        for part in had if start != lost else []:
            room = bytearray(part.size)
            assert target.readers[0].read_into(part.start, memoryview(room)) == part.size
            expected = content[part.start - start : part.end - start]
            assert room == expected, f"{part} differs"
            compared += part.size
    assert compared > 1 << 20


def test_every_area_of_the_core_is_one_of_the_process(dumped):
    mapped = RangeSet(area.range for area in dumped.areas)
    for area in core_target(dumped.core).listers[0].areas():
        assert list(mapped.outside(area.start, area.end)) == [], area


def test_files_have_the_offsets_that_the_process_had(dumped):
    live = {area.start: area for area in dumped.areas}
    named = [a for a in core_target(dumped.core).listers[0].areas() if a.path and a.path[0] == "/"]
    same = [a for a in named if a.start in live and "\\012" not in a.path]
    assert len(same) > 8
    assert [(a.path, a.offset) for a in same] == [(live[a.start].path, live[a.start].offset) for a in same]


def test_areas_are_in_order_and_apart(dumped):
    areas = core_target(dumped.core).listers[0].areas()
    assert all(left.end <= right.start for left, right in zip(areas, areas[1:]))


def test_the_stack_vdso_and_vsyscall_are_known_by_what_points_to_them(dumped):
    found = {a.start: a.path for a in core_target(dumped.core).listers[0].areas()}
    for area in dumped.areas:
        if area.path in ("[stack]", "[vdso]", "[vsyscall]") and area.start in found:
            assert found[area.start] == area.path
    assert "[stack]" in found.values()
    assert "[vdso]" in found.values()


def test_threads_process_and_name_are_those_of_the_process(dumped, odd_program):
    target = core_target(dumped.core)
    assert target.threads.threads() == tuple(dumped.threads)
    assert (target.pid, target.name) == (dumped.pid, odd_program.name)


def test_the_loaded_objects_are_modules_in_every_core(dumped, odd_program):
    target = core_target(dumped.core)
    modules = [module.path for module in target.modules.modules()]
    assert modules[0] == str(odd_program)
    assert any(path.rpartition("/")[2].startswith("libc.so") for path in modules)
    areas = classify(target.listers[0].areas(), module_paths=modules)
    assert {a.kind for a in areas if a.path in modules} == {"module"}


def test_memory_that_was_touched_in_part_has_its_zeros(dumped):
    target, place = core_target(dumped.core), dumped.places["sparse"]
    room = bytearray(place["size"])
    assert target.readers[0].read_into(place["address"], memoryview(room)) == place["size"]
    assert room == (b"\1" + bytes(3 * PAGE - 1)) * 16


@pytest.mark.parametrize("rebuilt", [False, True], ids=["the same", "rebuilt"])
def test_code_that_was_left_out_comes_from_the_program_unless_that_was_rebuilt(
    dump, tmp_path, monkeypatch, rebuilt
):
    text = """#include <stdio.h>
    static const char marker[] = MARKER;
    int main(void) { printf("{\\"marker\\": %lu}\\n", (unsigned long)marker); fflush(stdout); getchar(); }"""
    program = compile_c(text, tmp_path, '-DMARKER="first"', "-Wl,--build-id=0x1111")
    monkeypatch.chdir(tmp_path)  # where the kernel writes the core
    with Child(program) as child:
        marker = child.facts["marker"]
        core = dump(child, tmp_path)
    if rebuilt:
        compile_c(text, tmp_path, '-DMARKER="other"', "-Wl,--build-id=0x2222").rename(program)
    target, room = core_target(core), bytearray(5)
    assert bytes(room[: target.readers[0].read_into(marker, memoryview(room))]) == (
        b"" if rebuilt else b"first"
    )
    refused = [problem for problem in target.problems if str(program) in problem]
    assert bool(refused) == rebuilt
    assert all("2222" in problem and "1111" in problem for problem in refused)


def test_what_the_process_did_not_want_dumped_is_absent_rather_than_zero(dumped):
    target, place = core_target(dumped.core), dumped.places["reserved"]
    start, end = place["address"], place["address"] + place["size"]
    assert list(RangeSet(area.range for area in target.listers[0].areas()).outside(start, end)) in (
        [],
        [Range(start, end)],  # GDB doesn't even say that it was mapped
    )
    assert target.readers[0].read_into(start, memoryview(bytearray(PAGE))) == 0
