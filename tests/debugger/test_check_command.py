"""pt-image check on real programs: code that was hooked, breakpoints, relocated data; in both debuggers."""

from __future__ import annotations

import os
import platform
from collections import Counter
from pathlib import Path

import pytest
from support.asking import BREAK, run_json
from support.compile import PROGRAMS, compile_c
from support.emulators import emulated
from support.library import delete, make_library, replace, rewrite
from support.sessions import GdbSession, LldbSession


def stop_at(session, *functions):
    """Run to the first of the functions, with breakpoints in all of them, inserted."""
    if session.name == "gdb":
        session.run("set breakpoint always-inserted on")
    for name in functions:
        session.run(BREAK[session.name].format(name))
    session.send_line("run" if session.name == "gdb" else "process launch")
    session.wait_for_prompt()


@pytest.fixture(scope="module", params=[GdbSession, LldbSession], ids=["gdb", "lldb"])
def hooked(request, build_dir):
    """A session stopped in ready() of the program that hooked itself, with another breakpoint in other()."""
    with request.param.start(compile_c(PROGRAMS / "hooked.c", build_dir)) as session:
        assert session.load_ptatlas() == ""
        stop_at(session, "ready", "other")
        yield session


def of_program(document, name):
    return [item for item in document["ranges"] if item["path"].endswith("/" + name)]


def test_a_hook_and_breakpoints_are_told_with_their_causes_and_nothing_else(hooked):
    document = run_json(hooked, "pt-image check")
    own = of_program(document, "hooked")
    causes = {(item["cause"], item["symbol"].partition("+")[0]) for item in own}
    assert causes == {("unknown", "seats"), ("breakpoint", "other"), ("breakpoint", "ready")}
    # The debugger's own breakpoint in the loader, through which it hears of libraries.
    others = [item for item in document["ranges"] if item not in own]
    assert {item["cause"] for item in others} <= {"breakpoint"}
    assert (document["unfit"], document["stopped"]) == ([], None)


