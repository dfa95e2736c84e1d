"""The facts in the notes of a core file, whichever system wrote them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from ...maps.area import Area
from ...ports.threads import Thread


class FileMapping(NamedTuple):
    """A range of addresses that showed a file from `offset` (in bytes) on."""

    start: int
    end: int
    offset: int
    path: str


@dataclass
class CoreFacts:
    """The facts, collected note by note.

    `lists_files` says that `mappings` names every file that was mapped, so that what isn't in it is
    memory without a file. `areas` are those that the system itself noted, where it does. `registers` are
    those of the threads, as far as their layout is known (`register_sets`), `signals` those that stopped
    them, by thread. `thread_names` are what the system calls threads, `thread_pointers` where their own data
    are. `auxv` is the auxiliary vector by Linux's types (getauxval(3)), `auxv_content` its bytes
    as Linux passed them. `is_linux` says that Linux's notes are among them, whoever wrote those, and `by_gdb`
    that GDB wrote the core. `command` is the beginning of the command line, words parted by blanks.
    `signed_bits` are those of a pointer that may be its signature (PAC).
    """

    is_linux: bool = False
    by_gdb: bool = False
    mappings: list[FileMapping] = field(default_factory=list)
    lists_files: bool = False
    areas: list[Area] = field(default_factory=list)
    threads: list[Thread] = field(default_factory=list)
    registers: list[tuple[int, dict[str, int]]] = field(default_factory=list)
    signals: dict[int, int] = field(default_factory=dict)
    thread_names: dict[int, str] = field(default_factory=dict)
    thread_pointers: dict[int, int] = field(default_factory=dict)
    auxv: dict[int, int] = field(default_factory=dict)
    auxv_content: bytes | None = None
    signed_bits: int = 0
    pid: int | None = None
    name: str | None = None
    command: str = ""
    page_size: int | None = None
