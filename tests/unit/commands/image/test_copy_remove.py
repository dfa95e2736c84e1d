"""pt-image copy, remove, the section cache, export and add-core."""

from __future__ import annotations

import json

import pytest
from ptatlas.core.commands.shell.dispatch import CommandFailed
from ptatlas.core.sources import BufferArea, core_target
from support.shell import Shell
from support.targets import over

PAGE = 0x1000


@pytest.fixture
def shell():
    shell = over(BufferArea(0x500000, b"heap" * (PAGE // 4), "rw-p", "[heap]", 0, "heap"))
    shell.run("pt-image new it")
    return shell


@pytest.fixture
def file(tmp_path):
    """A file of two pages: byte N is N mod 251."""
    path = tmp_path / "data"
    path.write_bytes(bytes(number % 251 for number in range(2 * PAGE)))
    return path


def places(shell: Shell, name: str) -> list[str]:
    return [section["start"] for section in shell.json(f"pt-image show {name}")["sections"]]


def test_a_copy_has_the_same_sections_and_is_another_image(shell, file):
    shell.run(f"pt-image add-file it {file} 0 16 0x1000")
    assert shell.lines("pt-image copy other it") == ["other: 1 section copied from it, 0 ignored"]
    shell.run(f"pt-image add-file it {file} 0 16 0x2000")
    assert places(shell, "other") == ["0x1000"]


def test_a_copy_lies_over_what_is_there(shell, file):
    shell.run("pt-image new other")
    for name, offset in (("it", 16), ("other", 0)):
        shell.run(f"pt-image add-file {name} {file} {offset} 16 0x1000")
    shell.run("pt-image copy other it")
    assert shell.json("pt-image read other 0x1000 1")["bytes"] == "10"


def test_a_copy_says_how_many_sections_it_ignored(shell, file, tmp_path):
    (tmp_path / "gone").write_bytes(b"x" * 16)
    shell.run(f"pt-image add-file it {tmp_path}/gone 0 16 0x1000")
    shell.run(f"pt-image add-file it {file} 0 16 0x2000")
    (tmp_path / "gone").unlink()
    document = shell.json("pt-image copy other it")
    assert (document["copied"], document["ignored"]) == (1, 1)
    assert places(shell, "other") == ["0x2000"]


def test_sections_are_removed_by_file_or_all_and_by_address_space(shell, file, tmp_path):
    (tmp_path / "more").write_bytes(b"x" * 16)
    shell.run(f"pt-image add-file it {file} 0 16 0x1000 --cr3 1")
    shell.run(f"pt-image add-file it {file} 0 16 0x2000 --cr3 2")
    shell.run(f"pt-image add-file it {tmp_path}/more 0 16 0x3000")
    assert shell.lines(f"pt-image remove it --file {file} --cr3 1") == ["it: 1 section removed, 2 left"]
    assert places(shell, "it") == ["0x2000", "0x3000"]
    assert shell.json(f"pt-image remove it --file {file}")["removed"] == 1
    assert shell.json("pt-image remove it --all")["removed"] == 1
    assert shell.json("pt-image remove it --all")["removed"] == 0
    assert shell.found is False


def test_a_cached_section_has_an_id_and_equal_ones_the_same(shell, file):
    assert shell.run(f"pt-image cache add {file} 0 16 0x1000") == "1\n"
    assert shell.run(f"pt-image cache add {file} 16 16 0x1000") == "2\n"
    assert shell.json(f"pt-image cache add {file} 0 16 0x1000")["isid"] == 1
    shell.run("pt-image add-cached it 2 --cr3 5")
    (section,) = shell.json("pt-image show it")["sections"]
    assert (section["isid"], section["start"], section["asid"]["cr3"]) == (2, "0x1000", "0x5")
    assert shell.json("pt-image read it 0x1000 2")["bytes"] == "1011"


def test_the_cache_lists_its_sections_and_what_it_keeps(shell, file):
    shell.run(f"pt-image cache add {file} 16 32 0x1000")
    shell.run("pt-image add-cached it 1")
    shell.run("pt-image read it 0x1000 1")
    document = shell.json("pt-image cache list")
    assert document["sections"] == [
        {
            "isid": 1,
            "start": "0x1000",
            "end": "0x1020",
            "content": {"kind": "file", "path": str(file), "offset": 16},
        }
    ]
    assert document["used"] == 32
    assert shell.json("pt-image cache limit 16")["used"] == 0
    assert shell.lines("pt-image cache list")[-1] == "1 section; 0 bytes of at most 16 bytes kept in memory"


def test_a_core_file_of_a_snapshot_holds_the_same(shell, tmp_path):
    shell.run("pt-image snapshot before")
    core = tmp_path / "core"
    assert shell.run(f"pt-image export before --core {core}").startswith(f"{core}: 1 segment, 4K of content")
    other = Shell(core_target(str(core)))
    assert other.json("pt-find heap -l 1")["hits"][0]["address"] == "0x500000"
    assert shell.run(f"pt-image add-core again {core}").startswith("again: 1 section, 4K")
    for diff in ("before again", "again live"):
        document = shell.json(f"pt-image diff {diff}")
        # That the area was the heap is in a note of the core file.
        assert document["ranges"] == []
        assert document["coverage"]["searched"] == PAGE


def test_arguments_for_decoder_tools_leave_out_what_no_file_holds(shell, file):
    shell.run(f"pt-image add-file it {file} 0x10 0x20 0x1000")
    assert shell.lines("pt-image export it --ptxed") == [f"--raw {file}:0x10-0x30:0x1000"]
    shell.run("pt-image snapshot captured")
    assert shell.json("pt-image export captured --ptxed")["left_out"] == [
        {"start": "0x500000", "end": "0x501000"}
    ]
    assert shell.lines("pt-image export captured --ptxed")[0].startswith("# left out: 4K in 1 range")


def test_raw_files_come_with_an_index(shell, tmp_path):
    shell.run("pt-image snapshot captured")
    document = shell.json(f"pt-image export captured --raw {tmp_path}/raw")
    (path,) = document["files"]
    with open(path, "rb") as raw:
        assert raw.read() == b"heap" * (PAGE // 4)
    assert document["arguments"] == ["--raw", f"{path}:0x0-0x1000:0x500000"]
    assert json.loads((tmp_path / "raw" / "index.json").read_text())["image"] == "captured"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        pytest.param("copy other none", "there is no image 'none'", id="copying nothing"),
        pytest.param("copy live it", "'live' names the inferior itself", id="copying to the inferior"),
        pytest.param("remove it", "which sections? (give one of --file FILE and --all)", id="which"),
        pytest.param("remove it --all --file x", "which sections?", id="both"),
        pytest.param("cache", "ACTION is missing", id="no action"),
        pytest.param("cache lst", "the cache doesn't know 'lst' (did you mean list?)", id="nearly an action"),
        pytest.param("cache add {} 0 1", "ADDR is missing", id="no address"),
        pytest.param("cache list 1", "'1' is one argument too many", id="too much"),
        pytest.param("cache limit -1", "-1 is no size", id="a negative limit"),
        pytest.param("cache add {} 0x2000 1 0", "offset 0x2000 is beyond the end", id="beyond the end"),
        pytest.param("add-cached it 1", "there is no section 1 in the cache", id="no such section"),
        pytest.param("export it", "an image is exported one way", id="no way"),
        pytest.param("export it --ptxed --core x", "an image is exported one way", id="two ways"),
        pytest.param("export live --ptxed", "there is no image 'live'", id="the inferior"),
        pytest.param("export it --core /none/core", "cannot write /none/core", id="nowhere to write"),
        pytest.param("export it --raw /none/raw", "'/none/raw' can't be written", id="no such folder"),
        pytest.param("add-core it {}", "there is an image 'it' already", id="taken"),
        pytest.param("add-core other {}", "", id="no core file"),
    ],
)
def test_bad_input_is_one_line_and_changes_nothing(shell, file, line, message):
    shell.run(f"pt-image add-file it {file} 0 16 0x5000")
    before = [shell.json(f"pt-image {call}") for call in ("list", "show it", "cache list")]
    with pytest.raises(CommandFailed) as caught:
        shell.run("pt-image " + line.format(file))
    assert str(caught.value).startswith("pt-image: " + message), str(caught.value)
    assert "\n" not in str(caught.value)
    assert [shell.json(f"pt-image {call}") for call in ("list", "show it", "cache list")] == before
