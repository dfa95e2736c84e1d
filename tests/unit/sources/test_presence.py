"""The presence of an inferior that only its debugger can read: by a byte of it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ptatlas.core.errors import SourceDenied, SourceError
from ptatlas.core.ports.threads import Thread
from ptatlas.core.sources import BufferArea, buffer_target
from ptatlas.core.sources.presence import MemoryPresence

PC, SP, OTHER, AREA = 0x10, 0x20, 0x30, 0x1000


class Threads:
    def threads(self):
        return [Thread(1, SP), Thread(2, OTHER), Thread(3, None)]


class Denied:
    source = "denied"

    def areas(self):
        raise SourceDenied("no map")


class Memory:
    """Bytes that can be read, and where reads were tried."""

    def __init__(self, *readable: int) -> None:
        self.readable, self.tried = set(readable), []

    def __call__(self, address: int) -> str | None:
        self.tried.append(address)
        return None if address in self.readable else f"no byte at {address:#x}"


def presence(memory: Memory, **ports: object) -> MemoryPresence:
    areas = [BufferArea(AREA - 0x1000, bytes(16), "---p"), BufferArea(AREA, bytes(16), "r--p")]
    target = replace(buffer_target(areas), **{"threads": Threads(), "pid": 42, **ports})
    return MemoryPresence(target, memory, lambda: (PC, SP))


@pytest.mark.parametrize("readable", [PC, SP, OTHER, AREA])
def test_one_byte_is_enough(readable: int) -> None:
    presence(Memory(readable)).check()


def test_the_byte_is_tried_first_the_next_time() -> None:
    memory = Memory(OTHER)
    known = presence(memory)
    known.check()
    memory.tried.clear()
    known.check()
    assert memory.tried == [OTHER]


def test_another_byte_will_do_when_that_one_is_unmapped() -> None:
    memory = Memory(PC)
    known = presence(memory)
    known.check()
    memory.readable = {AREA}
    known.check()


@pytest.mark.parametrize(
    "ports", [{}, {"listers": (Denied(),)}, {"threads": None}], ids=["all", "no map", "no threads"]
)
def test_an_inferior_of_which_nothing_can_be_read_is_gone(ports: dict[str, object]) -> None:
    with pytest.raises(SourceError, match="gone, or out of reach: no byte at 0x10"):
        presence(Memory(), **ports).check()


def test_memory_that_may_not_be_read_is_not_tried() -> None:
    memory = Memory()
    with pytest.raises(SourceError):
        presence(memory).check()
    assert memory.tried == [PC, SP, SP, OTHER, AREA]


@pytest.mark.parametrize("pid", [None, 1])
def test_a_machine_whose_processor_is_nowhere_is_there(pid: int | None) -> None:
    presence(Memory(), pid=pid).check()


def test_a_machine_that_could_be_read_is_gone_when_it_no_longer_can() -> None:
    memory = Memory(PC)
    known = presence(memory, pid=1)
    known.check()
    memory.readable.clear()
    with pytest.raises(SourceError, match="out of reach"):
        known.check()
