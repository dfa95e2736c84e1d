"""The names that scripts may rely on."""

from __future__ import annotations

import subprocess
import sys

import ptatlas.core
import pytest

CONTRACT = [
    *(
        "AtlasError",
        "InvalidArgument",
        "MemoryFault",
        "UnknownSection",
        "MapChanged",
        "EndOfMap",
        "InvalidCookie",
    ),
    *("PathTooLong", "PatternError", "AlreadySet", "SourceError", "PoolError", "PoolCorrupt", "Interrupted"),
    *("Protection", "Area", "AreaMap", "VmEntry", "MemoryMap"),
    *("Asid", "Image", "SectionCache", "Section", "Snapshot", "diff", "check"),
    *("Pool", "Pattern", "Scanner", "Search", "Hit", "Inferior", "open_process", "open_core", "as_address"),
]


@pytest.mark.parametrize("name", CONTRACT)
def test_the_core_exports(name):
    found = getattr(ptatlas.core, name)
    assert found.__name__ == name
    assert found.__doc__


def test_it_exports_nothing_else():
    assert sorted(CONTRACT) == ptatlas.core.__all__ == dir(ptatlas.core)


def test_another_name_is_no_attribute():
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        ptatlas.core.nothing  # noqa: B018 - asking is the test


def test_asking_for_one_name_imports_nothing_that_it_does_not_need():
    heavy = "ptatlas.core.search.scanner"
    code = f"import ptatlas.core, sys; ptatlas.core.Protection; print('{heavy}' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
