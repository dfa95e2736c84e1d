"""docs/producers.md and the tests that hold it are about the same producers."""

from __future__ import annotations

import ast
import os
import re
from pathlib import Path

import pytest
from support.producers_page import PAGE, TEST, producers, tables

CHECKOUT = Path(__file__).resolve().parents[2]
TESTS = sorted((CHECKOUT / "tests" / "producers").glob("test_*.py"))


def functions(path: Path) -> set[str]:
    return {node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("row", producers(), ids=lambda row: row["producer"])
def test_every_producer_is_held_by_tests_that_are_there(row):
    named = TEST.findall(row["held by"])
    assert named
    assert [name for path, name in named if name not in functions(CHECKOUT / path)] == []


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.stem)
def test_every_test_of_producers_holds_one(path):
    named = {name for _, name in TEST.findall(PAGE.read_text())}
    assert {name for name in functions(path) if name.startswith("test_")} <= named


def test_every_column_of_cells_is_looked_at():
    texts = {
        node.value
        for path in TESTS
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant)
    }
    columns = {name for table in tables() if "place" in table[0] for name in table[0]}
    for column in columns - {"place", "what it was"}:
        assert {column, column.rpartition(" ")[0]} & texts, column


def test_every_script_of_what_surprised_stands_on_the_page_and_can_be_run():
    scripts = sorted((CHECKOUT / "findings").iterdir())
    assert sorted(re.findall(r"\(\.\./findings/(\S+)\)", PAGE.read_text())) == [path.name for path in scripts]
    assert all(os.access(path, os.X_OK) for path in scripts)
