"""pt-maps --html: what is written, what is said, and what is left alone when it fails."""

import json
import os
import re

import pytest
from ptatlas.core.commands.shell.dispatch import CommandFailed
from ptatlas.core.sources import BufferArea
from ptatlas.core.sources.procfs import process_target
from support.shell import Shell
from support.targets import over


@pytest.fixture
def shell():
    return over(
        BufferArea(0x1000, bytes(0x2000), "r-xp", "/usr/bin/prog", 0, "module"),
        BufferArea(0x8000, bytes(0x4000), "rw-p", "[heap]", 0, "heap"),
    )


@pytest.fixture
def live(areas_child):
    return Shell(process_target(areas_child.pid))


def data_of(page):
    text = page.read_text(encoding="utf-8")
    return json.loads(re.search(r'<script type="application/json"[^>]*>(.*?)</script>', text, re.S).group(1))


def test_says_in_a_line_what_was_written(shell, tmp_path):
    page = tmp_path / "map.html"
    assert shell.run(f"pt-maps --html {page}") == f"wrote {page}: 2 areas, 24K\n"
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_the_page_has_the_areas_of_json_and_whose_they_are(shell, tmp_path):
    page = tmp_path / "map.html"
    shell.run(f"pt-maps --html {page}")
    data, document = data_of(page), shell.json("pt-maps")
    assert data["areas"] == document["areas"]
    assert {"generation", "source", "pid", "word_size", "endian", "page_size", "name", "written"} <= set(data)
    assert "changes" not in data


def test_the_page_and_the_command_agree_on_the_largest_free_range(shell, live, tmp_path):
    page = tmp_path / "map.html"
    for one in (shell, live):
        for scope in ("", "-p x "):
            one.run(f"pt-maps {scope}--html {page}")
            assert data_of(page)["largest_free"] == one.json("pt-maps --summary")["largest_free"] is not None


def test_the_scope_holds_for_the_page(shell, tmp_path):
    page = tmp_path / "map.html"
    assert shell.run(f"pt-maps -k heap --html {page}").endswith("1 area, 16K\n")
    assert [area["path"] for area in data_of(page)["areas"]] == ["[heap]"]


def test_residency_is_there_where_the_target_knows_it(live, areas_child, tmp_path):
    page = tmp_path / "map.html"
    live.run(f"pt-maps --html {page}")
    rss = {int(area["start"], 16): area["rss"] for area in data_of(page)["areas"]}
    assert rss[areas_child.place("pattern").address] == areas_child.place("pattern").size
    assert rss[areas_child.place("reserved").address] == 0


def test_residency_is_not_made_up_where_it_is_unknown(shell, tmp_path):
    page = tmp_path / "map.html"
    shell.run(f"pt-maps --html {page}")
    assert not any("rss" in area for area in data_of(page)["areas"])


def test_with_changed_it_has_the_changes_and_the_map_before(live, areas_child, tmp_path):
    before = live.json("pt-maps")
    pattern = areas_child.place("pattern")
    areas_child.tell("unmap pattern")
    changes = live.json("pt-maps --changed")["changes"]
    page = tmp_path / "map.html"
    said = live.run(f"pt-maps --since {before['generation']} --html {page}")
    assert said.endswith(f"; 1 change since map {before['generation']}\n")
    data = data_of(page)
    assert data["changes"] == changes
    # Whose areas are is what evidence there is now proves.
    assert data["before"] == [
        {key: value for key, value in area.items() if key != "owner"} for area in before["areas"]
    ]
    assert hex(pattern.address) in {area["start"] for area in data["before"]}
    assert hex(pattern.address) not in {area["start"] for area in data["areas"]}


def test_a_first_look_has_nothing_to_compare_with(live, tmp_path):
    page = tmp_path / "map.html"
    assert "since" not in live.run(f"pt-maps --changed --html {page}")
    assert "changes" not in data_of(page)


def test_a_name_that_is_only_in_the_map_before_is_a_scope_too(live, areas_child, tmp_path):
    live.run("pt-maps")
    areas_child.tell("unmap shared")  # the only one of this name: shared anonymous memory is a /dev/zero
    page = tmp_path / "map.html"
    live.run(f"pt-maps zero --changed --html {page}")
    assert data_of(page)["areas"] == []
    assert [area["path"] for area in data_of(page)["before"]] == ["/dev/zero (deleted)"]


def test_a_file_that_cannot_be_written_is_an_error_and_leaves_nothing(shell, tmp_path):
    with pytest.raises(CommandFailed, match=r"^pt-maps: cannot write .*No such file"):
        shell.run(f"pt-maps --html {tmp_path}/missing/map.html")
    assert os.listdir(tmp_path) == []


def test_an_error_on_the_way_leaves_the_old_page(shell, tmp_path):
    page = tmp_path / "map.html"
    page.write_text("old")
    with pytest.raises(CommandFailed, match="no area is named 'nothing-of-this-name'"):
        shell.run(f"pt-maps nothing-of-this-name --html {page}")
    assert page.read_text() == "old"
    assert os.listdir(tmp_path) == ["map.html"]


def test_a_file_name_does_not_drive_the_terminal(shell, tmp_path):
    page = tmp_path / "\x1b[31mmap.html"
    assert "\x1b" not in shell.run(f"pt-maps --html '{page}'")
    assert page.exists()
