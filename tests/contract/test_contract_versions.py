"""The contract, in other versions of the debuggers than Debian's, on a process and behind gdbserver."""

from __future__ import annotations

import pytest
from contract.cases import CASES
from contract.kinds import VERSIONS, Check


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("check", VERSIONS, ids=lambda kind: kind.name, indirect=True)
def test_contract(check: Check, case: str) -> None:
    """Skipped, with the reason, where the version can't be installed."""
    check(case)
