"""pt-image: sections placed at addresses, and what the commands say of them and refuse."""

from __future__ import annotations

import os

import pytest
from ptatlas.core.commands.registry import COMMANDS
from ptatlas.core.commands.shell.context import Context
from ptatlas.core.commands.shell.dispatch import CommandFailed, execute
from ptatlas.core.sources import BufferArea
from ptatlas.core.watch import Watch
from support.shell import Shell
from support.targets import over

PAGE = 0x1000


@pytest.fixture
def shell():
    """No inferior: images need none."""
    return Shell()


@pytest.fixture
def file(tmp_path):
    """A file of four pages: byte N is N mod 251."""
    path = tmp_path / "data"
    path.write_bytes(bytes(number % 251 for number in range(4 * PAGE)))
    return path


def sections(shell: Shell, name: str) -> list[tuple[int, int, int]]:
    """Start, end and offset in the file of each section."""
    told = shell.json(f"pt-image show {name}")["sections"]
    return [(int(s["start"], 16), int(s["end"], 16), s["content"]["offset"]) for s in told]


def test_without_a_call_it_lists_the_images(shell):
    assert shell.lines("pt-image") == ["no images"]
    assert shell.found is False
    shell.run("pt-image new b")
    shell.run("pt-image new a")
    assert [row["name"] for row in shell.json("pt-image")["images"]] == ["a", "b"]
    assert shell.run("pt-image") == shell.run("pt-image list")


def test_the_list_says_how_much_is_in_each(shell, file):
    shell.run("pt-image new it")
    shell.run(f"pt-image add-file it {file} 0 2K 0x1000")
    shell.run(f"pt-image add-file it {file} 0 1K 0x8000")
    (row,) = shell.json("pt-image list")["images"]
    assert (row["name"], row["sections"], row["bytes"]) == ("it", 2, 3072)


def test_an_image_that_was_dropped_is_gone(shell):
    shell.run("pt-image new it")
    shell.run("pt-image drop it")
    assert shell.json("pt-image list")["images"] == []


def test_what_is_made_filled_and_dropped_is_told_in_documents_and_without_a_word_in_tables(shell, file):
    assert shell.json("pt-image new it") == {"schema": "ptatlas.new/1", "image": "it"}
    assert shell.json(f"pt-image add-file it {file} 0x3ff0 1M 0x1000") == {
        "schema": "ptatlas.add-file/1",
        "image": "it",
        "path": str(file),
        "offset": 0x3FF0,
        "size": 16,  # cut at the end of the file
        "start": "0x1000",
        "end": "0x1010",
    }
    assert shell.json("pt-image drop it") == {"schema": "ptatlas.drop/1", "image": "it", "store": "memory"}
    lines = "new it", f"add-file it {file} 0 1 0", "drop it"
    assert [shell.run(f"pt-image {line}") for line in lines] == ["", "", ""]


def test_a_section_says_where_it_is_and_what_is_in_it(shell, file):
    shell.run("pt-image new it")
    shell.run(f"pt-image add-file it {file} 0x100 0x200 0x400000 --cr3 0x1000")
    document = shell.json("pt-image show it")
    (section,) = document["sections"]
    assert document["schema"] == "ptatlas.image/1"
    assert (section["start"], section["end"]) == ("0x400000", "0x400200")
    assert section["asid"] == {"cr3": "0x1000", "vmcs": None}
    assert section["content"] == {"kind": "file", "path": str(file), "offset": 0x100}
    assert "cr3=0x1000" in shell.run("pt-image show it")


@pytest.mark.parametrize(
    ("offset", "size", "where", "left"),
    [
        pytest.param(0x800, 0x1000, 0x3000, [(0x1000, 0x3000, 0), (0x3000, 0x4000, 0x800)], id="behind"),
        pytest.param(0, 0x1000, 0x2000, [(0x1000, 0x2000, 0), (0x2000, 0x3000, 0)], id="over the end"),
        pytest.param(0, 0x1000, 0x800, [(0x800, 0x1800, 0), (0x1800, 0x3000, 0x800)], id="over the start"),
        pytest.param(
            0x40,
            0x100,
            0x1800,
            [(0x1000, 0x1800, 0), (0x1800, 0x1900, 0x40), (0x1900, 0x3000, 0x900)],
            id="in the middle",
        ),
        pytest.param(0, 0x3000, 0x800, [(0x800, 0x3800, 0)], id="over all of it"),
        pytest.param(0, 0x2000, 0x1000, [(0x1000, 0x3000, 0)], id="the same again"),
    ],
)
def test_a_new_section_cuts_or_splits_the_old_one_and_offsets_stay_right(
    shell, file, offset, size, where, left
):
    shell.run("pt-image new it")
    shell.run(f"pt-image add-file it {file} 0 0x2000 0x1000")
    shell.run(f"pt-image add-file it {file} {offset} {size} {where}")
    assert sections(shell, "it") == left
    content = file.read_bytes()
    for start, end, at in left:
        told = shell.json(f"pt-image read it {start} {end - start}")["bytes"]
        assert bytes.fromhex(told) == content[at : at + end - start]


