"""The targets that the contract is held against."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from contract.kinds import Check, Site


@pytest.fixture(scope="module")
def site(areas_program: Path, build_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """What targets are opened on."""
    return Site(areas_program, build_dir, tmp_path_factory.mktemp("contract"))


@pytest.fixture(scope="module")
def check(request: pytest.FixtureRequest, site: Site) -> Iterator[Check]:
    """Run a case on a target of the kind that the test is given."""
    kind = request.param
    with kind.open(site, kind.traits, site.folder_of(kind.name)) as check:
        yield check
