"""What stands for an address or a number: everywhere in the public API, whatever it is."""

from __future__ import annotations

import pytest
from ptatlas.core import (
    Area,
    AreaMap,
    Asid,
    Image,
    Inferior,
    InvalidArgument,
    MemoryMap,
    Pattern,
    Scanner,
    SectionCache,
)
from ptatlas.core.integers import as_address, as_integer
from ptatlas.core.ranges import Range
from ptatlas.core.sources import BufferArea, buffer_target

START, SIZE, TOP = 0x10000, 0x2000, 1 << 64
CONTENT = b"ptatlas\0".ljust(SIZE, b".")


class Value:
    """An integer of somebody else's."""

    def __init__(self, number: int) -> None:
        self._number = number

    def __index__(self) -> int:
        return self._number


AT = Value(START)


@pytest.fixture(scope="module")
def inferior() -> Inferior:
    return Inferior(buffer_target([BufferArea(START, CONTENT, "rw-p", "/tmp/data", 0)]))


@pytest.fixture(scope="module")
def file(tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("integers") / "file"
    path.write_bytes(CONTENT)
    return str(path)


@pytest.mark.parametrize("convert", [as_address, as_integer])
def test_an_integer_is_plain(convert):
    assert [(type(n), n) for n in map(convert, (0, TOP, True, Value(7)))] == [
        (int, 0),
        (int, TOP),
        (int, 1),
        (int, 7),
    ]


@pytest.mark.parametrize("value", ["0x10", 1.0, b"\0", None, object()])
@pytest.mark.parametrize("convert", [as_address, as_integer])
def test_what_is_no_integer_says_so(convert, value):
    with pytest.raises(InvalidArgument, match=f"a {type(value).__name__} is no address and no number"):
        convert(value)


def memory_map(_file: str) -> MemoryMap:
    memory = MemoryMap(8, "little")
    memory.add_bytes(CONTENT, AT)
    return memory


MEMORY = {
    "read": (lambda m: m.read(AT, Value(7)), b"ptatlas"),
    "get_byte": (lambda m: m.get_byte(AT), ord("p")),
    "get_bytes": (lambda m: m.get_bytes(AT, Value(2)), b"pt"),
    "get_int32": (lambda m: m.get_int32(AT), int.from_bytes(b"ptat", "little")),
    "get_int64": (lambda m: m.get_int64(AT), int.from_bytes(b"ptatlas\0", "little")),
    "get_c_int": (lambda m: m.get_c_int(AT), int.from_bytes(b"ptat", "little")),
    "get_c_long": (lambda m: m.get_c_long(AT), int.from_bytes(b"ptatlas\0", "little")),
    "follow_pointer": (lambda m: m.follow_pointer(AT), int.from_bytes(b"ptatlas\0", "little")),
    "get_string": (lambda m: m.get_string(AT), b"ptatlas"),
    "get_string, most": (lambda m: m.get_string(AT, most=2), b"pt"),
    "is_mapped": (lambda m: m.is_mapped(AT), True),
    "is_string": (lambda m: m.is_string(AT), True),
    "is_c_identifier": (lambda m: m.is_c_identifier(AT), True),
    "next_word": (lambda m: m.next_word(AT), START + 8),
    "previous_word": (lambda m: m.previous_word(AT), START - 8),
    "align": (lambda m: m.align(Value(START + 1)), START + 8),
    "find": (lambda m: m.find(b"a", Value(START + 3)), START + 5),
    "find_all": (lambda m: list(m.find_all(b"a", Value(START + 3))), [START + 5]),
    "find_pointer": (lambda m: m.find_pointer(Value(int.from_bytes(b"ptatlas\0", "little")), AT), START),
    "read_into": (lambda m: m.read_into(AT, memoryview(bytearray(4))), 4),
}


@pytest.mark.parametrize("call", MEMORY)
def test_in_a_memory_map_and_in_an_inferiors_memory(call, inferior, file):
    run, expected = MEMORY[call]
    assert run(memory_map(file)) == expected
    assert run(inferior.memory) == expected


def image(file: str) -> Image:
    made = Image("made")
    made.add_bytes(CONTENT, AT)
    made.add_file(file, 0, SIZE, Value(2 * START), Asid(cr3=Value(5)))
    return made


def cached(file: str) -> bytes:
    cache = SectionCache()
    return cache.read(cache.add_file(file, 0, SIZE, AT), Value(7), AT)


def areas() -> AreaMap:
    made = AreaMap()
    made.add(Area(AT, Value(START + SIZE)))
    return made


AREA = Area(START, START + SIZE)
OTHERS = {
    "AreaMap.find": (lambda _: areas().find(AT), AREA),
    "AreaMap.find_all": (lambda _: list(areas().find_all(AT)), [AREA]),
    "AreaMap.find_exact": (lambda _: areas().find_exact(AT, Value(START + SIZE)), AREA),
    "AreaMap.find_overlap": (lambda _: areas().find_overlap(AT, Value(START + 1)), AREA),
    "AreaMap.find_overlaps": (lambda _: list(areas().find_overlaps(AT, Value(START + 1))), [AREA]),
    "AreaMap.gaps": (lambda _: list(areas().gaps(Value(0), AT)), [Range(0, START)]),
    "in an Area": (lambda _: [AT in AREA, Value(0) in AREA, "x" in AREA], [True, False, False]),
    "in a Range": (lambda _: [AT in AREA.range, Value(0) in AREA.range], [True, False]),
    "Image.read": (lambda file: image(file).read(AT, Value(7)), b"ptatlas"),
    "Image.read_upto": (lambda file: image(file).read_upto(AT, Value(2)), b"pt"),
    "Image.find": (lambda file: image(file).find(AT).start, START),
    "Image.read, in an Asid": (lambda file: image(file).read(Value(2 * START), 2, Asid(Value(5))), b"pt"),
    "SectionCache": (cached, b"ptatlas"),
    "MemoryMap.add_file": (lambda file: added_file(file).ranges, (Range(START, START + SIZE),)),
    "MemoryMap.add_reader": (lambda file: added_reader(file).read(AT, 2), b"pt"),
    "Pattern.pointer": (lambda _: Pattern.pointer(AT, Value(START + 1)).shown, "0x10000..0x10001"),
    "Pattern.integer": (lambda _: Pattern.integer("i8", Value(-2), Value(3)).shown, "-2..3"),
    "Pattern.masked": (lambda _: Pattern.masked("u8", Value(1), Value(3)).shown, "0x1/0x3"),
    "Scanner": (
        lambda file: [
            hit.address
            for hit in Scanner(memory_map(file), [Area(AT, Value(START + 8))]).find(
                Pattern.text("a"), start=Value(START + 3)
            )
        ],
        [START + 5],
    ),
}


def added_file(file: str) -> MemoryMap:
    memory = MemoryMap()
    memory.add_file(file, AT)
    return memory


def added_reader(file: str) -> MemoryMap:
    memory = MemoryMap()
    memory.add_reader(memory_map(file), AT, Value(START + SIZE))
    return memory


@pytest.mark.parametrize("call", OTHERS)
def test_in(call, file):
    run, expected = OTHERS[call]
    assert run(file) == expected


def test_in_an_inferior(inferior):
    assert inferior.area_at(AT) == inferior.area_now(AT) == inferior.areas.find(START)
    hits = inferior.find(Pattern.text("a"), [Range(AT, Value(START + 8))], start=Value(START + 3))
    assert [hit.address for hit in hits] == [START + 5]


def test_a_map_keeps_plain_integers():
    (area,) = areas()
    assert (type(area.start), type(area.end)) == (int, int)
