"""Whatever opens a file stands in a table of docs/targets.md: whose path it is, and what proves the file."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
PAGE = CHECKOUT / "docs" / "targets.md"
TABLE = re.compile(r"^### What opens a file\n(.*?)^#", re.MULTILINE | re.DOTALL)
FUNCTIONS = {"open", "open_inside", "open_regular_file", "look_at_regular_file"}
METHODS = {"os.open", "io.open", "OpenFile.open", "RegularFile.at"}
READING = {"read_text", "read_bytes"}


def opens(tree: ast.AST) -> Iterator[ast.Call]:
    """The calls that open a file, by any of our ways and Python's."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = ast.unparse(node.func)
        if called in FUNCTIONS | METHODS or called.rpartition(".")[2] in READING:
            yield node


def test_whatever_opens_a_file_is_listed_with_its_proof():
    (table,) = TABLE.findall(PAGE.read_text())
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines() if "|" in line]
    assert all(len(row) == 3 and all(row) for row in rows)
    listed = {
        str(path.relative_to(CHECKOUT))
        for row in rows[2:]
        for pattern in re.findall(r"`([\w/*.]+)`", row[0])
        for path in CHECKOUT.glob(pattern)
    }
    found = {
        str(path.relative_to(CHECKOUT))
        for folder in ("core", "gdbext", "lldbext", "ptatlas")
        for path in (CHECKOUT / folder).rglob("*.py")
        if any(opens(ast.parse(path.read_bytes())))
    }
    assert not found - listed
    assert {name for row in rows[2:] for name in re.findall(r"`([\w/.]+\.py)`", row[0])} <= found
