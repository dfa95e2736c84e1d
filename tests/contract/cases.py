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
    """A target under test and what is known of it: the truth to hold it against.

    `traits` say what a target can tell: `word_size`, `endian`; `map` (`whole`; `hosted`, which is whole but
    for what nobody can read; or what is `loaded` only), `access` (whether protections are known), `sharing`,
    `offsets` (of files); `proves_files`, whether a mapped file needs no trust; `missing`, a place that can't
    be read, and `reason`, why.
    """

    def __init__(self, inferior: Inferior, facts: dict[str, Any], traits: dict[str, Any]) -> None:
        self.inferior, self.facts, self.traits = inferior, facts, traits
        self.page = facts["page_size"]

    @property
    def has_whole_map(self) -> bool:
        return self.traits["map"] in ("whole", "hosted")

    @property
    def with_files(self) -> Inferior:
        """The inferior with the content of mapped files: where nothing proves them, they are trusted."""
        return self.inferior if self.traits["proves_files"] else self.inferior.trusting()

    def place(self, name: str) -> Place:
        return Place(**self.facts["places"][name])

    def missing(self) -> tuple[Place, Place]:
        """What can be read, and the place right after it that can't."""
        missing = self.place(self.traits["missing"])
        start = self.place({"beyond_file": "file", "hole": "holed"}[self.traits["missing"]]).address
        return Place(start, missing.address - start), missing


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
    assert arch[:3] == (subject.traits["word_size"], subject.traits["endian"], subject.page)


def lists_areas_in_order_and_apart(subject: Subject) -> None:
    areas = list(subject.inferior.areas)
    assert areas
    for left, right in zip(areas, areas[1:]):
        assert left.start < left.end <= right.start, (left, right)


def finds_the_area_of_an_address(subject: Subject) -> None:
    place = subject.place("pattern" if subject.has_whole_map else "table")
    for address in (place.address, place.end - 1):
        area = subject.inferior.areas.find(address)
        assert area is not None
        assert address in area
        assert subject.inferior.area_at(address) == area


def finds_no_area_where_nothing_is_mapped(subject: Subject) -> None:
    assert subject.inferior.areas.find(0) is None
    assert subject.inferior.area_at(0) is None


def tells_protections_and_never_invents_one(subject: Subject) -> None:
    expected: dict[str, tuple[object, ...]] = {"table": (None, None, None)}
    if subject.traits["access"]:
        reading = True if subject.traits["reading"] else None
        expected = {"low": (reading, True, False), "high": (reading, False, False)}
    for name, truth in expected.items():
        area = subject.inferior.areas.find(subject.place(name).address)
        assert area is not None
        told = tuple(area.allows(flag) for flag in (Protection.READ, Protection.WRITE, Protection.EXEC))
        assert told == truth, (name, area)


def tells_sharing_only_where_it_knows(subject: Subject) -> None:
    area = subject.inferior.areas.find(subject.place("shared" if subject.has_whole_map else "table").address)
    assert area is not None
    assert area.allows(Protection.SHARED) in ((True,) if subject.traits["sharing"] else (True, None))


def lists_nothing_that_is_not_known_to_be_there(subject: Subject) -> None:
    listed = subject.inferior.areas.find(subject.place("pattern").address) is not None
    assert listed == subject.has_whole_map
    is_all_told = subject.traits["map"] == "whole" and subject.traits["proves_files"]
    assert bool(subject.inferior.target.problems) != is_all_told


def tells_which_file_is_mapped_and_from_where(subject: Subject) -> None:
    name, path = ("file", "file") if subject.has_whole_map else ("table", "program")
    area = subject.inferior.areas.find(subject.place(name).address)
    assert area is not None
    assert area.path == subject.facts[path], area
    offset = 0 if subject.has_whole_map else subject.facts["program_offset"]
    assert area.offset == (offset if subject.traits["offsets"] else None)


