"""The commands through GDB/MI, by a front end's own client: pygdbmi."""

from __future__ import annotations

import json

import pytest
from pygdbmi.gdbcontroller import GdbController
from support.children import Child
from support.debuggers import find_gdb
from support.sessions import CHECKOUT
from support.versions import GDBS, installed

NEWEST = GDBS[2][-1]


class Client:
    """GDB for a front end."""

    def __init__(self, path: str) -> None:
        self._gdb = GdbController([path, "-q", "-nx", "--interpreter=mi3"])

    def ask(self, command: str) -> dict:
        """Return the result record of a command."""
        records = self._gdb.write(command, timeout_sec=60)
        while not any(record["type"] == "result" for record in records):
            records = self._gdb.get_gdb_response(timeout_sec=60)
        return next(record for record in records if record["type"] == "result")

    def close(self) -> None:
        self._gdb.exit()


@pytest.fixture(scope="module")
def child(areas_program):
    with Child(areas_program) as running:
        yield running


@pytest.fixture(scope="module", params=["this machine's", NEWEST])
def client(request, child):
    """A client of Debian's GDB, then of the newest, attached to an areas child."""
    path = installed(GDBS[0], GDBS[1], NEWEST).path if request.param == NEWEST else find_gdb().path
    front_end = Client(path)
    front_end.ask(f'-interpreter-exec console "source {CHECKOUT}/gdbext/plugin.py"')
    front_end.ask(f"-target-attach {child.pid}")
    yield front_end
    front_end.close()


def test_the_areas_are_a_result(client, child):
    answer = client.ask("-pt-maps -k stack")
    assert answer["message"] == "done"
    (area,) = answer["payload"]["areas"]
    assert (area["path"], area["perms"], area["kind"]) == ("[stack]", "rw-p", "stack")
    assert answer["payload"]["pid"] == str(child.pid)


def test_hits_are_those_of_the_json_document(client, child, tmp_path):
    client.ask(f"-pt-find ptatlas-heap-needle --json -o {tmp_path}/hits")
    (expected,) = json.loads((tmp_path / "hits").read_text())["hits"]
    (hit,) = client.ask("-pt-find ptatlas-heap-needle")["payload"]["hits"]
    assert hit == {key: str(value) for key, value in expected.items() if value is not None}
    assert int(hit["address"], 16) == child.place("heap").address


def test_words_are_mis_own(client):
    payload = client.ask('-pt-find "no such text" --in "[heap]"')["payload"]
    assert (payload["pattern"]["text"], payload["count"]) == ("no such text", "0")


def test_null_is_left_out_and_a_truth_is_a_word(client, tmp_path):
    client.ask(f"-pt-maps -k heap -o {tmp_path}/areas")
    (area,) = json.loads((tmp_path / "areas").read_text())["areas"]
    (told,) = client.ask("-pt-maps -k heap")["payload"]["areas"]
    assert set(told) == {key for key, value in area.items() if value is not None}


def test_images_are_made_and_checked(client):
    assert client.ask("-pt-image snapshot before -k heap")["message"] == "done"
    payload = client.ask("-pt-image diff before live")["payload"]
    assert payload["ranges"] == []
    assert payload["coverage"]["searched"].isdigit()


def test_help_is_lines(client):
    assert "--ignore-case" in "".join(client.ask("-pt-find --help")["payload"]["lines"])


def test_a_failure_is_mis_error_with_the_command_s_own_words(client):
    answer = client.ask("-pt-find -x zz")
    assert answer["message"] == "error"
    assert answer["payload"]["msg"].startswith("pt-find: 'zz' is no hex byte")