def test_the_hook_is_told_byte_for_byte(hooked):
    changed = [item for item in run_json(hooked, "pt-image check")["ranges"] if item["cause"] == "unknown"]
    start = min(int(item["start"], 16) for item in changed)
    # The jump, less the bytes of it that are as before by chance.
    assert max(int(item["end"], 16) for item in changed) - start in (3, 4, 5)
    for item in changed:
        with open(item["path"], "rb") as file:
            file.seek(item["file_offset"])
            assert file.read(len(item["expected"]) // 2).hex() == item["expected"]
        assert all(a != b for a, b in zip(bytes.fromhex(item["expected"]), bytes.fromhex(item["actual"])))


def test_a_table_shows_the_instructions_of_both_sides(hooked):
    lines = [line.split() for line in hooked.run("pt-image check -n hooked -p x").splitlines()]
    marks = Counter(line[0] for line in lines)
    assert marks["-"] >= 3
    (jump,) = [line for line in lines if line[0] == "+" and "hook" in " ".join(line[2:])]
    assert jump[2] in ("jmp", "b")
    (row,) = [line for line in lines if "seats" in line and "unknown" in line]
    assert jump[1] == row[0]
    assert len([line for line in lines if line[0] == "+" and line[2:3] in (["int3"], ["brk"])]) == 2


def test_documents_have_no_instructions(hooked):
    assert "jmp" not in hooked.run("pt-image check --json")


def test_an_unpatched_python_has_nothing_in_code_and_relocations_in_what_was_protected_after_them(on_python):
    document = run_json(on_python, "pt-image check -k module -p '!w'")
    by_cause = {}
    for item in document["ranges"]:
        by_cause.setdefault(item["cause"], []).append(item)
    assert document["unfit"] == []
    assert len({item["path"] for item in by_cause["relocation"]}) > 10
    # The debugger's own, in the loader; LLDB has some there all the time.
    assert all(Path(item["path"]).name.startswith("ld-") for item in by_cause.get("breakpoint", []))
    # The dynamic linker sets some of its own data by code, before it protects it: it is told as such.
    unknown = by_cause.get("unknown", [])
    assert {Path(item["path"]).name.partition("-")[0] for item in unknown} <= {"ld"}
    assert {item["note"] for item in unknown} <= {
        "in the dynamic linker's own data, which it sets by itself before it protects it"
    }
    assert all("note" not in item for item in by_cause["relocation"])


def test_nothing_but_breakpoints_differs_in_the_code_of_an_unpatched_python(on_python):
    document = run_json(on_python, "pt-image check")
    assert {item["cause"] for item in document["ranges"]} <= {"breakpoint"}
    assert document["coverage"]["searched"] > 1 << 20
    table = on_python.run("pt-image check -p x -k module -n libpython -n python")
    assert table.startswith("no difference in "), table


@pytest.fixture
def with_library(tmp_path, start_loaded):
    """A session stopped in a program that maps a library of its own, which nobody has changed yet."""
    library = make_library(tmp_path)
    session = start_loaded(library.program)
    stop_at(session, "ready")
    return session, library


def may_open_what_is_mapped() -> bool:
    """Whether the kernel lets us open the files of a map that have no name any more (map_files)."""
    with open("/proc/self/maps") as maps:
        place = next(line.split()[0] for line in maps if "/" in line)
    start, end = (int(each, 16) for each in place.split("-"))
    return os.access(f"/proc/self/map_files/{start:x}-{end:x}", os.R_OK)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        pytest.param(replace, ("was replaced since it was mapped",), id="replaced"),
        # "No such file" where the map is the one of before: the program hasn't run since.
        pytest.param(delete, ("was deleted since", "can't be read: No such file"), id="deleted"),
    ],
)
def test_a_file_that_is_another_or_gone_is_compared_if_it_can_be_opened_and_told_if_not(
    with_library, change, why
):
    session, library = with_library
    session.run("pt-image load before -n libchanging")
    change(library)
    told = session.run("pt-image check -n libchanging -p '!w' --cause unknown").splitlines()
    if may_open_what_is_mapped():
        assert len(told) == 1, told
        assert told[0].endswith(" bytes)"), "relocations only"
        assert "unknown" not in told[0]
    else:
        assert len(told) == 1, told
        assert told[0].startswith(tuple(f"nothing could be compared: {library.path} {each}" for each in why))
    # An image that was loaded before knows that its file isn't what it was.
    document = run_json(session, "pt-image check before -n libchanging")
    assert (document["ranges"], [item["path"] for item in document["unfit"]]) == ([], [str(library.path)])


def test_a_file_that_was_written_in_place_is_told_instead_of_many_differences(with_library):
    session, library = with_library
    rewrite(library)
    document = run_json(session, "pt-image check -n libchanging -p '!w'")
    assert {item["cause"] for item in document["ranges"]} <= {"relocation"}
    (doubt,) = document["doubtful"]
    assert (doubt["path"], doubt["listed"]) == (str(library.path), False)
    assert doubt["differences"] > 64
    told = session.run("pt-image check -n libchanging -p '!w'").splitlines()[-1]
    assert "was written after the process began: " in told
    assert told.endswith("differences of unknown cause, not listed, may be that")


# --- an emulator, which tells no map


@pytest.fixture
def emulated_program(build_dir):
    """GDB on a program in an emulator of this machine: of its areas no protection is known."""
    program = compile_c(PROGRAMS / "areas.c", build_dir, "-static")
    emulator = (f"qemu-{platform.machine()}",)
    with GdbSession.start(program) as session, emulated(session, emulator, program):
        assert session.load_ptatlas() == ""
        yield session


def test_without_protections_the_files_tell_what_code_is(emulated_program):
    document = run_json(emulated_program, "pt-image check")
    assert (document["ranges"], document["unfit"]) == ([], [])
    assert document["coverage"]["searched"] > 100_000
    # Variables differ, of course; and are no code.
    assert "unknown" in emulated_program.run("pt-image check -k module")
    assert not any(
        line.startswith("  + ") for line in emulated_program.run("pt-image check -k module").splitlines()
    )


