"""What a fuzz target is: a parser behind one function of bytes."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from ptatlas.core.errors import AtlasError


class Target(NamedTuple):
    """A parser: `run` gives it bytes, and may raise an AtlasError but nothing else.

    `seeds` are whole inputs, made by the builders of the tests; `words` are what a mutator should know of.
    `largest` is how many bytes an input may have; `cost` how many times slower than others one is.
    """

    name: str
    run: Callable[[bytes], object]
    seeds: tuple[bytes, ...]
    words: tuple[bytes, ...] = ()
    largest: int = 4096
    cost: int = 1

    def __call__(self, data: bytes) -> None:
        """Parse the bytes; raise what is a fault."""
        with suppress(AtlasError):
            self.run(data)


class Choices:
    """Decisions taken from the beginning of an input, and the rest of it."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def one_of(self, *things):
        """Return one of the things, by the next byte; the first if there is none."""
        byte = self._data[self._at] if self._at < len(self._data) else 0
        self._at += 1
        return things[byte % len(things)]

    @property
    def rest(self) -> bytes:
        """What is behind the decisions."""
        return self._data[self._at :]


class ReusedFile:
    """A file in memory with a path, whose content is replaced for each input."""

    def __init__(self) -> None:
        self._descriptor = os.memfd_create("fuzzed")

    def holding(self, content: bytes) -> str:
        """Return the path of the file, which has this content now."""
        os.truncate(self._descriptor, 0)
        os.pwrite(self._descriptor, content, 0)
        return f"/proc/self/fd/{self._descriptor}"


def reader_of(data: bytes, start: int = 0):
    """Return a function that reads the data by offset, as files are read, or by address from `start` on."""

    def read(offset: int, size: int) -> bytes:
        offset -= start
        return data[offset : offset + size] if offset >= 0 and size > 0 else b""

    return read
