"""pt-image attach, detach, save, store, and snapshots into a store."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from ptatlas.core.commands.completions import names
from ptatlas.core.commands.image.spec import COMMAND
from ptatlas.core.commands.shell.complete import complete
from ptatlas.core.commands.shell.dispatch import CommandFailed
from ptatlas.core.sources import BufferArea
from support.shell import Shell
from support.targets import over

PAGE = 0x1000
HEAP = b"heap" * (4 * PAGE // 4)


def new_shell(content: bytes = HEAP) -> Shell:
    """A session on a program with one area, in which this is."""
    return over(BufferArea(0x500000, content, "rw-p", "[heap]", 0, "heap"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.store"


@pytest.fixture
def shell(path: Path) -> Shell:
    """A session with a store attached."""
    shell = new_shell()
    shell.run(f"pt-image attach {path}")
    return shell


def after(shell: Shell, path: Path, content: bytes = HEAP) -> Shell:
    """The next session, with the store attached."""
    shell.run(f"pt-image detach {path}")
    following = new_shell(content)
    following.run(f"pt-image attach {path}")
    return following


def test_attaching_says_what_is_there(shell, path):
    assert shell.lines(f"pt-image detach {path}") == [f"{path}: detached"]
    assert shell.lines(f"pt-image attach {path}") == [f"{path}: no images yet"]
    shell.run(f"pt-image snapshot one --store {path}")
    assert shell.lines(f"pt-image detach {path}") == [f"{path}: detached; its 1 image stays in it"]
    document = shell.json(f"pt-image attach {path}")
    assert document["schema"] == "ptatlas.store/1"
    assert (document["store"], document["read_only"]) == (str(path), False)
    assert document["images"] == [{"name": "one", "sections": 1, "bytes": len(HEAP), "store": str(path)}]


def test_a_snapshot_attaches_the_store_that_it_goes_into(tmp_path):
    shell = new_shell()
    assert f"kept in {tmp_path}/new.store" in shell.run(f"pt-image snapshot it --store {tmp_path}/new.store")
    assert shell.json("pt-image list")["images"][0]["store"] == f"{tmp_path}/new.store"


def test_the_list_says_where_each_image_is(shell, path):
    shell.run(f"pt-image snapshot stored --store {path}")
    shell.run("pt-image snapshot kept")
    images = shell.json("pt-image list")["images"]
    assert [(image["name"], image["store"]) for image in images] == [
        ("kept", "memory"),
        ("stored", str(path)),
    ]


def test_all_calls_work_on_images_of_a_store(shell, path, tmp_path):
    shell.run(f"pt-image snapshot old --store {path}")
    changed = bytearray(HEAP)
    changed[100:103] = b"NEW"
    shell = after(shell, path, bytes(changed))
    (difference,) = shell.json("pt-image diff old live")["ranges"]
    assert (difference["start"], difference["actual"]) == ("0x500064", b"NEW".hex())
    assert shell.json("pt-image read old 0x500064 4")["bytes"] == b"heap".hex()
    assert shell.json("pt-image show old")["total"] == {"sections": 1, "bytes": len(HEAP)}
    assert shell.json("pt-find heap --image old --count")["count"] == len(HEAP) // 4
    (wrong,) = shell.json("pt-image check old --in heap")["ranges"]
    assert wrong["start"] == "0x500064"
    shell.run(f"pt-image export old --raw {tmp_path}/raw")
    assert any(file.read_bytes() == HEAP for file in (tmp_path / "raw").iterdir())
    shell.run(f"pt-image export old --core {tmp_path}/core")
    assert HEAP in (tmp_path / "core").read_bytes()
    assert "1 section copied" in shell.run("pt-image copy mine old")


def test_a_saved_image_is_kept(shell, path):
    shell.run("pt-image snapshot it")
    assert f"kept in {path}" in shell.run(f"pt-image save it {path}")
    assert after(shell, path).json("pt-image read it 0x500000 4")["bytes"] == b"heap".hex()


@pytest.mark.parametrize(
    ("lines", "left"),
    [
        pytest.param(["pt-image add-file it {file} 0 16 0x1000"], ["0x1000", "0x500000"], id="add-file"),
        pytest.param(["pt-image remove it --all"], [], id="remove"),
        pytest.param(
            ["pt-image new other", "pt-image add-file other {file} 0 16 0x2000", "pt-image copy it other"],
            ["0x2000", "0x500000"],
            id="copy",
        ),
        pytest.param(
            ["pt-image cache add {file} 0 16 0x3000", "pt-image add-cached it 1"],
            ["0x3000", "0x500000"],
            id="add-cached",
        ),
    ],
)
def test_a_change_of_a_stored_image_is_kept(shell, path, tmp_path, lines, left):
    (tmp_path / "file").write_bytes(b"x" * 16)
    shell.run(f"pt-image snapshot it --store {path}")
    for line in lines:
        shell.run(line.format(file=tmp_path / "file"))
    shown = after(shell, path).json("pt-image show it")
    assert [section["start"] for section in shown["sections"]] == left


def test_a_dropped_image_is_gone_from_the_store(shell, path):
    shell.run(f"pt-image snapshot it --store {path}")
    shell.run("pt-image drop it")
    assert after(shell, path).json("pt-image list")["images"] == []


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("attach {store}", "is attached already"),
        ("attach {folder}", "Is a directory"),
        ("attach {folder}/none/a.store", "No such file"),
        ("attach {text}", "not a pool"),
        ("detach {folder}/other", "isn't attached (pt-image attach FILE)"),
        ("save it {folder}/other", "isn't attached (pt-image attach FILE)"),
        ("save none {store}", "there is no image 'none'"),
        ("save live {store}", "there is no image 'live'"),
        ("snapshot live --store {store}", "'live' names the inferior itself"),
        ("snapshot it --store {store}", "there is an image 'it' already"),
        ("snapshot new --store {text}", "not a pool"),
        ("snapshot it --store {folder}/other", "there is an image 'it' already"),
        ("snapshot live --store {folder}/other", "'live' names the inferior itself"),
        ("snapshot new -n nothing --store {folder}/other --in 0..1 -p q", "q"),
        ("new it", "there is an image 'it' already"),
        ("store", "ACTION is missing (one of check, keys, stats)"),
        ("store stat {store}", "a store doesn't know 'stat' (did you mean stats?)"),
        ("store check", "FILE is missing"),
        ("store stats {folder}/none", "No such file"),
        ("store check {text}", "not a pool"),
        ("add-file it {text} 99 1 0x1000", "beyond the end"),
    ],
)
def test_what_cant_be_done_is_said_and_changes_nothing(shell, path, tmp_path, line, message):
    (tmp_path / "text").write_text("just text\n")
    shell.run(f"pt-image snapshot it --store {path}")
    before = shell.json("pt-image list"), path.read_bytes()
    with pytest.raises(CommandFailed) as caught:
        shell.run("pt-image " + line.format(store=path, folder=tmp_path, text=tmp_path / "text"))
    assert message in str(caught.value)
    assert str(caught.value).startswith("pt-image: ")
    assert (shell.json("pt-image list"), path.read_bytes()) == before
    assert sorted(os.listdir(tmp_path)) == ["a.store", "text"]


def test_another_debugger_reads_what_was_committed(shell, path):
    shell.run(f"pt-image snapshot it --store {path}")
    reader = new_shell()
    assert "read-only: another debugger is writing to it" in reader.run(f"pt-image attach {path}")
    for line in ("drop it", f"snapshot more --store {path}", "remove it --all"):
        with pytest.raises(CommandFailed, match="read-only"):
            reader.run(f"pt-image {line}")
    shell.run("pt-image drop it")
    assert reader.json("pt-image read it 0x500000 4")["bytes"] == b"heap".hex()


def test_a_store_attached_for_reading_leaves_it_to_others_to_write(shell, path):
    shell.run(f"pt-image detach {path}")
    assert "read-only: it was attached so" in shell.run(f"pt-image attach {path} --read-only")
    other = new_shell()
    other.run(f"pt-image attach {path}")
    other.run(f"pt-image snapshot it --store {path}")
    assert shell.json("pt-image list")["images"] == []


def test_names_that_clash_are_told_and_a_prefix_helps(shell, path):
    shell.run(f"pt-image snapshot it --store {path}")
    other = new_shell()
    other.run("pt-image snapshot it")
    with pytest.raises(CommandFailed, match="--prefix"):
        other.run(f"pt-image attach {path} --read-only")
    other.run(f"pt-image attach {path} --read-only --prefix old/")
    assert [image["name"] for image in other.json("pt-image list")["images"]] == ["it", "old/it"]
    assert other.json("pt-image diff it old/it")["ranges"] == []


def test_a_deleted_store_is_read_on_and_written_no_more(shell, path):
    shell.run(f"pt-image snapshot it --store {path}")
    path.unlink()
    assert shell.json("pt-image read it 0x500000 4")["bytes"] == b"heap".hex()
    for line in (f"snapshot more --store {path}", "drop it"):
        with pytest.raises(CommandFailed, match="was deleted or replaced"):
            shell.run(f"pt-image {line}")
    shell.run("pt-image copy mine it")
    with pytest.raises(CommandFailed, match="'mine', which is in memory, reads pages"):
        shell.run(f"pt-image detach {path}")
    shell.run("pt-image drop mine")
    shell.run(f"pt-image detach {path}")


def test_a_store_that_can_be_read_no_more_is_told_and_can_be_detached(shell, path):
    shell.run(f"pt-image snapshot it --store {path}")
    path.write_bytes(b"")
    with pytest.raises(CommandFailed):
        shell.run("pt-image drop it")
    assert complete(COMMAND, ["show"], "", names(shell.session, None)) == []
    assert shell.run(f"pt-image detach {path}").startswith(f"{path}: detached")
    assert shell.json("pt-image list")["images"] == []


def test_a_file_that_changed_is_told(shell, path, tmp_path):
    (tmp_path / "file").write_bytes(b"x" * 16)
    shell.run("pt-image new it")
    shell.run(f"pt-image add-file it {tmp_path}/file 0 16 0x1000")
    shell.run(f"pt-image save it {path}")
    (tmp_path / "file").write_bytes(b"other")
    shell = after(shell, path)
    assert "can't be read" in shell.run("pt-image show it")
    assert "another size" in shell.run("pt-image show it")
    with pytest.raises(CommandFailed, match="another size"):
        shell.run("pt-image read it 0x1000 4")
    assert "another size" in shell.run("pt-image copy other it")
    for line in (f"export it --core {tmp_path}/core", f"export it --raw {tmp_path}/raw"):
        with pytest.raises(CommandFailed, match=r"holds no memory to export .*another size"):
            shell.run(f"pt-image {line}")


class TestTheStoreItself:
    def test_its_figures(self, shell, path):
        shell.run(f"pt-image snapshot it --store {path}")
        shell.run(f"pt-image snapshot again --store {path}")
        document = shell.json(f"pt-image store stats {path}")
        assert document["schema"] == "ptatlas.store/1"
        stats = document["stats"]
        assert (stats["images"], stats["image_bytes"], stats["page_bytes"]) == (2, 2 * len(HEAP), PAGE)
        assert stats["file_bytes"] == path.stat().st_size
        assert "pages, equal ones once  4K" in shell.run(f"pt-image store stats {path}")

    def test_its_keys(self, shell, path):
        assert shell.lines(f"pt-image store keys {path}") == ["no keys are set"]
        shell.run(f"pt-image snapshot it --store {path}")
        keys = shell.json(f"pt-image store keys {path}")["keys"]
        assert [(key["key"], key["what"]) for key in keys] == [(0, "catalogue"), (1, "index"), (2, "blobs")]

    def test_a_whole_one_is_called_so(self, shell, path):
        shell.run(f"pt-image snapshot it --store {path}")
        assert shell.lines(f"pt-image store check {path}") == [
            f"{path}: 1 image, all of it as it was written"
        ]

    def test_damage_is_found_where_it_is_read_and_by_check(self, shell, path):
        noise = os.urandom(4 * PAGE)
        shell = after(shell, path, noise)
        shell.run(f"pt-image snapshot it --store {path}")
        content = bytearray(path.read_bytes())
        content[content.index(noise[PAGE : 2 * PAGE]) + 5] ^= 1
        path.write_bytes(content)
        with pytest.raises(CommandFailed, match="doesn't fit its checksum"):
            shell.run(f"pt-image store check {path}")
        with pytest.raises(CommandFailed, match="doesn't fit its checksum"):
            shell.run("pt-image read it 0x501000 16")

    def test_one_that_isnt_attached_is_looked_at_and_let_go(self, shell, path):
        shell.run(f"pt-image detach {path}")
        assert shell.json(f"pt-image store stats {path}")["read_only"] is True
        assert shell.json(f"pt-image attach {path}")["read_only"] is False


def test_tab_offers_stores_and_what_can_be_asked_of_them(shell, path, monkeypatch):
    found = names(shell.session, None)
    assert complete(COMMAND, ["store"], "", found) == ["check", "keys", "stats"]
    assert complete(COMMAND, ["detach"], "", found) == [str(path)]
    assert complete(COMMAND, ["snapshot", "x", "--store"], "/", found) == [str(path)]
    monkeypatch.chdir(path.parent)
    assert complete(COMMAND, ["save", "x"], "a", found) == ["a.store"]
