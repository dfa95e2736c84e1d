"""What every target must do, each as a function of a `Subject`.

These run in the test process for targets that need no debugger, and inside GDB and LLDB for theirs
(see runner.py), so they import nothing but ptatlas and the standard library. The facts are those
that tests/programs/areas.c prints.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from ptatlas.core.errors import EndOfMap, InvalidCookie, MemoryFault, PathTooLong
from ptatlas.core.inferior import Inferior
from ptatlas.core.maps.protection import Protection

MARKER = 0x1122334455667788


class Place(NamedTuple):
    """Bytes that the program told of."""

    address: int
    size: int

    @property
    def end(self) -> int:
        return self.address + self.size


class Subject:
    """A target under test and what is known of it: the truth to hold it against."""

    def __init__(self, inferior: Inferior, facts: dict[str, Any], traits: dict[str, Any]) -> None:
        self.inferior, self.facts, self.traits = inferior, facts, traits
        self.page = facts["page_size"]

    def place(self, name: str) -> Place:
        return Place(**self.facts["places"][name])


@contextmanager
def raises(kind: type[Exception]) -> Iterator[list[Any]]:
    """Catch an error of this kind; it is the yielded list's only element afterwards."""
    caught: list[Any] = []
    try:
        yield caught
    except kind as error:
        caught.append(error)
    assert caught, f"no {kind.__name__} was raised"


def knows_its_architecture(subject: Subject) -> None:
    arch = subject.inferior.arch
    assert (arch.word_size, arch.endian, arch.page_size) == (8, "little", subject.page)


def lists_areas_in_order_and_apart(subject: Subject) -> None:
    areas = list(subject.inferior.areas)
    assert areas
    for left, right in zip(areas, areas[1:]):
        assert left.start < left.end <= right.start, (left, right)


def finds_the_area_of_an_address(subject: Subject) -> None:
    pattern = subject.place("pattern")
    for address in (pattern.address, pattern.end - 1):
        area = subject.inferior.areas.find(address)
        assert area is not None
        assert address in area
        assert subject.inferior.area_at(address) == area


def finds_no_area_where_nothing_is_mapped(subject: Subject) -> None:
    assert subject.inferior.areas.find(0) is None
    assert subject.inferior.area_at(0) is None


def tells_protections_and_never_invents_one(subject: Subject) -> None:
    expected = {"low": (True, True, False), "high": (True, False, False)}
    for name, truth in expected.items():
        area = subject.inferior.areas.find(subject.place(name).address)
        assert area is not None
        told = tuple(area.allows(flag) for flag in (Protection.READ, Protection.WRITE, Protection.EXEC))
        assert told == truth, (name, area)


def tells_sharing_only_where_it_knows(subject: Subject) -> None:
    area = subject.inferior.areas.find(subject.place("shared").address)
    assert area is not None
    assert area.allows(Protection.SHARED) in ((True,) if subject.traits["sharing"] else (True, None))


def tells_which_file_is_mapped_and_from_where(subject: Subject) -> None:
    area = subject.inferior.areas.find(subject.place("file").address)
    assert area is not None
    assert area.path == subject.facts["file"], area
    assert area.offset == 0


