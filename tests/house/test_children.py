"""The standard inferior is as its head comment says."""

from __future__ import annotations

import re
import struct
from pathlib import Path

import pytest
from support.children import Child, ChildError, Place
from support.compile import CompileError, compile_c
from support.targets import MAPPED_FILE


def read(child: Child, place: Place) -> bytes:
    with open(f"/proc/{child.pid}/mem", "rb") as memory:
        memory.seek(place.address)
        return memory.read(place.size)


def lines_of_map(child: Child) -> dict[Place, str]:
    """Where each mapping is, and its permissions."""
    found = {}
    for line in Path(f"/proc/{child.pid}/maps").read_text().splitlines():
        start, end, permissions = re.match(r"(\w+)-(\w+) (\S+)", line).groups()
        found[Place(int(start, 16), int(end, 16) - int(start, 16))] = permissions
    return found


@pytest.mark.parametrize(
    ("name", "permissions"),
    [
        pytest.param("pattern", "rw-p", id="pattern"),
        pytest.param("low", "rw-p", id="low"),
        pytest.param("high", "r--p", id="high"),
        pytest.param("overlap_page", "rw-p", id="overlap_page"),
        pytest.param("hole", "---p", id="hole"),
        pytest.param("shared", "rw-s", id="shared"),
        pytest.param("reserved", "rw-p", id="reserved"),
    ],
)
def test_a_place_is_a_mapping_of_its_own(areas_child, name, permissions):
    assert lines_of_map(areas_child)[areas_child.place(name)] == permissions


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("heap", b"ptatlas-heap-needle", id="heap"),
        pytest.param("border", b"ptatlas-border-needle", id="border"),
        pytest.param("before_hole", b"ptatlas-before-needle", id="before_hole"),
        pytest.param("after_hole", b"ptatlas-after-needle", id="after_hole"),
        pytest.param("shared_text", b"ptatlas-shared-needle", id="shared_text"),
    ],
)
def test_a_needle_is_in_memory_once_and_where_it_is_said_to_be(areas_child, name, text):
    assert read(areas_child, areas_child.place(name)) == text
    assert sum(count(areas_child, place, text) for place in readable(areas_child)) == (name != "border")


def readable(child: Child) -> list[Place]:
    too_large = child.place("reserved")
    return [place for place, what in lines_of_map(child).items() if what[0] == "r" and place != too_large]


def count(child: Child, place: Place, text: bytes) -> int:
    try:
        return read(child, place).count(text)
    except OSError:  # [vvar] looks readable and is not
        return 0


def test_the_needle_at_the_border_is_half_in_each_of_two_touching_mappings(areas_child):
    low, high, border = map(areas_child.place, ("low", "high", "border"))
    assert low.end == high.address
    assert border.address < high.address < border.end


def test_the_hole_lies_between_its_two_needles(areas_child):
    before, hole, after = map(areas_child.place, ("before_hole", "hole", "after_hole"))
    assert (before.end, hole.end) == (hole.address, after.address)


def test_the_pattern_is_a_known_one(areas_child):
    words = struct.unpack("=65536I", read(areas_child, areas_child.place("pattern")))
    assert list(words) == [index * 2654435761 % 2**32 for index in range(65536)]


def test_the_globals_hold_what_they_should(areas_child):
    marker = read(areas_child, Place(areas_child.facts["marker"], 8))
    table = read(areas_child, areas_child.place("table"))
    assert struct.unpack("=Q", marker)[0] == 0x1122334455667788
    assert list(struct.unpack("=3Q", table)) == areas_child.facts["functions"]


def test_the_given_file_is_mapped(areas_child):
    assert read(areas_child, areas_child.place("file")) == MAPPED_FILE


def test_a_place_is_unmapped_on_command(areas_child):
    areas_child.tell("unmap pattern")
    assert areas_child.place("pattern") not in lines_of_map(areas_child)


@pytest.mark.parametrize(("word", "permissions"), [("r", "r--p"), ("rw", "rw-p")])
def test_a_place_is_protected_on_command(areas_child, word, permissions):
    areas_child.tell("protect pattern none")
    areas_child.tell(f"protect pattern {word}")
    assert lines_of_map(areas_child)[areas_child.place("pattern")] == permissions


def test_a_byte_is_written_on_command(areas_child):
    areas_child.tell(f"write pattern 5 {0xAB}")
    assert read(areas_child, areas_child.place("pattern"))[5] == 0xAB


def test_a_new_mapping_is_made_on_command_and_can_be_unmapped_by_name(areas_child):
    answer = areas_child.tell("map fresh 3")
    fresh = Place(answer["address"], answer["size"])
    assert lines_of_map(areas_child)[fresh] == "rw-p"
    areas_child.tell("unmap fresh")
    assert fresh not in lines_of_map(areas_child)


@pytest.mark.parametrize(
    "command", ["dance", "unmap nothing", "protect low rwx", "write heap 1000 1", "unmap heap"]
)
def test_a_command_that_cannot_be_obeyed_is_an_error_and_the_child_goes_on(areas_child, command):
    with pytest.raises(ChildError):
        areas_child.tell(command)
    assert areas_child.tell("write pattern 0 0") == {"done": "write"}


def test_quit_ends_the_child(areas_child):
    assert areas_child.tell("quit") == {"done": "quit"}
    assert areas_child.wait() == 0


def test_a_child_that_dies_before_it_is_ready_is_an_error(build_dir):
    program = compile_c("int main(void) { return 3; }", build_dir)
    with pytest.raises(ChildError, match="status 3"):
        Child(program)


def test_a_program_is_compiled_once_for_the_same_text_and_flags(build_dir):
    text = "int main(void) { return 0; }"
    first, again, other = (compile_c(text, build_dir, *flags) for flags in ((), (), ("-O2",)))
    assert first == again
    assert first != other


def test_a_program_that_does_not_compile_says_why_and_leaves_none(build_dir):
    for _ in range(2):
        with pytest.raises(CompileError, match="nonsense"):
            compile_c("nonsense", build_dir)
