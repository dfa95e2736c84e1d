"""Settings: their values, and what each of them changes."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

import pytest
from ptatlas.core.commands.completions import names
from ptatlas.core.commands.image.spec import COMMAND as IMAGE
from ptatlas.core.commands.maps.columns import DEFAULT
from ptatlas.core.commands.shell.complete import complete
from ptatlas.core.commands.shell.dispatch import CommandFailed
from ptatlas.core.commands.shell.settings import SETTINGS, TABLE_LIMIT, Settings, setting_of
from ptatlas.core.errors import InvalidArgument
from ptatlas.core.sources import BufferArea
from support.shell import Shell
from support.targets import over

HITS = 3 * TABLE_LIMIT
NAMES = ["limit", "format", "threads", "source", "store", "trust-files", "progress"]


@pytest.fixture
def shell() -> Shell:
    """A session on a program in which `needle` stands 300 times."""
    return over(BufferArea(0x10000, b"needle!!" * HITS, "rw-p", "[heap]", 0, "heap"))


def set_to(shell: Shell, **values: str) -> Shell:
    for name, text in values.items():
        shell.session.settings.set(name, text)
    return shell


def test_each_has_its_default_and_says_what_it_means():
    settings = Settings()
    assert [setting.name for setting in SETTINGS] == NAMES
    assert [settings.shown(name) for name in NAMES] == [
        "ptatlas limit: auto (100 in a table, else never)",
        "ptatlas format: table (for people)",
        "ptatlas threads: 0 (one for each core, at most 8)",
        "ptatlas source: auto (directly where proven the same, else by the debugger)",
        "ptatlas store: none",
        "ptatlas trust-files: off (only what is proven, or loaded by the debugger)",
        "ptatlas progress: on",
    ]


@pytest.mark.parametrize("name", NAMES)
def test_the_help_has_every_word_that_it_takes_and_a_default(name):
    text = setting_of(name).help()
    assert all(f"  {word} " in text or f"  {word}\n" in f"{text}\n" for word in setting_of(name).words)
    assert text.count("(default)") == 1


@pytest.mark.parametrize(
    ("name", "text", "kept"),
    [
        ("limit", "5", "5"),
        ("limit", " 0x10 ", "16"),
        ("limit", "2K", "2048"),
        ("limit", "0", "0"),
        ("limit", "auto", "auto"),
        ("format", "jsonl", "jsonl"),
        ("threads", "3", "3"),
        ("source", "debugger", "debugger"),
        ("progress", "off", "off"),
        ("progress", "false", "off"),
        ("progress", "1", "on"),
        ("store", "/tmp/a b", "/tmp/a b"),
        ("store", "'/tmp/a b'", "/tmp/a b"),
        ("store", "~/x.store", os.path.expanduser("~/x.store")),
        ("store", "x.store", os.path.abspath("x.store")),
        ("store", "", ""),
    ],
)
def test_values_that_are_taken(name, text, kept):
    settings = Settings()
    settings.set(name, text)
    assert settings.text(name) == kept


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("limit", "many", "limit doesn't take 'many' (auto or a number from 0 on)"),
        ("limit", "-1", "limit doesn't take '-1' (auto or a number from 0 on)"),
        ("limit", "1.5", "limit doesn't take '1.5' (auto or a number from 0 on)"),
        ("limit", "", "limit needs a value (auto or a number from 0 on)"),
        ("threads", "auto", "threads doesn't take 'auto' (a number from 0 on)"),
        ("format", "xml", "format doesn't take 'xml' (one of table, json, jsonl, csv)"),
        ("format", "JSON", "format doesn't take 'JSON' (one of table, json, jsonl, csv)"),
        ("source", "gdb", "source doesn't take 'gdb' (one of auto, debugger)"),
        ("progress", "maybe", "progress doesn't take 'maybe' (one of on, off)"),
        ("store", "/tmp", "'/tmp' is a folder (a store is a file)"),
        ("store", "~\0/a", "a path with a NUL names no file (a store is a file)"),
        ("formt", "json", "there is no setting 'formt' (did you mean format?)"),
    ],
)
def test_a_value_that_is_not_taken_says_why_and_leaves_the_old_one(name, text, problem):
    settings = Settings()
    before = [settings.text(one) for one in NAMES]
    with pytest.raises(InvalidArgument) as caught:
        settings.set(name, text)
    assert f"{caught.value} ({caught.value.hint})" == problem
    assert [settings.text(one) for one in NAMES] == before


@pytest.mark.parametrize(
    ("limit", "line", "count"),
    [
        ("auto", "pt-find needle --json", HITS),
        ("5", "pt-find needle --json", 5),
        ("0", "pt-find needle --json", HITS),
        ("5", "pt-find needle --json -l 7", 7),
        ("5", "pt-find needle --json -l 0", HITS),
        ("5", "pt-find needle --json --count", HITS),
    ],
)
def test_limit(shell, limit, line, count):
    assert json.loads(set_to(shell, limit=limit).run(line))["count"] == count


@pytest.mark.parametrize(("limit", "rows"), [("auto", TABLE_LIMIT), ("7", 7), ("0", HITS)])
def test_limit_of_a_table(shell, limit, rows):
    assert sum("[heap]" in line for line in set_to(shell, limit=limit).lines("pt-find needle")) == rows


def test_format_is_that_of_every_command_unless_one_is_given(shell):
    set_to(shell, format="json")
    for line in ("pt-maps", "pt-find needle", "pt-image list"):
        assert json.loads(shell.run(line))["schema"].startswith("ptatlas.")
    assert shell.lines("pt-maps --format table")[0].split()[:2] == ["-".join(DEFAULT[:2]), DEFAULT[2]]
    assert json.loads(shell.run("pt-find needle"))["count"] == HITS


def test_a_file_of_raw_bytes_stays_raw(shell, tmp_path):
    shell.run("pt-image snapshot before")
    set_to(shell, format="json").run(f"pt-image read before 0x10000 6 -o {tmp_path}/bytes")
    assert (tmp_path / "bytes").read_bytes() == b"needle"
    shell.run(f"pt-image read before 0x10000 6 --json -o {tmp_path}/bytes")
    assert json.loads((tmp_path / "bytes").read_bytes())["size"] == 6


def test_threads_is_how_many_search(shell, monkeypatch):
    asked = []
    find = shell.inferior.find
    monkeypatch.setattr(
        shell.inferior,
        "find",
        lambda *words, **known: asked.append(known["threads"]) or find(*words, **known),
    )
    for threads in ("0", "3"):
        set_to(shell, threads=threads).run("pt-find needle")
    assert asked == [0, 3]


class Watched:
    """A terminal that keeps what is written past the pager."""

    def __init__(self) -> None:
        self.text = ""

    def columns(self) -> int:
        return 80

    def is_free(self) -> bool:
        return True

    def write(self, text: str) -> None:
        self.text += text


@pytest.mark.parametrize(("progress", "shows"), [("on", True), ("off", False)])
def test_progress(shell, progress, shows):
    shell.status, shell.times = Watched(), shell.times._replace(patience=0.0, every=0.0)
    set_to(shell, progress=progress).run("pt-find needle")
    assert bool(shell.status.text) == shows


class TestStore:
    """The store that pt-image uses where none is named."""

    @pytest.fixture
    def path(self, tmp_path) -> str:
        return str(tmp_path / "a.store")

    @pytest.fixture
    def shell(self, path) -> Iterator[Shell]:
        """A session whose user has set a store, which isn't there yet."""
        shell = set_to(over(BufferArea(0x10000, b"one" * 4096, "rw-p", "[heap]", 0, "heap")), store=path)
        yield shell
        for attached in shell.session.images.attached:
            shell.session.images.detach(attached.store.path)

    def later(self, shell: Shell, path: str) -> Shell:
        """Return another session, with the same setting, when this one has ended."""
        for attached in shell.session.images.attached:
            shell.session.images.detach(attached.store.path)
        return set_to(over(BufferArea(0x10000, b"two" * 4096, "rw-p", "[heap]", 0, "heap")), store=path)

    def test_looking_makes_no_file(self, shell, path):
        assert shell.lines("pt-image list") == ["no images"]
        assert not os.path.exists(path)

    def test_a_snapshot_goes_into_it_and_is_there_in_the_next_session(self, shell, path):
        assert f"kept in {path}" in shell.run("pt-image snapshot before")
        following = self.later(shell, path)
        assert [row["name"] for row in following.json("pt-image list")["images"]] == ["before"]
        self.later(following, path)

    @pytest.mark.parametrize(
        "call", ["show before", "diff before live", "read before 0x10000 4", "drop before"]
    )
    def test_its_images_are_found_by_name_at_once(self, shell, path, call):
        shell.run("pt-image snapshot before")
        following = self.later(shell, path)
        following.run(f"pt-image {call}")
        self.later(following, path)

    def test_its_images_can_be_searched_and_completed(self, shell, path):
        shell.run("pt-image snapshot before")
        following = self.later(shell, path)
        offered = complete(IMAGE, ["show"], "b", names(following.session, None))
        assert offered == ["before"]
        assert "[heap]" in following.run("pt-find one --image before -l 1")
        self.later(following, path)

    def test_another_store_that_is_given_wins_and_none_is_memory(self, shell, path, tmp_path):
        assert f"kept in {tmp_path}/b" in shell.run(f"pt-image snapshot other --store {tmp_path}/b")
        assert "kept in" not in shell.run("pt-image snapshot kept --store ''")
        assert not os.path.exists(path)

    def test_save_attach_detach_and_figures_are_of_it(self, shell, path):
        shell.run("pt-image new empty")
        assert f"kept in {path}" in shell.run("pt-image save empty")
        assert "1 image" in shell.run("pt-image store check")
        assert "images" in shell.run("pt-image store stats")
        shell.run("pt-image store keys")
        assert f"{path}: detached; its 1 image stays in it" in shell.run("pt-image detach")
        assert f"{path}: 1 image" in shell.run("pt-image attach")

    def test_without_it_a_store_must_be_named(self, shell):
        set_to(shell, store="")
        with pytest.raises(CommandFailed, match=r"FILE is missing .the setting 'store' names one"):
            shell.run("pt-image attach")

    def test_one_that_is_none_is_said_and_the_session_s_own_images_stay_at_hand(self, shell, path):
        shell.run("pt-image new own")
        with open(path, "w") as file:
            file.write("not a store")
        with pytest.raises(CommandFailed, match="is no store"):
            shell.run("pt-image list")
        assert shell.json("pt-image show own")["sections"] == []
        set_to(shell, store="")
        assert [row["name"] for row in shell.json("pt-image list")["images"]] == ["own"]