def reads_exactly_the_bytes_that_are_there(subject: Subject) -> None:
    place = subject.place("pattern")
    content = subject.inferior.memory.read(place.address, place.size)
    words = (index * 2654435761 % 2**32 for index in range(place.size // 4))
    assert content == b"".join(word.to_bytes(4, "little") for word in words)


def reads_a_file_mapping(subject: Subject) -> None:
    place = subject.place("file")
    content = subject.inferior.memory.read(place.address, place.size)
    assert content == bytes(number % 251 for number in range(place.size))


def reads_across_two_touching_areas(subject: Subject) -> None:
    place = subject.place("border")
    assert subject.inferior.memory.read(place.address, place.size) == b"ptatlas-border-needle"


def reads_nothing_of_nothing(subject: Subject) -> None:
    assert subject.inferior.memory.read(subject.place("pattern").address, 0) == b""


def says_unmapped_where_nothing_is_mapped(subject: Subject) -> None:
    with raises(MemoryFault) as caught:
        subject.inferior.memory.read(0x10, 4)
    assert (caught[0].address, caught[0].reason) == (0x10, "unmapped")


def says_at_which_address_a_read_fails_and_that_it_is_mapped(subject: Subject) -> None:
    file, beyond = subject.place("file"), subject.place("beyond_file")
    with raises(MemoryFault) as caught:
        subject.inferior.memory.read(file.address, beyond.end - file.address)
    assert caught[0].address == beyond.address
    assert caught[0].reason == subject.traits["beyond"]


def reads_up_to_the_first_address_that_is_missing(subject: Subject) -> None:
    file, beyond = subject.place("file"), subject.place("beyond_file")
    buffer = bytearray(beyond.end - file.address)
    done = subject.inferior.memory.read_into(file.address, memoryview(buffer))
    assert done == beyond.address - file.address
    assert buffer[: file.size] == bytes(number % 251 for number in range(file.size))
    assert not any(buffer[file.size : done])


def reads_typed_values(subject: Subject) -> None:
    memory, marker = subject.inferior.memory, subject.facts["marker"]
    assert memory.get_int64(marker) == MARKER
    assert memory.get_c_long(marker) == MARKER
    assert memory.get_int32(marker) == 0x55667788
    assert memory.get_byte(marker + 7) == 0x11


def follows_pointers(subject: Subject) -> None:
    table = subject.place("table")
    followed = [subject.inferior.memory.follow_pointer(table.address + 8 * number) for number in range(3)]
    assert followed == subject.facts["functions"]


def reads_strings_and_tells_them_from_others(subject: Subject) -> None:
    memory, heap = subject.inferior.memory, subject.place("heap")
    assert memory.get_string(heap.address) == b"ptatlas-heap-needle"
    assert memory.is_string(heap.address)
    assert not memory.is_c_identifier(heap.address)
    assert memory.is_c_identifier(subject.place("overlap").address)
    assert not memory.is_string(0)


def keeps_its_generation_while_nothing_happens(subject: Subject) -> None:
    vm = subject.inferior.vm
    assert vm.timestamp() == vm.timestamp()
    assert subject.inferior.areas is subject.inferior.areas


def walks_the_entries_of_the_map_by_cookie(subject: Subject) -> None:
    vm = subject.inferior.vm
    walked = [vm.entry()]
    with raises(EndOfMap):
        while True:
            walked.append(vm.entry(walked[-1].cookie))
    assert walked == list(vm.entries())
    areas = [(area.start, area.end - 1, area.path) for area in subject.inferior.areas]
    assert [(entry.start, entry.last, entry.path) for entry in walked] == areas


def refuses_a_cookie_that_the_map_never_gave(subject: Subject) -> None:
    cookie = subject.inferior.vm.entry().cookie
    with raises(InvalidCookie):
        subject.inferior.vm.entry(cookie._replace(generation=cookie.generation + 1))
    with raises(InvalidCookie):
        subject.inferior.vm.entry(cookie._replace(position=10**9))


def says_how_much_room_a_path_needs(subject: Subject) -> None:
    vm = subject.inferior.vm
    entry = next(entry for entry in vm.entries() if entry.path)
    before = next((e.cookie for e in vm.entries() if e.cookie.position == entry.cookie.position - 1), None)
    required = len(entry.path.encode()) + 1
    with raises(PathTooLong) as caught:
        vm.entry(before, path_capacity=required - 1)
    assert caught[0].required == required
    assert vm.entry(before, path_capacity=required) == entry


CASES: dict[str, Callable[[Subject], None]] = {
    name: function
    for name, function in list(globals().items())
    if callable(function)
    and getattr(function, "__module__", "") == __name__
    and not isinstance(function, type)
    if name not in ("raises", "contextmanager")
}
