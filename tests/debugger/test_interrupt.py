"""Ctrl-C in GDB and LLDB: a long search ends at once, tells what it found, and the debugger goes on."""

from __future__ import annotations

import json
import os
import re

import pytest
from support.asking import run_json


@pytest.fixture
def begun(tmp_path):
    """A FIFO for the output, and a way to wait until the first line of it has come."""
    path = tmp_path / "output"
    os.mkfifo(path)
    # For reading and writing, so that neither side waits for the other.
    descriptor = os.open(path, os.O_RDWR)
    with os.fdopen(descriptor, "rb", buffering=0) as stream:
        yield path, stream


def interrupted(session) -> str:
    """What is printed from Ctrl-C on, without the terminal's own "^C", which comes anywhere."""
    return session.interrupt().replace("^C", "")


STOPPED = re.compile(r'"stopped": {"why": "interrupted", "from": "(0x[0-9a-f]+)"}')
COUNT = re.compile(r'"count": (\d+)')


@pytest.mark.parametrize(
    "search",
    [
        pytest.param("-t u8 0 -l 0 --format jsonl", id="zeros, which are everywhere"),
        pytest.param("-r '.' -l 0 --format jsonl", id="a regular expression"),
        pytest.param("-t u8 0 -l 0 --json", id="zeros, as one document"),
    ],
)
def test_a_search_that_would_never_end_does_and_goes_on_from_there(attached, areas_child, search):
    """On a terminal, where the debugger's own echo of Ctrl-C may stand anywhere in what was printed."""
    place = areas_child.place("reserved")
    attached.send_line(f"pt-find {search} --in {place.address},+1G")
    attached.expect('"area_offset": 1000,')
    answer = interrupted(attached)
    start = int(STOPPED.search(answer)[1], 16)
    assert int(COUNT.search(answer)[1]) in (start - place.address, start - place.address + 1)
    further = run_json(attached, f"pt-find -t u8 0 -l 1 --from {start} --in {place.address},+1G")
    assert further["hits"][0]["address"] == hex(start)


def test_a_table_ends_with_how_to_go_on(attached, areas_child):
    place = areas_child.place("reserved")
    attached.send_line(f"pt-find -t u8 0 -l 0 --in {place.address},+1G")
    attached.expect(f"{place.address + 1000:#x}")
    last = interrupted(attached).splitlines()[-1]
    assert last.startswith("interrupted; go on with --from 0x")
    assert "1 hit in " in attached.run("pt-find ptatlas-heap-needle")


def test_the_document_of_an_interrupted_search_is_whole_and_the_search_goes_on_from_there(
    attached, areas_child, begun
):
    # Into a pipe, for Ctrl-C makes a terminal throw away what is on its way to it (termios(3), NOFLSH).
    path, stream = begun
    place = areas_child.place("reserved")
    attached.send_line(f"pt-find -t u64 0 -l 0 --in {place.address},+1G --json -o {path}")
    content = stream.read(4096)
    attached.send_raw("\x03")
    while not content.endswith(b"}\n"):
        content += stream.read(4096)
    attached.wait_for_prompt()
    document = json.loads(content)
    assert document["stopped"]["why"] == "interrupted"
    assert document["count"] == len(document["hits"])
    start, last = int(document["stopped"]["from"], 16), int(document["hits"][-1]["address"], 16)
    assert start in (last, last + 1)
    further = run_json(attached, f"pt-find -t u64 0 -l 1 --from {start} --in {place.address},+1G")
    assert further["hits"][0]["address"] == hex(start)


def test_an_expression_that_would_never_end_for_one_place_is_interrupted(attached, areas_child):
    """The heap's hit is shown, then one place of the mapped file is tried for longer than anybody waits."""
    heap, file = areas_child.place("heap"), areas_child.place("file")
    expression = r"ptatlas-heap-needle|\x00\x01\x02\x03\x04([\x00-\xff]+)+zzzz\x00\x01"
    scope = f"--in {heap.address} --in {file.address}"
    attached.send_line(f"pt-find -r '{expression}' {scope} -l 0 --format jsonl --color never")
    attached.expect(f'"address": "{heap.address:#x}"')
    answer = interrupted(attached)
    assert STOPPED.search(answer)
    assert int(COUNT.search(answer)[1]) == 1
