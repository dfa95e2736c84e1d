"""The contract, in other versions of the debuggers than Debian's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from contract import cases
from contract.test_contract import LOCAL, UNMAPPED, Check, attached, behind_gdbserver
from support.session import Session
from support.versions import GDBS, LLDBS, session_of

VERSIONS = [(program, version) for _, program, versions in (GDBS, LLDBS) for version in versions]


@pytest.fixture(scope="module", params=VERSIONS, ids=" ".join)
def debugger(request: pytest.FixtureRequest) -> type[Session]:
    """The sessions of one version; skipped, with the reason, where it can't be installed."""
    return session_of(*request.param)


@pytest.fixture(scope="module")
def live(
    debugger: type[Session], areas_program: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Check]:
    with attached(debugger, areas_program, tmp_path_factory.mktemp("live")) as check:
        yield check


@pytest.fixture(scope="module")
def remote(
    debugger: type[Session], areas_program: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Check]:
    connect, traits = {"gdb": ("target remote :{}", LOCAL), "lldb": ("gdb-remote {}", UNMAPPED)}[
        debugger.name
    ]
    with behind_gdbserver(
        debugger, connect, traits, areas_program, tmp_path_factory.mktemp("remote")
    ) as check:
        yield check


@pytest.mark.parametrize("case", cases.CASES)
def test_a_live_process(case: str, live: Check) -> None:
    live(case)


@pytest.mark.parametrize("case", cases.CASES)
def test_a_process_behind_gdbserver(case: str, remote: Check) -> None:
    remote(case)