def test_data_that_shares_a_page_with_code_is_no_code_where_no_protection_is_known(build_dir):
    program = compile_c(PROGRAMS / "areas.c", build_dir, "-static", "-Wl,-z,noseparate-code")
    emulator = (f"qemu-{platform.machine()}",)
    with GdbSession.start(program) as session, emulated(session, emulator, program):
        assert session.load_ptatlas() == ""
        document = run_json(session, "pt-image check")
    assert (document["ranges"], document["unfit"]) == ([], [])
    assert document["compared"] > 100_000


def test_an_image_is_put_into_the_address_space_that_a_register_names(emulated_program):
    value = int(emulated_program.run("output/x $pc"), 16)
    emulated_program.run("pt-image load it --cr3 $pc")
    sections = run_json(emulated_program, "pt-image show it")["sections"]
    assert {section["asid"]["cr3"] for section in sections} == {hex(value)}
    start = sections[0]["start"]
    assert emulated_program.run(f"pt-image read it {start} 4 --cr3 $pc").split()[-1] == ".ELF"
    assert "unmapped" in emulated_program.run(f"pt-image read it {start} 4 --cr3 '$pc + 1'")
    assert run_json(emulated_program, "pt-image check it --cr3 $pc")["ranges"] == []


@pytest.mark.skipif(platform.machine() != "x86_64", reason="CR3 is a register of x86")
def test_an_image_is_put_into_the_address_space_of_cr3(emulated_program):
    value = int(emulated_program.run("output (unsigned long) $cr3"))
    emulated_program.run("pt-image load it --cr3 $cr3")
    sections = run_json(emulated_program, "pt-image show it")["sections"]
    assert {section["asid"]["cr3"] for section in sections} == {hex(value)}


def test_a_register_that_is_not_there_makes_no_image(attached):
    answer = attached.run("pt-image load it --cr3 $cr3")
    assert len(answer.splitlines()) == 1
    assert "$cr3" in answer
    assert "no such register" in answer or "no register" in answer
    assert attached.run("pt-image list") == "no images"


FLAVOR = {
    "gdb": ("set disassembly-flavor", "att", "x/i $pc"),
    "lldb": ("settings set target.x86-disassembly-flavor", "default", "disassemble --count 1"),
}


@pytest.mark.skipif(platform.machine() != "x86_64", reason="only x86 has two syntaxes")
def test_instructions_are_in_the_syntax_that_the_user_has_set(hooked):
    before, after = "mov", "eax, 0x6" if hooked.name == "lldb" else "eax,0x6"
    assert after not in hooked.run("pt-image check -n hooked -p x")
    setting, usual, own = FLAVOR[hooked.name]
    shown = hooked.run(own)
    hooked.run(f"{setting} intel")
    told = hooked.run("pt-image check -n hooked -p x")
    assert before in told
    assert after in told
    # And the debugger's own disassembler is at its place again.
    assert hooked.run(own).split()[:2] == shown.split()[:2]
    hooked.run(f"{setting} {usual}")


@pytest.fixture
def hooked_core(build_dir, tmp_path):
    """The program that hooked itself, and a core file of it at ready()."""
    program, core = compile_c(PROGRAMS / "hooked.c", build_dir), tmp_path / "core"
    with GdbSession.start(program) as session:
        stop_at(session, "ready")
        session.run(f"generate-core-file {core}")
        session.kill()
    return program, core


def test_a_core_file_shows_the_hook_and_its_instructions(hooked_core, start_loaded):
    program, core = hooked_core
    session = start_loaded(program, core=core)
    document = run_json(session, "pt-image check")
    assert {(item["cause"], item["symbol"]) for item in document["ranges"]} == {("unknown", "seats")}
    assert document["unfit"] == []
    marks = Counter(line.split()[0] for line in session.run("pt-image check").splitlines())
    assert marks["-"] >= 3
    assert marks["+"] >= 1
