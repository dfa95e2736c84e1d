"""One execution of a program: what identifies it, and where the parts of its stack lie."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from ...elf.auxv import AT_PLATFORM, AT_RANDOM
from ...ranges import align_up

RANDOM_SIZE = 16  # bytes at AT_RANDOM, getauxval(3)


class Execution(NamedTuple):
    """What is known of an execution: its process, the main thread's stack pointer, its auxiliary vector."""

    pid: int | None = None
    stack_pointer: int | None = None
    auxv: Mapping[int, int] = MappingProxyType({})

    def is_same(self, other: Execution) -> bool:
        """Return whether both are surely one process that runs one program."""
        return self.pid is not None and self.pid == other.pid and dict(self.auxv) == dict(other.auxv)

    @property
    def stack_base(self) -> int | None:
        """Where the first frame's side of the stack begins; None where it isn't known.

        Above it, after a gap of random size, are the texts of the arguments and of the environment; below
        it are the platform's name, random bytes, the tables of what was passed, and all frames
        (create_elf_tables in Linux's fs/binfmt_elf.c, arch_align_stack).
        """
        known = [self.auxv[AT_RANDOM] + RANDOM_SIZE] if self.auxv.get(AT_RANDOM) else []
        if known and self.auxv.get(AT_PLATFORM):
            known.append(self.auxv[AT_PLATFORM] + 1)
        return align_up(max(known), 16) if known else None
