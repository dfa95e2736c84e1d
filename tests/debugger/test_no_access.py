"""What the process itself may not read, and a debugger can: read if the user says so."""

from __future__ import annotations

import pytest
from support.asking import run_json
from support.children import Child
from support.compile import PROGRAMS, compile_c
from support.session import Session


@pytest.fixture
def child(build_dir, tmp_path):
    with Child(compile_c(PROGRAMS / "odd_areas.c", build_dir, "-pthread"), tmp_path) as child:
        yield child


@pytest.fixture
def session(child, start_loaded) -> Session:
    session = start_loaded()
    session.attach(child.pid)
    return session


def test_it_is_read_only_with_no_access(session, child):
    place = child.place("forbidden")
    command = f"pt-find 'forbidden text' --in {place.address:#x},+{place.size}"
    assert run_json(session, command)["hits"] == []
    found = run_json(session, f"{command} --no-access")
    assert [int(hit["address"], 16) for hit in found["hits"]] == [place.address]
    assert found["coverage"]["unreadable"] == []
    assert found["coverage"]["never_touched"] == place.size // 2

    taken = run_json(session, f"pt-image snapshot it --in {place.address:#x} --no-access")
    assert taken["coverage"]["unreadable"] == []
    kept = run_json(session, f"{command} --image it --no-access")
    assert [int(hit["address"], 16) for hit in kept["hits"]] == [place.address]
    compared = f"pt-image diff it live --in {place.address:#x}"
    assert run_json(session, compared)["coverage"]["searched"] == 0
    assert run_json(session, f"{compared} --no-access")["coverage"]["searched"] == place.size // 2
    assert "--no-access" in session.complete("pt-image snapshot it --no-").line