def test_sections_of_other_address_spaces_stay(shell, file):
    shell.run("pt-image new it")
    shell.run(f"pt-image add-file it {file} 0 16 0x1000 --cr3 1")
    shell.run(f"pt-image add-file it {file} 32 16 0x1000 --cr3 2")
    assert len(sections(shell, "it")) == 2
    first, second = (shell.json(f"pt-image read it 0x1000 4 --cr3 {cr3}")["bytes"] for cr3 in (1, 2))
    assert (first, second) == ("00010203", "20212223")
    with pytest.raises(CommandFailed):
        shell.run("pt-image read it 0x1000 4 --cr3 3")
    shell.run(f"pt-image add-file it {file} 0 16 0x1000")
    assert len(sections(shell, "it")) == 1


def test_a_size_is_cut_at_the_end_of_the_file(shell, file):
    shell.run("pt-image new it")
    shell.run(f"pt-image add-file it {file} 0x3f00 1M 0x1000")
    assert sections(shell, "it") == [(0x1000, 0x1100, 0x3F00)]


def test_a_section_may_end_at_the_top_of_the_address_space(shell, file):
    shell.run("pt-image new it")
    shell.run(f"pt-image add-file it {file} 0 16 {2**64 - 16}")
    assert sections(shell, "it") == [(2**64 - 16, 2**64, 0)]
    assert shell.json("pt-image read it 0xffffffffffffffff 1")["bytes"] == "0f"


def test_reading_is_a_hexdump_and_with_o_the_raw_bytes(shell, file, tmp_path):
    shell.run("pt-image new it")
    shell.run(f"pt-image add-file it {file} 0x41 0x20 0x1004")
    (line,) = shell.lines("pt-image read it 0x1004 4")
    assert line.split() == ["0x0000000000001000", "41", "42", "43", "44", "ABCD"]
    assert line.index("41") == len("0x0000000000001000  ") + 4 * 3
    out = tmp_path / "out"
    assert shell.run(f"pt-image read it 0x1004 0x20 -o {out}") == ""
    assert out.read_bytes() == file.read_bytes()[0x41:0x61]


def test_reading_goes_on_across_sections_and_says_where_nothing_is(shell, file):
    shell.run("pt-image new it")
    shell.run(f"pt-image add-file it {file} 0 0x10 0x1000")
    shell.run(f"pt-image add-file it {file} 0x80 0x10 0x1010")
    assert shell.json("pt-image read it 0x100e 4")["bytes"] == "0e0f8081"
    with pytest.raises(CommandFailed, match="0x1020"):
        shell.run("pt-image read it 0x1018 0x10")


@pytest.fixture
def bad(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "data").write_bytes(b"x" * 100)
    return tmp_path


@pytest.mark.parametrize(
    ("line", "message"),
    [
        pytest.param("new it", "there is an image 'it' already (drop it first)", id="a name that is taken"),
        pytest.param("new live", "'live' names the inferior itself", id="the inferior's own name"),
        pytest.param("new", "NAME is missing", id="no name"),
        pytest.param("new ''", "an image needs a name", id="an empty name"),
        pytest.param("show itt", "there is no image 'itt' (did you mean it?)", id="nearly a name"),
        pytest.param("show other", "there is no image 'other' (pt-image list shows", id="no name there is"),
        pytest.param("drop other", "there is no image 'other'", id="dropping what isn't there"),
        pytest.param("shw it", "there is no call 'shw' (did you mean show?)", id="nearly a call"),
        pytest.param("add-file it {}/none 0 1 0", "'{}/none' can't be read: No such file", id="no file"),
        pytest.param("add-file it {} 0 1 0", "'{}' is a directory, not a regular file", id="a directory"),
        pytest.param("add-file it {}/fifo 0 1 0", "'{}/fifo' is a FIFO, not a regular file", id="a FIFO"),
        pytest.param("add-file it /dev/zero 0 1 0", "'/dev/zero' is a character device", id="a device"),
        pytest.param(
            "add-file it {}/data 100 1 0",
            "offset 0x64 is beyond the end of",
            id="at the end",
        ),
        pytest.param(
            "add-file it {}/data 101 1 0",
            "offset 0x65 is beyond the end of",
            id="beyond the end",
        ),
        pytest.param("add-file it {}/data 0 0 0", "offset 0x0 and size 0x0 make no section", id="no size"),
        pytest.param("add-file it {}/data 0 -1 0", "-1 is no size: -1 is negative", id="a negative size"),
        pytest.param("add-file it {}/data -1 1 0", "-1 is no size: -1 is negative", id="a negative offset"),
        pytest.param(
            "add-file it {}/data 0 2 0xffffffffffffffff",
            "the range 0xffff",
            id="beyond the top",
        ),
        pytest.param("add-file it {}/data 0 2 0x10000000000000000", "0x1000000000000", id="no address"),
        pytest.param("add-file it {}/data 0 2", "ADDR is missing", id="no address given"),
        pytest.param("add-file it {}/data 0 2 0 --cr3 x", "'x' is no number", id="a bad cr3"),
        pytest.param("read it 0 1", "cannot read 1 byte at 0x0: unmapped", id="reading where nothing is"),
        pytest.param("load", "no process (start one, attach, or open a core file)", id="no process"),
        pytest.param("check it", "no process (start one, attach, or open a core file)", id="no memory"),
        pytest.param("show it --cr3 1", "'pt-image show' takes no --cr3", id="another call's option"),
    ],
)
def test_bad_input_is_one_line_and_changes_nothing(shell, bad, line, message):
    shell.run("pt-image new it")
    shell.run(f"pt-image add-file it {bad}/data 0 16 0x5000")
    before = shell.json("pt-image show it"), shell.json("pt-image list")
    with pytest.raises(CommandFailed) as caught:
        shell.run("pt-image " + line.format(bad))
    assert str(caught.value).startswith("pt-image: " + message.format(bad)), str(caught.value)
    assert (shell.json("pt-image show it"), shell.json("pt-image list")) == before


