"""Where LLDB has placed the contents of files."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence

import lldb
from ptatlas.core.ports.program import LoadedRange

from .dump import shows_dump

_THREAD_LOCAL = ("PT_TLS", ".tdata", ".tbss")


class LldbPlaces:
    """The sections of LLDB's modules that are in memory: an ELF file's segments."""

    def __init__(self, target: lldb.SBTarget) -> None:
        self._target = target

    def places(self) -> Sequence[LoadedRange]:
        """Return the ranges of all sections; of each, the part that the file fills, then the rest.

        Where nothing is placed in a dump, LLDB reads files at the addresses that they were linked for
        (Target::ReadMemory of lldb/source/Target/Target.cpp).
        """
        placed = self._found(lambda section: section.GetLoadAddress(self._target))
        if placed or not shows_dump(self._target.GetProcess()):
            return placed
        return self._found(lambda section: section.GetFileAddress())

    def _found(self, address_of: Callable[[lldb.SBSection], int]) -> list[LoadedRange]:
        return [place for module in self._target.module_iter() for place in _of(module, address_of)]


def _of(module: lldb.SBModule, address_of: Callable[[lldb.SBSection], int]) -> Iterator[LoadedRange]:
    path = path_of(module)
    for section in module.section_iter():
        start = address_of(section)
        if start == lldb.LLDB_INVALID_ADDRESS or str(section.GetName()).startswith(_THREAD_LOCAL):
            continue
        end = start + section.GetByteSize()
        filled = min(start + section.GetFileByteSize(), end)
        if start < filled:
            yield LoadedRange(start, filled, path, section.GetFileOffset())
        if filled < end:
            yield LoadedRange(filled, end)


def path_of(module: lldb.SBModule) -> str | None:
    """Return the path of a module's file; None for what is no file ([vdso])."""
    path = module.GetFileSpec().fullpath
    return path if path and os.path.isabs(path) else None
