"""A file layer that records writes and syncs, and makes every file that a power loss could leave behind.

The model: what was synced is there. Of what was written or cut since, each page of each write, and each
cut, may have reached the disk or not, in any combination; and the last thing written may be torn.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import product
from typing import NamedTuple, Union

from ptatlas.core.pool import Pool
from ptatlas.core.pool.attach import PoolBacking
from ptatlas.core.pool.layout import PAGE
from ptatlas.core.pool.roots import find_root

SECTOR = 512


class Write(NamedTuple):
    """Bytes that went to one page of the file."""

    offset: int
    data: bytes

    def torn(self) -> Iterator[Write]:
        """It, cut short at every sector."""
        for length in range(SECTOR, len(self.data), SECTOR):
            yield Write(self.offset, self.data[:length])

    def apply(self, content: bytearray) -> None:
        if self.offset > len(content):
            content.extend(bytes(self.offset - len(content)))
        content[self.offset : self.offset + len(self.data)] = self.data


class Cut(NamedTuple):
    """A change of the file's size."""

    size: int

    def torn(self) -> Iterator[Write]:
        return iter(())

    def apply(self, content: bytearray) -> None:
        del content[self.size :]
        content.extend(bytes(self.size - len(content)))


Step = Union[Write, Cut]


class Epoch(NamedTuple):
    """What happened between two syncs: the file at its start, what was done since, what was promised."""

    durable: bytes
    steps: tuple[Step, ...]
    least: int
    most: int

    def after(self, steps: Iterator[Step] | list[Step] | tuple[Step, ...]) -> bytes:
        content = bytearray(self.durable)
        for step in steps:
            step.apply(content)
        return bytes(content)

    def every_file(self) -> Iterator[bytes]:
        """The file after every subset of the steps."""
        for chosen in product((False, True), repeat=len(self.steps)):
            yield self.after([step for step, there in zip(self.steps, chosen) if there])

    def torn_files(self) -> Iterator[bytes]:
        """The file with each write torn at each sector, with and without all the others."""
        for number, step in enumerate(self.steps):
            others = self.steps[:number] + self.steps[number + 1 :]
            for torn in step.torn():
                yield self.after((torn,))
                yield self.after((*others, torn))

    def some_files(self, rnd: random.Random, count: int) -> Iterator[bytes]:
        """The file after random subsets, one write in each perhaps torn."""
        for _ in range(count):
            chosen = [step for step in self.steps if rnd.random() < 0.5]
            if chosen and rnd.random() < 0.5:
                at = rnd.randrange(len(chosen))
                pieces = list(chosen[at].torn())
                chosen[at : at + 1] = [rnd.choice(pieces)] if pieces else []
            yield self.after(chosen)


class RecordingFile:
    """A file in memory that remembers what a power loss needs to know."""

    def __init__(self, content: bytes = b"") -> None:
        self.content = bytearray(content)
        self.epochs: list[Epoch] = []
        self.changes = 0
        self.promised = -1
        self.underway = -1
        self._durable = bytes(content)
        self._steps: list[Step] = []

    def size(self) -> int:
        return len(self.content)

    def read(self, offset: int, size: int) -> bytes:
        return bytes(self.content[offset : offset + size])

    def read_into(self, offset: int, buffer: memoryview) -> int:
        data = self.read(offset, len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def write(self, offset: int, data: bytes | bytearray | memoryview) -> None:
        data, done = bytes(data), 0
        while done < len(data):
            length = min(PAGE - (offset + done) % PAGE, len(data) - done)
            self._do(Write(offset + done, data[done : done + length]))
            done += length

    def truncate(self, size: int) -> None:
        self._do(Cut(size))

    def sync(self) -> None:
        self._close_epoch()
        self._durable = bytes(self.content)

    def room(self) -> int:
        return 1 << 40

    def close(self) -> None:
        self._close_epoch()

    def _do(self, step: Step) -> None:
        step.apply(self.content)
        self._steps.append(step)
        self.changes += 1

    def _close_epoch(self) -> None:
        # What is synced counts as promised even before `commit` returns.
        least = max(self.promised, generation_of(self._durable))
        self.epochs.append(Epoch(self._durable, tuple(self._steps), least, self.underway))
        self._steps = []


def generation_of(content: bytes) -> int:
    """The last commit in a file, -1 if there is none."""
    root = find_root(RecordingFile(content))
    return -1 if root is None else root.generation


State = tuple[dict[int, bytes], dict[int, int]]


class Recorded:
    """A pool over a recording file, and the state that each of its commits should bring back."""

    def __init__(self, file: RecordingFile | None = None) -> None:
        self.file = file or RecordingFile()
        self.pool = Pool.over(PoolBacking(self.file))
        self.blocks: dict[int, bytes] = {}
        self.keys: dict[int, int] = {}
        self.states: dict[int, State] = {}
        self._promise()

    def malloc(self, content: bytes) -> int:
        address = self.pool.malloc(len(content))
        self.write(address, content)
        return address

    def write(self, address: int, content: bytes) -> None:
        self.pool.view(address)[:] = content
        self.blocks[address] = content

    def free(self, address: int) -> None:
        self.pool.free(address)
        del self.blocks[address]

    def set_key(self, number: int, value: int) -> None:
        self.pool.set_key(number, value)
        self.keys[number] = value

    def commit(self) -> None:
        # A commit may be followed by another that only moves pages.
        before = self.pool.generation
        known = dict(self.states)
        self.states[before + 1] = self.states[before + 2] = (dict(self.blocks), dict(self.keys))
        self.file.underway = before + 2
        changes = self.file.changes
        try:
            self.pool.commit()
        finally:
            if self.file.changes == changes:
                self.states = known  # it didn't even begin
        self._promise()

    def _promise(self) -> None:
        # A second commit that failed, and would only have moved pages, may be in the file all the same.
        self.file.promised, self.file.underway = self.pool.generation, self.pool.generation + 1
        self.states[self.file.promised] = self.states[self.file.underway] = (
            dict(self.blocks),
            dict(self.keys),
        )


def state_of(pool: Pool, addresses: Iterator[int]) -> State:
    """What a pool holds at addresses where blocks should be."""
    blocks = {address: bytes(pool.view(address)) for address in addresses}
    keys = {number: pool.get_key(number) for number in range(16)}
    return blocks, {number: value for number, value in keys.items() if value is not None}