@pytest.fixture
def mapped(file):
    """An inferior that maps the file at two places, of which one has two bytes that differ."""
    content = bytearray(file.read_bytes())
    content[0x1010], content[0x1012] = 0xEE, 0xEE
    pieces = [
        BufferArea(0x400000, bytes(content[:PAGE]), "r--p", str(file), 0, "module"),
        BufferArea(0x401000, bytes(content[PAGE : 2 * PAGE]), "r-xp", str(file), PAGE, "module"),
        BufferArea(0x500000, bytes(PAGE), "rw-p", "[heap]", 0, "heap"),
    ]
    return over(*pieces)


def test_load_makes_an_image_of_the_areas_that_have_files(mapped, file):
    mapped.run("pt-image load it")
    assert sections(mapped, "it") == [(0x400000, 0x401000, 0), (0x401000, 0x402000, PAGE)]
    mapped.run("pt-image load code -p x")
    assert sections(mapped, "code") == [(0x401000, 0x402000, PAGE)]


def test_check_tells_exactly_the_bytes_that_differ(mapped, file):
    mapped.run("pt-image load it")
    document = mapped.json("pt-image check it")
    told = [(r["start"], r["end"], r["expected"], r["actual"], r["cause"]) for r in document["ranges"]]
    assert told == [
        ("0x401010", "0x401011", f"{0x1010 % 251:02x}", "ee", "unknown"),
        ("0x401012", "0x401013", f"{0x1012 % 251:02x}", "ee", "unknown"),
    ]
    assert document["ranges"][0]["file_offset"] == 0x1010
    assert document["ranges"][0]["path"] == str(file)
    assert document["coverage"]["searched"] == PAGE
    assert mapped.found is True


def test_check_without_a_name_is_against_what_load_would_make(mapped):
    mapped.run("pt-image load it")
    assert mapped.json("pt-image check")["ranges"] == mapped.json("pt-image check it")["ranges"]


def test_check_looks_at_what_the_scope_says(mapped):
    assert mapped.json("pt-image check --in 0x400000..0x401000")["ranges"] == []
    assert mapped.found is False
    assert len(mapped.json("pt-image check -k module")["ranges"]) == 2


def test_a_program_without_a_name_needs_one(mapped):
    with pytest.raises(
        CommandFailed, match=r"^pt-image: the program has no name here \(pt-image load NAME\)$"
    ):
        mapped.run("pt-image load")


def test_names_that_would_drive_the_terminal_are_shown_escaped_in_every_format(shell, tmp_path):
    evil = tmp_path / "\x1b[31mfile\u202e"
    evil.write_bytes(b"0123456789")
    name = "\x1b]0;image\x07"
    shell.run(f"pt-image new '{name}'")
    shell.run(f"pt-image add-file '{name}' '{evil}' 0 10 0x1000")
    for call in ("list", f"show '{name}'", f"read '{name}' 0x1000 4"):
        for form in ("table", "json", "jsonl", "csv"):
            text = shell.run(f"pt-image {call} --format {form}")
            assert text.replace("\n", "").isprintable(), (call, form)


def test_an_interrupted_check_says_so_and_how_to_go_on(mapped):
    context = Context(mapped.session, mapped.inferior, Watch(lambda: True))
    command = next(command for command in COMMANDS if command.name == "pt-image")
    execute(command, "check", context, mapped)
    assert mapped.text.splitlines()[-1] == "interrupted; go on with --from 0x401000"
    execute(command, "check -k module --json", context, mapped)
    assert '"stopped": {"why": "interrupted", "from": "0x400000"}' in mapped.text
    assert mapped.json("pt-image check")["stopped"] is None
