"""What the tests of the matrix share: one version of a debugger after another, each on the areas program."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from contract.cases import CASES
from contract.kinds import Check, Site, add_files
from support.children import Child
from support.session import Session
from support.targets import write_mapped_file
from support.versions import EDGES, VERSIONS, Version, session_of

# What `make matrix` alone runs: it gets the compilers and the debuggers for it.
ALL_ONLY = ("test_targets.py", "test_too_old.py")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    return True if collection_path.name in ALL_ONLY and not config.getoption("--matrix") else None


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "version" in metafunc.fixturenames:
        versions = VERSIONS if metafunc.config.getoption("--matrix") else EDGES
        metafunc.parametrize("version", versions, ids=str, scope="module")


class Live(NamedTuple):
    """A session attached to the areas program, and that program."""

    session: Session
    child: Child


@pytest.fixture(scope="module")
def site(areas_program: Path, build_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """What targets are opened on."""
    return Site(areas_program, build_dir, tmp_path_factory.mktemp("matrix"))


@pytest.fixture(scope="module")
def live(version: Version, site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    file = write_mapped_file(tmp_path_factory.mktemp("mapped"))
    with Child(site.program, file) as child, session_of(version).start() as session:
        add_files(child.facts, site.program, file)
        assert session.load_ptatlas() == ""
        session.attach(child.pid)
        yield Live(session, child)
        session.detach()


@pytest.fixture(scope="session")
def keeps_the_contract() -> Callable[[Check], None]:
    """Run every case of the contract; fail with the names of those that the target doesn't keep."""

    def run(check: Check) -> None:
        failed = {}
        for case in CASES:
            try:
                check(case)
            except AssertionError as error:
                failed[case] = str(error)
        assert not failed, f"{', '.join(failed)}: {next(iter(failed.values()))}"

    return run
