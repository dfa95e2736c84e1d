"""A local process as a target, without a debugger."""

from __future__ import annotations

import os
import struct
import sys

from ...arch import BIG, LITTLE, Arch
from ...ports import Target
from .clock import ProcessClock
from .handle import ProcessHandle
from .maps import ProcfsLister
from .memory import ProcessReader
from .query import ProcfsLocator
from .smaps import ProcfsResidency
from .threads import ProcfsThreads
from .untouched import ProcfsUntouched, page_scan

_ELF_MAGIC = b"\x7fELF"
_ELF_WORD_SIZES = {1: 4, 2: 8}  # EI_CLASS: ELFCLASS32, ELFCLASS64
_ELF_ENDIANS = {1: LITTLE, 2: BIG}  # EI_DATA: ELFDATA2LSB, ELFDATA2MSB


def process_target(pid: int) -> Target:
    """Make a target of a process of this machine; it is neither traced nor stopped.

    Raises SourceError when there is no such process, SourceDenied when it may not be looked at.
    """
    process = ProcessHandle(pid)
    process.elect()
    lister, clock = ProcfsLister(process), ProcessClock(process)
    lister.snapshot()  # raises now rather than at the first use
    return Target(
        arch=process_arch(process),
        listers=(lister,),
        readers=(ProcessReader(process),),
        pid=pid,
        name=_name(process),
        clock=clock,
        locator=ProcfsLocator(process, lister) if ProcfsLocator.is_supported() else None,
        untouched=ProcfsUntouched(process, lister, clock, page_scan(process)),
        residency=ProcfsResidency(process),
        threads=ProcfsThreads(process),
    )


def process_arch(process: ProcessHandle) -> Arch:
    """Return the architecture of the process's program; this machine's where that can't be told."""
    word_size, endian = struct.calcsize("P"), str(sys.byteorder)
    try:
        with open(process.path("exe"), "rb", buffering=0) as file:
            head = file.read(6)
    except OSError:
        head = b""  # a kernel thread, or a program on a file system that is gone
    if head.startswith(_ELF_MAGIC) and len(head) == 6:
        word_size = _ELF_WORD_SIZES.get(head[4], word_size)
        endian = _ELF_ENDIANS.get(head[5], endian)
    return Arch(word_size, endian, os.sysconf("SC_PAGESIZE"))


def _name(process: ProcessHandle) -> str | None:
    """Return the program's file name without its folder, else the name that the kernel shows."""
    try:
        link = os.fsdecode(os.readlink(os.fsencode(process.path("exe"))))
    except OSError:
        link = ""
    return os.path.basename(link.removesuffix(" (deleted)")) or process.read("comm").decode(
        "utf-8", "replace"
    ).rstrip("\n")
