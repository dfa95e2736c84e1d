"""Searches by a matching library, however little memory there is, where one is installed; and without one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import pytest
from ptatlas.core.search import scanner
from ptatlas.core.search.matcher import head_plan
from ptatlas.core.search.matcher.library import Library
from ptatlas.core.search.matcher.load import load_library


def library() -> Library:
    """The library of this machine. Without it, skip the test."""
    loaded = load_library()
    if loaded.library is None:
        pytest.skip(f"there is no matching library: {loaded.reason}")
    return loaded.library


@contextmanager
def by_library() -> Iterator[None]:
    """Let it pay for every search. Without it, skip the test."""
    library()
    with patch.multiple(head_plan, _LEAST=0, _WORTH=1e-9), patch.object(scanner, "_FEW_CHUNKS", 0):
        yield


@contextmanager
def by_no_library() -> Iterator[None]:
    """Let there be none."""
    with patch.dict("os.environ", PTATLAS_HYPERSCAN="off"):
        yield
