"""What check and diff say of a comparison of nothing, and of what they didn't compare."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from ptatlas.core.sources import BufferArea, buffer_target
from ptatlas.core.sources.elf_core.core import core_target
from support.core_builder import CoreBuilder
from support.shell import Shell
from support.targets import over

BASE, PAGE = 0x400000, 0x1000


def core_without_code(tmp_path: Path) -> Shell:
    """A core file of a program whose code it left out, as the kernel does."""
    (tmp_path / "program").write_bytes(b"code" * PAGE)
    builder = CoreBuilder().load(BASE, b"", "r-x", 4 * PAGE).load(BASE + 0x10000, b"data" * 1024)
    builder.files((BASE, BASE + 4 * PAGE, 0, str(tmp_path / "program").encode()))
    return Shell(core_target(builder.write(tmp_path / "core")))


def test_a_core_without_code_is_told_and_differs_in_nothing_that_is_compared(tmp_path: Path) -> None:
    shell = core_without_code(tmp_path)
    (told,) = shell.lines("pt-image check")
    assert "program is not opened: the core holds no build-id" in told
    shell = Shell(core_target(str(tmp_path / "core"), trust_files=True))
    assert shell.lines("pt-image check")[0] == "nothing could be compared: the core holds no code (16K)"
    assert shell.found is None
    document = shell.json("pt-image check")
    assert (document["compared"], document["ranges"]) == (0, [])
    assert document["not_compared"] == [{"why": "not dumped", "bytes": 4 * PAGE}]


def test_neither_does_a_core_whose_file_is_gone(tmp_path: Path) -> None:
    core_without_code(tmp_path)
    (tmp_path / "program").unlink()
    shell = Shell(core_target(str(tmp_path / "core"), trust_files=True))
    told = shell.run("pt-image check")
    assert told.startswith(f"nothing could be compared: {tmp_path}/program can't be read: No such file")
    assert shell.found is None
    (left,) = shell.json("pt-image check")["not_compared"]
    assert (left["path"], left["bytes"]) == (str(tmp_path / "program"), 4 * PAGE)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        pytest.param(
            "check", "nothing could be compared: no file is mapped there (4K)", id="code in no file"
        ),
        pytest.param("check -p w", "nothing could be compared: no file is mapped there (8K)", id="data"),
        pytest.param("check -n none", "nothing could be compared: no area is in this scope", id="no area"),
        pytest.param(
            "check it", "nothing could be compared: the image has nothing there (4K)", id="an empty image"
        ),
        pytest.param("diff it live", None, id="an empty image and memory"),
        pytest.param(
            "diff it it", "nothing could be compared: no area is in this scope", id="two of nothing"
        ),
    ],
)
def test_no_difference_is_never_said_of_nothing(line: str, told: str | None) -> None:
    shell = over(
        BufferArea(BASE, b"j" * PAGE, "r-xp", ""), BufferArea(BASE + 0x10000, b"d" * 2 * PAGE, "rw-p", "")
    )
    shell.run("pt-image new it")
    text = shell.run(f"pt-image {line}")
    assert "no difference" not in text
    if told is not None:
        assert text == told + "\n"
        assert shell.found is None
    document = shell.json(f"pt-image {line}")
    assert document["compared"] == 0


def test_what_was_compared_and_what_was_not_add_up_to_the_scope(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"f" * (PAGE + 16))
    pieces = [
        BufferArea(BASE, b"f" * 2 * PAGE, "r-xp", str(tmp_path / "file")),
        BufferArea(BASE + 0x10000, b"j" * PAGE, "rwxp", ""),
        BufferArea(BASE + 0x20000, b"g" * PAGE, "r-xp", "/none/gone"),
    ]
    target = buffer_target(pieces, unreadable=[(BASE, BASE + 256)])
    document = Shell(replace(target)).json("pt-image check")
    told = {(each["why"], each.get("path")): each["bytes"] for each in document["not_compared"]}
    assert told.pop(("can't be read: No such file or directory", "/none/gone")) == PAGE
    assert told == {
        ("in no file", None): PAGE,
        ("not in the image", None): PAGE - 16,
        ("unreadable", None): 256,
    }
    assert document["compared"] == PAGE + 16 - 256
