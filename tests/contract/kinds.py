"""Every kind of target, in a table: how one is opened on the areas program, and what it can tell.

A new kind is a line of `KINDS`, and an opener where none of those here serves it. An opener takes the kind's
surroundings and traits, and yields what runs a case on the target: in this process, or inside the debugger.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from contract import cases, runner
from elftools.elf.elffile import ELFFile
from ptatlas.core.inferior import Inferior
from ptatlas.core.sources import BufferArea, buffer_target, core_target, process_target
from support.children import Child
from support.debuggers import find_gdb
from support.emulators import QEMU, MultiarchSession, emulated, far_qemu, powerpc_areas
from support.servers import gdb_server, lldb_server, under_valgrind
from support.session import Session
from support.sessions import GdbSession, LldbSession
from support.targets import write_mapped_file

Check = Callable[[str], None]


class Traits(NamedTuple):
    """What a kind of target can tell, where the truth depends on the kind."""

    word_size: int = 8
    endian: str = "little"
    map: str = "whole"  # or `hosted`: that of the process that runs the program; or what is `loaded` only
    access: bool = True  # whether an area may be read, written, executed
    reading: bool = True  # and whether it may be read, not only the rest of it
    sharing: bool = True  # whether an area is shared
    offsets: bool = True  # where in a file an area begins
    proves_files: bool = True  # whether it is known which file is mapped, though no build-id tells it
    missing: str = "beyond_file"  # the place of the program that can't be read,
    reason: str = "unreadable"  # and why


LOCAL = Traits()
BUFFER = LOCAL._replace(reason="absent")
# GDB wrote it, which sets the right to read whatever it was, and leaves out what a file has.
CORE = BUFFER._replace(sharing=False, reading=False, proves_files=False)
# LLDB's regions tell neither.
LLDB_REMOTE = LOCAL._replace(sharing=False, offsets=False)
# Its stub ends in a bus error when it reads beyond the end of a mapped file.
POWERPC = LOCAL._replace(
    word_size=4, endian="big", map="hosted", access=False, missing="hole", reason="unmapped"
)
UNMAPPED = POWERPC._replace(map="loaded", sharing=False)


class Site:
    """What a target is opened on: the areas program, where others are compiled, and a folder to write to."""

    def __init__(self, program: Path, build_dir: Path, folder: Path) -> None:
        self.program, self.build_dir, self.folder = program, build_dir, folder

    def folder_of(self, name: str) -> Path:
        """Make a folder of this name."""
        (self.folder / name).mkdir()
        return self.folder / name

    @cached_property
    def core(self) -> tuple[Path, dict[str, Any]]:
        """A core file of the program, made by GDB, and the facts of the process that it was."""
        folder = self.folder_of("core")
        with running_child(self.program, folder) as child:
            options = [
                "-q",
                "-nx",
                "-batch",
                "-p",
                str(child.pid),
                "-ex",
                f"generate-core-file {folder}/core",
            ]
            command = [find_gdb().path, *options]
            subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL)
            return folder / "core", child.facts


Opener = Callable[[Site, Traits, Path], AbstractContextManager[Check]]


class Kind(NamedTuple):
    """A kind of target."""

    name: str
    open: Opener
    traits: Traits


@contextmanager
def running_child(program: Path, folder: Path) -> Iterator[Child]:
    """A running areas program, without the gigabyte that only a search is after."""
    file = write_mapped_file(folder)
    with Child(program, file) as running:
        running.tell("unmap reserved")
        add_files(running.facts, program, file)
        yield running


def add_files(facts: dict[str, Any], program: Path, file: Path) -> None:
    """Note the mapped file, the program's, and where in that the segment begins that `table` is in."""
    with program.open("rb") as stream:
        elf = ELFFile(stream)
        table = elf.get_section_by_name(".symtab").get_symbol_by_name("function_table")[0]["st_value"]
        starts = [
            s["p_offset"] for s in elf.iter_segments("PT_LOAD") if 0 <= table - s["p_vaddr"] < s["p_memsz"]
        ]
    page = facts["page_size"]
    facts.update(file=str(file), program=str(program), program_offset=starts[0] // page * page)


# --- running a case ----------------------------------------------------------------------------------


def here(inferior: Inferior, facts: dict[str, Any], traits: Traits) -> Check:
    """Run cases in this process."""
    return lambda name: cases.CASES[name](cases.Subject(inferior, facts, traits._asdict()))


def inside(session: Session, facts: dict[str, Any], traits: Traits, folder: Path) -> Check:
    """Run cases inside a debugger, on its inferior."""
    facts_file = folder / "facts.json"
    facts_file.write_text(json.dumps({"facts": facts, "traits": traits._asdict()}))
    session.load_ptatlas()
    session.run_python(f"import sys; sys.path.append({str(Path(__file__).parent)!r}); import runner")
    adapter = f"ptatlas.{session.name}ext"

    def check(name: str) -> None:
        answer = session.run_python(f"runner.run({name!r}, {str(facts_file)!r}, {adapter!r})")
        assert runner.PASSED in answer, answer

    return check


# --- openers without a debugger ----------------------------------------------------------------------


@contextmanager
def buffer(site: Site, traits: Traits, folder: Path) -> Iterator[Check]:
    """A buffer with a process's areas and contents in it."""
    with running_child(site.program, folder) as child:
        live = Inferior(process_target(child.pid))

        def copy(area: Any) -> BufferArea:
            content = bytearray(area.size)
            done = live.memory.read_into(area.start, memoryview(content))
            more = area.perms, area.path, area.offset, area.kind, area.size
            return BufferArea(area.start, bytes(content[:done]), *more)

        yield here(Inferior(buffer_target(map(copy, live.areas))), child.facts, traits)


@contextmanager
def process(site: Site, traits: Traits, folder: Path) -> Iterator[Check]:
    with running_child(site.program, folder) as child:
        yield here(Inferior(process_target(child.pid)), child.facts, traits)


@contextmanager
def core_file(site: Site, traits: Traits, folder: Path) -> Iterator[Check]:
    core, facts = site.core
    yield here(Inferior(core_target(str(core))), facts, traits)


# --- openers in a debugger ---------------------------------------------------------------------------


def attached(debugger: type[Session]) -> Opener:
    """A process that the debugger is attached to."""

    @contextmanager
    def opened(site: Site, traits: Traits, folder: Path) -> Iterator[Check]:
        with running_child(site.program, folder) as child, debugger.start() as session:
            session.attach(child.pid)
            yield inside(session, child.facts, traits, folder)

    return opened


def on_core(debugger: type[Session]) -> Opener:
    """A core file."""

    @contextmanager
    def opened(site: Site, traits: Traits, folder: Path) -> Iterator[Check]:
        core, facts = site.core
        with debugger.start(site.program, core=core) as session:
            yield inside(session, facts, traits, folder)

    return opened


def behind_gdbserver(debugger: type[Session], connect: str) -> Opener:
    """A process behind a gdbserver; `connect` is the debugger's command, with {} for the port."""

    @contextmanager
    def opened(site: Site, traits: Traits, folder: Path) -> Iterator[Check]:
        with (
            running_child(site.program, folder) as child,
            gdb_server(child.pid) as port,
            debugger.start(site.program) as session,
        ):
            session.run_python("lldb.debugger.SetAsync(False)" if session.name == "lldb" else "pass")
            session.run(connect.format(port))
            yield inside(session, child.facts, traits, folder)
            session.run("detach")

    return opened


@contextmanager
def behind_lldb_server(site: Site, traits: Traits, folder: Path) -> Iterator[Check]:
    """A process behind an lldb-server, in LLDB."""
    with (
        running_child(site.program, folder) as child,
        lldb_server(child.pid) as connect,
        LldbSession.start(site.program) as session,
    ):
        session.run_python("lldb.debugger.SetAsync(False)")  # so that connecting is done when it says so
        session.run(connect)
        yield inside(session, child.facts, traits, folder)
        session.detach()


def in_qemu(debugger: type[Session], emulator: Sequence[str] = QEMU) -> Opener:
    """The areas program for PowerPC, in an emulator."""

    @contextmanager
    def opened(site: Site, traits: Traits, folder: Path) -> Iterator[Check]:
        program, file = powerpc_areas(site.build_dir), write_mapped_file(folder)
        with (
            debugger.start(program) as session,
            emulated(session, emulator, program, file) as child,
        ):
            add_files(child.facts, program, file)
            yield inside(session, child.facts, traits, folder)

    return opened


def elsewhere(debugger: type[Session]) -> Opener:
    """The same behind a stub whose process is none of this machine's, by its number."""

    @contextmanager
    def opened(site: Site, traits: Traits, folder: Path) -> Iterator[Check]:
        with in_qemu(debugger, far_qemu())(site, traits, folder) as check:
            yield check

    return opened


@contextmanager
def valgrind(site: Site, traits: Traits, folder: Path) -> Iterator[Check]:
    """The areas program under Valgrind, in GDB."""
    file = write_mapped_file(folder)
    with (
        GdbSession.start(site.program) as session,
        under_valgrind(session, site.program, folder, file) as child,
    ):
        add_files(child.facts, site.program, file)
        yield inside(session, child.facts, traits, folder)


# --- the table ---------------------------------------------------------------------------------------

KINDS = (
    Kind("buffer", buffer, BUFFER),
    Kind("process", process, LOCAL),
    Kind("core_file", core_file, CORE),
    Kind("gdb_live", attached(GdbSession), LOCAL),
    Kind("gdb_core", on_core(GdbSession), CORE),
    Kind("gdb_remote", behind_gdbserver(GdbSession, "target remote :{}"), LOCAL),
    Kind("gdb_extended", behind_gdbserver(GdbSession, "target extended-remote :{}"), LOCAL),
    Kind("gdb_qemu", in_qemu(MultiarchSession), POWERPC),
    Kind("gdb_valgrind", valgrind, LOCAL._replace(map="hosted", missing="hole", reason="unmapped")),
    Kind("gdb_elsewhere", elsewhere(MultiarchSession), UNMAPPED),
    Kind("lldb_live", attached(LldbSession), LOCAL),
    Kind("lldb_core", on_core(LldbSession), CORE),
    Kind("lldb_remote", behind_lldb_server, LLDB_REMOTE),
    Kind("lldb_gdbserver", behind_gdbserver(LldbSession, "gdb-remote {}"), LOCAL),
    Kind("lldb_qemu", in_qemu(LldbSession), POWERPC),
    Kind("lldb_elsewhere", elsewhere(LldbSession), UNMAPPED),
)
