"""docs/security.md names each call that writes files, and its example does what stands there."""

from __future__ import annotations

import doctest
import os
import re
from pathlib import Path

from support.writers import WRITERS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "security.md"


def test_the_table_of_what_is_stored_is_whole():
    table = PAGE.read_text().partition("| who writes |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| `([^`]+)`", table, re.MULTILINE) == list(WRITERS)


def test_its_example_does_what_stands_there(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = os.umask(0)
    try:
        failed, tried = doctest.testfile(str(PAGE), module_relative=False)
    finally:
        os.umask(before)
    assert (failed, tried) == (0, 9)