def reads_exactly_the_bytes_that_are_there(subject: Subject) -> None:
    place = subject.place("pattern")
    content = subject.inferior.memory.read(place.address, place.size)
    words = (index * 2654435761 % 2**32 for index in range(place.size // 4))
    assert content == b"".join(word.to_bytes(4, subject.traits["endian"]) for word in words)


def reads_a_file_mapping(subject: Subject) -> None:
    place = subject.place("file")
    content = subject.with_files.memory.read(place.address, place.size)
    assert content == bytes(number % 251 for number in range(place.size))


def reads_no_file_that_somebody_names_and_nothing_proves(subject: Subject) -> None:
    place, told = subject.place("file"), subject.with_files.target.unproven
    if subject.traits["proves_files"]:
        assert not told
        return
    with raises(MemoryFault) as caught:
        subject.inferior.memory.read(place.address, place.size)
    assert caught[0].reason == "absent"
    assert any(part.start == place.address and part.path == subject.facts["file"] for part in told)
    assert not subject.inferior.target.unproven


def reads_across_two_touching_areas(subject: Subject) -> None:
    place = subject.place("border")
    assert subject.inferior.memory.read(place.address, place.size) == b"ptatlas-border-needle"


def reads_nothing_of_nothing(subject: Subject) -> None:
    assert subject.inferior.memory.read(subject.place("pattern").address, 0) == b""


def says_unmapped_where_nothing_is_mapped(subject: Subject) -> None:
    with raises(MemoryFault) as caught:
        subject.inferior.memory.read(0x10, 4)
    assert (caught[0].address, caught[0].reason) == (0x10, "unmapped")


def says_at_which_address_a_read_fails_and_why(subject: Subject) -> None:
    there, missing = subject.missing()
    with raises(MemoryFault) as caught:
        subject.with_files.memory.read(there.address, missing.end - there.address)
    assert caught[0].address == missing.address
    assert caught[0].reason == subject.traits["reason"]


def reads_up_to_the_first_address_that_is_missing(subject: Subject) -> None:
    there, missing = subject.missing()
    buffer = bytearray(missing.end - there.address)
    memory = subject.with_files.memory
    done = memory.read_into(there.address, memoryview(buffer))
    assert done == there.size
    assert buffer[:done] == memory.read(there.address, there.size)


def reads_zeros_up_to_the_end_of_a_file_s_last_page(subject: Subject) -> None:
    file = subject.place("file")
    rest = subject.place("beyond_file").address - file.end
    assert subject.with_files.memory.read(file.end, rest) == bytes(rest)


def reads_typed_values(subject: Subject) -> None:
    memory, marker = subject.inferior.memory, subject.facts["marker"]
    word = MARKER % (1 << 8 * subject.traits["word_size"])
    assert memory.get_c_long(marker) == word
    assert memory.get_byte(marker) == word.to_bytes(subject.traits["word_size"], subject.traits["endian"])[0]
    u32 = subject.place("pattern").address + 4
    assert memory.get_int32(u32) % 2**32 == 2654435761
    low, high = (3 * 2654435761 % 2**32, 2 * 2654435761 % 2**32)
    wide = low << 32 | high if subject.traits["endian"] == "little" else high << 32 | low
    assert memory.get_int64(u32 + 4) % 2**64 == wide


def follows_pointers(subject: Subject) -> None:
    table, word = subject.place("table"), subject.traits["word_size"]
    followed = [subject.inferior.memory.follow_pointer(table.address + word * number) for number in range(3)]
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


def asks_for_no_room_where_there_is_no_path(subject: Subject) -> None:
    vm = subject.inferior.vm
    entries = list(vm.entries())
    for before, entry in zip([None, *(one.cookie for one in entries)], entries):
        if not entry.path:
            assert vm.entry(before, path_capacity=0) == entry


CASES: dict[str, Callable[[Subject], None]] = {
    name: function
    for name, function in list(globals().items())
    if callable(function)
    and getattr(function, "__module__", "") == __name__
    and not isinstance(function, type)
    if name not in ("raises", "contextmanager")
}
