"""Processes and core files whose memory is searched: see the head of scan_peer.c for what is in them."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from sessions import HERE
from support.compile import compile_c
from support.core_builder import CoreBuilder

NEEDLE = b"Q7hzWx!k09Z"
MIB = 1 << 20

# Where the only segment of `random_core` lies, and where its header has the segment's size: p_filesz and
# p_memsz of struct elf64_phdr, in the second entry, after that of the notes.
CORE_ADDRESS = 0x1000_0000
_SIZES_AT = 64 + 56 + 32
_BLOCK = 64


class Part(NamedTuple):
    """Memory to search, and of which process, if it is one's."""

    pid: int
    start: int
    size: int

    @property
    def scope(self) -> str:
        """The memory as pt-find takes it after --in, and GDB's find as well."""
        return f"{self.start:#x},+{self.size:#x}"


@contextmanager
def peer_program() -> Iterator[Path]:
    """The C program, compiled."""
    with tempfile.TemporaryDirectory() as folder:
        yield compile_c(HERE / "scan_peer.c", Path(folder), "-O2", "-pthread")


@contextmanager
def filled(peer: Path, *areas: str) -> Iterator[list[Part]]:
    """A process with these areas."""
    command = [str(peer), "fill", *areas]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        numbers = [int(word) for word in child.stdout.readline().split()]
        yield [Part(child.pid, *pair) for pair in zip(numbers[::2], numbers[1::2])]
        child.communicate()


def peer_find(peer: Path, part: Part) -> list[str]:
    """The command by which the C program searches; it times itself, so that starting it doesn't count."""
    return [str(peer), "find", str(part.pid), hex(part.start), str(part.size // MIB), NEEDLE.hex()]


@contextmanager
def random_core(mib: int) -> Iterator[tuple[Path, Part]]:
    """A core file with so much memory, one random block again and again; in the page cache, and on disk."""
    builder = CoreBuilder().thread(1, bytes(27 * 8)).load(CORE_ADDRESS, bytes(1))
    builder.page_aligned = True
    head = bytearray(builder.build()[:-1])
    size = mib * MIB
    head[_SIZES_AT : _SIZES_AT + 16] = size.to_bytes(8, "little") * 2
    block = os.urandom(_BLOCK * MIB)
    with tempfile.NamedTemporaryFile(suffix=".core") as file:
        file.write(head)
        for _ in range(mib // _BLOCK):
            file.write(block)
        file.flush()
        os.fsync(file.fileno())  # so that the disk is idle when it is searched
        yield Path(file.name), Part(0, CORE_ADDRESS, size)
