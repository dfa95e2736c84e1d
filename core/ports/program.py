"""What knows the program: its symbols, instructions, expressions, modules and how it was started."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol


class Symbol(NamedTuple):
    """A symbol's name and how far into it an address lies, in bytes."""

    name: str
    offset: int

    def __str__(self) -> str:
        return f"{self.name}+{self.offset:#x}" if self.offset else self.name


class SymbolResolver(Protocol):
    """Names addresses."""

    def symbol_at(self, address: int) -> Symbol | None:
        """Return the nearest symbol at or below the address in its section, or None."""


class Instruction(NamedTuple):
    """An instruction: its address, its size in bytes, and its text in the debugger's own syntax."""

    address: int
    size: int
    text: str


class Disassembler(Protocol):
    """Turns given bytes into instructions, without reading memory."""

    def instructions(self, address: int, content: bytes) -> Sequence[Instruction]:
        """Return the instructions that the bytes encode at this address, without a partial one at the end."""


class Evaluator(Protocol):
    """Evaluates the debugger's expressions, never running code in the inferior."""

    def integer(self, expression: str) -> int:
        """Return the value as an integer: a pointer's, an array's or a function's address.

        Negative values stay negative. Raise InvalidArgument for what is no expression or no integer.
        """

    def real(self, expression: str) -> float:
        """Return the value of a real number or an integer as the nearest float of 64 bits.

        Raise InvalidArgument for what is no expression or no number.
        """

    def content(self, expression: str) -> bytes:
        """Return the bytes of the value, in target order; raise InvalidArgument as for `integer`."""


class Breakpoints(Protocol):
    """The debugger's breakpoints: where they are, and more of them."""

    def addresses(self) -> Iterable[int]:
        """Return where the debugger has breakpoints, in code or in data, inserted now or not."""

    def insert(self, addresses: Sequence[int]) -> Sequence[int]:
        """Set a breakpoint at each address and return the debugger's numbers for them, in this order.

        All of them or, raising SourceError, none.
        """

    def watch_command(self, address: int, size: int) -> str:
        """Return the debugger's command that stops where these bytes are written, the first 8 at most."""


class Module(NamedTuple):
    """A loaded object: its path on this machine and its build-id, where known.

    `is_read` is False where the debugger has only the name, from a dump, and not the file.
    """

    path: str
    build_id: bytes | None = None
    is_read: bool = True


def loaded_names(modules: Iterable[Module]) -> frozenset[str]:
    """Return the names of the files that a debugger has loaded: as it has them, and without links."""
    paths = {module.path for module in modules if module.is_read}
    return frozenset(paths.union(map(os.path.realpath, paths)))


class ModuleLister(Protocol):
    """Lists the objects that the debugger has loaded, the program first."""

    def modules(self) -> Sequence[Module]:
        """Return the loaded objects."""


class LoadedRange(NamedTuple):
    """Addresses where something lies; `path` and `offset` of the file, None where not known."""

    start: int
    end: int
    path: str | None = None
    offset: int | None = None


class FilePlaces(Protocol):
    """Knows where in memory the debugger has placed the contents of files."""

    def places(self) -> Sequence[LoadedRange]:
        """Return the ranges with what is known of each; where they overlap, the first one counts."""


class AuxiliaryVector(Protocol):
    """Has the auxiliary vector: what the kernel passed to the program when it started."""

    def auxv(self) -> bytes | None:
        """Return the auxiliary vector as the process has it (getauxval(3)); None if it can't be read."""
