"""A local process as a target, without a debugger."""

from __future__ import annotations

import os
import struct
import sys

from ...arch import Arch, Machine, check_endian, check_word_size
from ...elf.headers import EM_X86_64, HEADER_SIZE, ElfHeader, read_header
from ...elf.machines import machine_named
from ...errors import SourceError
from ...maps.kinds import DELETED
from ...ports.moment import held
from ...ports.running import Clock
from ...ports.target import Target
from .auxv import ProcfsAuxv
from .began import process_began
from .clock import ProcessClock
from .file_pages import ProcfsFilePages
from .file_paths import ProcfsFilePaths
from .flagged import FlaggedRanges
from .handle import ProcessHandle
from .held_lister import HeldLister
from .mapped import MappedRanges
from .maps import ProcfsLister
from .memory import ProcessReader
from .namespace import is_proc_ours
from .pages import page_scan
from .presence import ProcessPresence
from .query import ProcfsLocator
from .reasons import ProcfsReasons
from .smaps import ProcfsResidency
from .tags import ProcfsTags, ignored_bits
from .threads import ProcfsThreads
from .untouched import ModifiedPages, ProcfsUntouched


def process_target(pid: int) -> Target:
    """Return a target of a process of this machine, without a debugger; raise as `traced_process` does."""
    return traced_process(pid)[0]


def traced_process(pid: int, clock: Clock | None = None) -> tuple[Target, ModifiedPages]:
    """Return a target of a process of this machine, and a finder of the pages a debugger may have written to.

    The process is neither traced nor stopped. A debugger passes its own clock, and first makes sure that it
    is the right process (`is_traced_by_us`). Raise SourceError if there is no such process, SourceDenied if
    it may not be looked at.
    """
    if not is_proc_ours():
        problem = "/proc isn't mounted, or shows the processes of another namespace"
        raise SourceError(problem, hint="mount -t proc proc /proc")
    process, is_debugged = ProcessHandle(pid), clock is not None
    process.elect()
    clock, pages = held(clock or ProcessClock(process)), page_scan(process)
    lister = HeldLister(ProcfsLister(process), clock)
    process.probe("maps")  # raises now rather than at the first use
    locator = ProcfsLocator(process, lister) if ProcfsLocator.is_supported() else None
    tags = process_tags(process) if is_debugged else None
    flagged = FlaggedRanges(process, clock)
    files = ProcfsFilePages(process, lister, clock, pages, flagged)
    reader = ProcessReader(process, MappedRanges(lister, locator), flagged)
    arch, threads = process_arch(process), ProcfsThreads(process)
    target = Target(
        arch=arch if tags is None else arch._replace(ignored_bits=0),  # by `tags` alone
        listers=(lister,),
        readers=(reader,),
        pid=pid,
        name=_name(process),
        clock=clock,
        raw=reader,
        locator=locator,
        untouched=ProcfsUntouched(lister, clock, pages, flagged, files),
        missing_pages=pages,
        file_pages=files,
        file_paths=ProcfsFilePaths(process),
        reasons=ProcfsReasons(flagged),
        tags=tags,
        residency=ProcfsResidency(process),
        threads=threads,
        thread_names=threads,
        presence=ProcessPresence(process),
        auxv=ProcfsAuxv(process),
        began=process_began(process),
        machine=_machine(process),
    )
    return target, ModifiedPages(pages)


def process_arch(process: ProcessHandle) -> Arch:
    """Return the architecture of the process's program; this machine's if the program can't be read."""
    word_size, endian = check_word_size(struct.calcsize("P")), check_endian(sys.byteorder)
    header = _program_header(process)
    if header is not None:
        word_size, endian = header.word_size, header.endian
    ignored = ignored_bits(process, header.machine if header else 0) if word_size == 8 else 0
    return Arch(word_size, endian, os.sysconf("SC_PAGESIZE"), ignored)


def process_tags(process: ProcessHandle) -> ProcfsTags | None:
    """Return what tells the tags of addresses; None where they stay as `process_arch` has them.

    Only x86-64's are switched on by the program.
    """
    header = _program_header(process)
    is_switched = header is not None and header.machine == EM_X86_64 and header.word_size == 8
    return ProcfsTags(process, EM_X86_64) if is_switched else None


def _machine(process: ProcessHandle) -> Machine | None:
    """Return the processor that the program is made for; this machine's if the program can't be read."""
    header = _program_header(process)
    return machine_named(os.uname().machine) if header is None else Machine(header.machine, header.flags)


def _program_header(process: ProcessHandle) -> ElfHeader | None:
    """Return the header of the program; None for a kernel thread, and where its file can't be read."""
    try:
        with open(process.path("exe"), "rb", buffering=0) as file:
            head = file.read(HEADER_SIZE)
        return read_header(lambda _offset, _size: head)
    except (OSError, SourceError):
        return None


def _name(process: ProcessHandle) -> str:
    """Return the program's file name without its folder, else the name that the kernel shows."""
    try:
        link = os.fsdecode(os.readlink(os.fsencode(process.path("exe"))))
    except OSError:
        link = ""
    return os.path.basename(link.removesuffix(DELETED)) or process.read("comm").decode(
        "utf-8", "replace"
    ).rstrip("\n")
