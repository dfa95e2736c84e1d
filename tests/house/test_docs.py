"""The documentation names tests that are there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([CHECKOUT / "README.md", *(CHECKOUT / "docs").rglob("*.md")])
REFERENCE = re.compile(r"(tests/[\w/]+\.py)(?:::(\w+))?")
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")


def functions(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.ClassDef))}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_every_test_that_a_document_names_is_there(document):
    for file, function in REFERENCE.findall(document.read_text()):
        assert (CHECKOUT / file).is_file(), file
        assert not function or function in functions(CHECKOUT / file), f"{file}::{function}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_every_link_to_a_file_leads_somewhere(document):
    for target in LINK.findall(document.read_text()):
        assert (document.parent / target).exists(), target
