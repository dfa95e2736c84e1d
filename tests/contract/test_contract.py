"""One suite of what any target must do, over every kind of target.

The live targets look at a running tests/programs/areas.c, the cores are made of one. Targets that
live in a debugger run each case inside it.
"""

from __future__ import annotations

import pytest
from contract.cases import CASES
from contract.kinds import KINDS, Check


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("check", KINDS, ids=lambda kind: kind.name, indirect=True)
def test_contract(check: Check, case: str) -> None:
    check(case)
