"""A debugger that is too old says so, and has no command of ours. `make matrix` alone gets it."""

from __future__ import annotations

import pytest
from support.versions import TOO_OLD, session_of


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    metafunc.parametrize("debugger", [TOO_OLD], ids=str)


def test_refusal(debugger):
    with session_of(debugger).start() as session:
        for _ in range(2):
            assert session.load_ptatlas().startswith(
                "ptatlas: not loaded, it needs GDB 12 or later; this is GDB 10.1"
            )
        assert session.run("pt-maps").startswith('Undefined command: "pt-maps"')
