"""check: where memory isn't what the image says, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from ptatlas.core.arch import SMALLEST_PAGE as PAGE
from ptatlas.core.images.check.check import CHUNK, CheckResult, check
from ptatlas.core.images.check.difference import LINKERS_OWN, Difference
from ptatlas.core.images.mapped.load import load_image
from ptatlas.core.images.mapped.mapped_files import MappedFiles
from ptatlas.core.images.model.image import Image
from ptatlas.core.images.model.image_areas import ImageReader
from ptatlas.core.maps.area import Area
from ptatlas.core.maps.area_map import AreaMap
from ptatlas.core.maps.protection import Protection
from ptatlas.core.ports.memory import MemoryReader
from ptatlas.core.sources.buffer import buffer_target
from ptatlas.core.sources.procfs.process import process_target
from ptatlas.core.walk.coverage import Unreadable
from ptatlas.core.watch import Progress, Watch
from support.children import Child
from support.compile import compile_c
from support.targets import Reader, area, interrupt, on_read

BASE = 0x400000


def code(size: int, start: int = BASE, path: str = "") -> Area:
    return area(start, start + size, path, perms="r-xp")


def reader_of(data: bytes, start: int = BASE) -> MemoryReader:
    (reader,) = buffer_target([(start, data, "r-xp")]).readers
    return reader


def image_of(data: bytes, start: int = BASE) -> Image:
    image = Image("expected")
    image.add_bytes(data, start)
    return image


def told(result: CheckResult) -> list[tuple[int, bytes, bytes, str]]:
    return [(each.start - BASE, each.expected, each.actual, each.cause) for each in result.differences]


# --- ranges


def test_equal_memory_differs_nowhere() -> None:
    result = check(image_of(b"same"), reader_of(b"same"), [code(4)])
    assert result.differences == ()
    assert result.coverage.searched == result.coverage.size == 4


def test_ranges_hold_exactly_the_bytes_that_differ() -> None:
    result = check(image_of(b"0123456789"), reader_of(b"0x234yz78w"), [code(10)])
    assert told(result) == [
        (1, b"1", b"x", "unknown"),
        (5, b"56", b"yz", "unknown"),
        (9, b"9", b"w", "unknown"),
    ]


def test_a_range_across_chunks_is_one() -> None:
    data = bytearray(2 * CHUNK)
    data[CHUNK - 2 : CHUNK + 2] = b"abcd"
    result = check(image_of(bytes(2 * CHUNK)), reader_of(bytes(data)), [code(2 * CHUNK)])
    assert told(result) == [(CHUNK - 2, bytes(4), b"abcd", "unknown")]


def test_the_top_byte_is_compared() -> None:
    top = 1 << 64
    result = check(image_of(b"ab", top - 2), reader_of(b"ac", top - 2), [code(2, top - 2)])
    assert [(each.start, each.end) for each in result.differences] == [(top - 1, top)]


def test_what_the_image_does_not_hold_is_left_out() -> None:
    result = check(image_of(b"2345", BASE + 2), reader_of(b"xx2345yyyy"), [code(10)])
    assert result.differences == ()
    assert (result.coverage.searched, result.coverage.left_out) == (4, 6)


def test_what_cannot_be_read_is_told_and_the_rest_compared() -> None:
    data = bytearray(3 * PAGE)
    data[PAGE + 5] = 7
    target = buffer_target(
        [(BASE, bytes(data), "r-xp")],
        unreadable=[(BASE + 100, BASE + PAGE + 2)],
        absent=[(BASE + 2 * PAGE, BASE + 3 * PAGE)],
    )
    result = check(image_of(bytes(3 * PAGE)), target.readers[0], [code(3 * PAGE)], absent=target.absent)
    assert told(result) == [(PAGE + 5, b"\0", b"\7", "unknown")]
    assert result.coverage.unreadable == (
        Unreadable(BASE + 100, BASE + PAGE + 2, "unreadable"),
        Unreadable(BASE + 2 * PAGE, BASE + 3 * PAGE, "absent"),
    )
    assert result.coverage.size == 3 * PAGE


def test_offsets_are_those_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(bytes(0x100) + b"0123456789")
    image = Image()
    image.add_file(path, 0x102, 8, BASE)
    (difference,) = check(image, reader_of(b"234x6789"), [code(8)]).differences
    assert (difference.path, difference.file_offset) == (str(path), 0x105)


def test_an_interrupt_keeps_what_was_found_and_says_where_to_go_on() -> None:
    polls = iter([False, False, True])
    memory = b"x" + bytes(3 * CHUNK - 1)
    result = check(
        image_of(bytes(3 * CHUNK)), reader_of(memory), [code(3 * CHUNK)], watch=Watch(lambda: next(polls))
    )
    assert told(result) == [(0, b"\0", b"x", "unknown")]
    assert result.stopped == BASE + 2 * CHUNK
    assert (result.coverage.searched, result.coverage.left_out) == (2 * CHUNK, CHUNK)


def test_it_goes_on_from_where_it_was_interrupted() -> None:
    memory = b"x" + bytes(CHUNK - 1) + b"y" + bytes(2 * CHUNK - 1)
    image, areas = image_of(bytes(3 * CHUNK)), [code(3 * CHUNK)]
    rest = check(image, reader_of(memory), areas, start=BASE + CHUNK)
    assert told(rest) == [(CHUNK, b"\0", b"y", "unknown")]
    assert (rest.coverage.searched, rest.coverage.left_out) == (2 * CHUNK, CHUNK)


def test_it_tells_how_far_it_is_and_how_much_differs() -> None:
    heard: list[Progress] = []
    memory = b"x" + bytes(2 * CHUNK - 1)
    check(image_of(bytes(2 * CHUNK)), reader_of(memory), [code(2 * CHUNK)], watch=Watch(show=heard.append))
    assert heard == [
        Progress(0, 2 * CHUNK, 0, "difference"),
        Progress(CHUNK, 2 * CHUNK, 1, "difference"),
    ]


def test_an_interrupt_that_comes_by_itself_does_the_same() -> None:
    reader = Reader(reader_of(b"x" + bytes(3 * CHUNK - 1)), on_read(2, interrupt), thread_safe=False)
    result = check(image_of(bytes(3 * CHUNK)), reader, [code(3 * CHUNK)])
    assert told(result) == [(0, b"\0", b"x", "unknown")]
    assert result.stopped == BASE + CHUNK
    assert (result.coverage.searched, result.coverage.left_out) == (CHUNK, 2 * CHUNK)


def test_without_areas_everything_that_the_image_holds_is_compared() -> None:
    image = image_of(b"0123")
    image.add_bytes(b"4567", BASE + 100)
    result = check(image, reader_of(b"0x23" + bytes(96) + b"45y7"))
    assert told(result) == [(1, b"1", b"x", "unknown"), (102, b"6", b"y", "unknown")]


# --- what the debugger hides


def test_what_only_the_processor_sees_is_a_breakpoint() -> None:
    expected, shown, seen = b"0123456789", b"01234x6789", b"0\xcc234x6\xcc89"
    result = check(image_of(expected), reader_of(shown), [code(10)], raw=reader_of(seen))
    assert told(result) == [
        (1, b"1", b"\xcc", "breakpoint"),
        (5, b"5", b"x", "unknown"),
        (7, b"7", b"\xcc", "breakpoint"),
    ]


def test_a_breakpoint_on_patched_code_hides_nothing() -> None:
    result = check(image_of(b"0123"), reader_of(b"0x23"), [code(4)], raw=reader_of(b"0\xcc23"))
    assert told(result) == [(1, b"1", b"\xcc", "breakpoint"), (1, b"1", b"x", "unknown")]


# --- files that aren't what is mapped


def test_a_file_that_changed_since_is_told_instead(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"0123")
    image = Image()
    image.add_file(path, 0, 4, BASE)
    path.write_bytes(b"completely different")
    where = code(4, path=str(path))
    result = check(image, reader_of(b"0123"), [where])
    ((told_path, why, areas),) = result.unfit
    assert (told_path, areas) == (str(path), (where,))
    assert "since it was added" in why
    assert (result.differences, result.coverage.left_out) == ((), 4)


@pytest.mark.parametrize("name", ["file", "file (deleted)"])
def test_a_file_that_was_deleted_since_is_told_instead(tmp_path: Path, name: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"0123")
    image = Image()
    image.add_file(path, 0, 4, BASE)
    path.unlink()
    result = check(image, reader_of(b"abcd"), [code(4, path=str(tmp_path / name))])
    assert [unfit.path for unfit in result.unfit] == [str(path)]
    assert (result.differences, result.coverage.left_out) == ((), 4)


def test_another_copy_may_be_held_against_a_deleted_file(tmp_path: Path) -> None:
    golden = tmp_path / "golden"
    golden.write_bytes(b"0123")
    image = Image()
    image.add_file(golden, 0, 4, BASE)
    result = check(image, reader_of(b"0x23"), [code(4, path=str(tmp_path / "gone (deleted)"))])
    assert told(result) == [(1, b"1", b"x", "unknown")]
    assert result.unfit == ()


# --- a real process

PATCHED = r"""
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
extern char **environ;
__attribute__((noinline)) int victim(int n) { return n * 3; }
static int here;
int *relative[] = {&here, &here};
int *const constant[] = {&here, &here};
char ***symbol = &environ;
char ***hijacked = &environ;
int main(void) {
    long page = sysconf(_SC_PAGESIZE);
    unsigned char *code = (unsigned char *)victim;
    char *start = (char *)((uintptr_t)code / page * page);
    char line[16];
    if (mprotect(start, 2 * page, PROT_READ | PROT_WRITE | PROT_EXEC)) return 1;
    memcpy(code, "\xe9\x11\x22\x33\x44", 5);
    if (mprotect(start, 2 * page, PROT_READ | PROT_EXEC)) return 1;
    relative[1] = (int *)0x11223344;
    hijacked = (char ***)&here;
    printf("{\"victim\": %lu, \"relative\": %lu, \"constant\": %lu, \"symbol\": %lu, \"hijacked\": %lu}\n",
           (unsigned long)code, (unsigned long)relative, (unsigned long)constant, (unsigned long)&symbol,
           (unsigned long)&hijacked);
    fflush(stdout);
    return fgets(line, sizeof line, stdin) == NULL;
}
"""


class Live(NamedTuple):
    """A process that is looked at, and the program it runs."""

    facts: dict[str, int]
    areas: list[Area]
    reader: MemoryReader
    program: Path

    @property
    def files(self) -> MappedFiles:
        return MappedFiles(AreaMap(self.areas), self.reader, trusts=True)

    def image(self, name: str = "files") -> Image:
        return load_image(name, self.areas, self.files).image

    def check(self, areas: list[Area], image: Image | None = None) -> CheckResult:
        image = self.image() if image is None else image
        return check(image, self.reader, areas, files=self.files)


@pytest.fixture
def patched(build_dir: Path) -> Iterator[Live]:
    program = compile_c(PATCHED, build_dir)
    with Child(program) as child:
        target = process_target(child.pid)
        yield Live(child.facts, list(target.listers[0].areas()), target.readers[0], program)


def of_program(live: Live, perms: str) -> list[Area]:
    return [each for each in live.areas if each.path == str(live.program) and each.perms == perms]


def test_patched_code_of_a_process_is_found_and_nothing_else(patched: Live) -> None:
    code = [each for each in patched.areas if each.allows(Protection.EXEC)]
    result = patched.check(code)
    victim = patched.facts["victim"]
    image = patched.image()
    differing = {
        place: byte for each in result.differences for place, byte in enumerate(each.actual, each.start)
    }
    patch = dict(enumerate(b"\xe9\x11\x22\x33\x44", victim))
    assert differing == {
        place: byte for place, byte in patch.items() if image.read(place, 1) != bytes([byte])
    }
    assert {each.cause for each in result.differences} == {"unknown"}
    assert result.unfit == ()


def within(differences: tuple[Difference, ...], start: int, end: int) -> list[Difference]:
    return [each for each in differences if each.start < end and start < each.end]


def test_relocated_words_are_told_from_overwritten_ones(patched: Live) -> None:
    result = patched.check(of_program(patched, "rw-p"))
    start = patched.facts["relative"]
    assert {each.cause for each in within(result.differences, start, start + 8)} == {"relocation"}
    assert {each.cause for each in within(result.differences, start + 8, start + 16)} == {"unknown"}


def test_a_word_for_a_symbol_that_points_elsewhere_is_unknown_though_that_is_mapped(patched: Live) -> None:
    result = patched.check(of_program(patched, "rw-p"))
    for name, cause in (("symbol", "relocation"), ("hijacked", "unknown")):
        start = patched.facts[name]
        assert {each.cause for each in within(result.differences, start, start + 8)} == {cause}


def test_a_linkers_own_variables_are_told_as_such(patched: Live) -> None:
    """They differ, and no table lists them: the dynamic linker sets them by code before it protects them."""
    files = [each for each in patched.areas if each.path and each.perms == "r--p"]
    unknown = [each for each in patched.check(files).differences if each.cause == "unknown"]
    assert unknown
    assert {Path(each.path or "").name.partition("-")[0] for each in unknown} == {"ld"}
    assert {each.note for each in unknown} == {LINKERS_OWN}
    others = [each for each in patched.check(patched.areas).differences if each.cause != "unknown"]
    assert {each.note for each in others} == {None}


def test_what_is_read_only_after_relocation_holds_relocations_only(patched: Live) -> None:
    relro = [each for each in of_program(patched, "r--p") if patched.facts["constant"] in each]
    assert relro
    causes = Counter(each.cause for each in patched.check(relro).differences)
    assert causes["relocation"] >= 2
    assert set(causes) == {"relocation"}


def test_an_inserted_breakpoint_of_a_process_is_told(patched: Live) -> None:
    """The image and the reader stand for what a debugger shows: the original byte."""
    shown = patched.image("shown")
    code = of_program(patched, "r-xp")
    files = MappedFiles(AreaMap(patched.areas), ImageReader(shown), trusts=True)
    result = check(shown, ImageReader(shown), code, files=files, raw=patched.reader)
    assert {each.cause for each in result.differences} == {"breakpoint"}
    assert all(
        patched.facts["victim"] <= each.start < patched.facts["victim"] + 5 for each in result.differences
    )
