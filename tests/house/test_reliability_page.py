"""The tables of docs/reliability.md are those that `make matrix` writes, of all versions and columns."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from support.matrix_page import FAILS, PAGE, Cell, table_of, with_table
from support.versions import VERSIONS

MATRIX = Path(__file__).resolve().parents[1] / "matrix"


@pytest.mark.parametrize("name", ["debuggers", "targets", "too_old"])
def test_nothing_fails_and_each_test_is_a_column_of_each_row(name):
    tree = ast.parse((MATRIX / f"test_{name}.py").read_text())
    tests = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    columns = {test.removeprefix("test_").replace("_", " ") for test in tests if test.startswith("test_")}
    for row, cells in table_of(PAGE.read_text(), name).items():
        assert set(cells) == columns, row
        assert FAILS not in {cell.state for cell in cells.values()}, row


def test_each_version_is_a_row():
    assert set(table_of(PAGE.read_text(), "debuggers")) == set(map(str, VERSIONS))


@pytest.mark.parametrize("name", ["debuggers", "targets", "too_old"])
def test_what_is_read_of_a_table_is_what_was_written(name):
    text = PAGE.read_text()
    assert with_table(text, name, table_of(text, name)) == text


def test_rows_are_in_order_of_numbers_and_each_reason_is_told():
    text = "<!-- `make matrix` writes: t -->\n<!-- end of t -->\n"
    table = {"gdb 13": {"map": Cell("passes")}, "gdb 9": {"map": Cell("fails", "why")}}
    written = with_table(text, "t", table)
    assert "| gdb 9 | fails |\n| gdb 13 | passes |\n\n- **gdb 9: map**: why\n" in written
    assert table_of(written, "t") == table


# That what is named is there, is held for all documents: tests/house/test_docs.py.
def promises() -> list[str]:
    rows = PAGE.read_text().partition("## Promises")[2].partition("\n## ")[0]
    return [line for line in rows.splitlines() if line.startswith("| **")]


def test_each_promise_is_held_by_a_test():
    assert len(promises()) >= 11
    assert [row for row in promises() if "`tests/" not in row.split("|")[2]] == []
