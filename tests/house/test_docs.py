"""The documentation names what is there, and all of it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from ptatlas.core.search.patterns.types import PATTERN_TYPES, PatternType

CHECKOUT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([CHECKOUT / "README.md", *(CHECKOUT / "docs").rglob("*.md")])
REFERENCE = re.compile(
    r"(?<![\w/])((?:(?:tests|core|gdbext|lldbext)/[a-z0-9_/]+\.py)|test_[a-z0-9_]+\.py)(?:::(\w+))?"
)
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")


def functions(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.ClassDef))}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_every_file_and_test_that_a_document_names_is_there(document):
    for file, function in REFERENCE.findall(document.read_text()):
        found = [CHECKOUT / file] if "/" in file else list((CHECKOUT / "tests").rglob(file))
        assert any(path.is_file() for path in found), file
        assert not function or any(function in functions(path) for path in found), f"{file}::{function}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_every_link_to_a_file_leads_somewhere(document):
    for target in LINK.findall(document.read_text()):
        assert (document.parent / target).exists(), target


def documented(known: PatternType) -> str:
    option = f"`-{known.short}`, `--{known.name}`" if known.short else f"`-t {known.name}`"
    options = [("`-i`", known.has_case), ("`--next --changed`", known.number)]
    goes_with = ", ".join(name for name, applies in options if applies)
    return " | ".join([f"| `{known.name}`", option, known.meaning, f"{goes_with} |".lstrip()])


def test_the_commands_documentation_has_a_row_for_every_type_of_pattern():
    lines = (CHECKOUT / "docs" / "commands.md").read_text().splitlines()
    first = lines.index("| type | option | PATTERN is | goes with |") + 2
    table = lines[first : lines.index("", first)]
    assert table == [documented(known) for known in PATTERN_TYPES]


def test_every_schema_stands_on_the_page_of_the_formats():
    page = (CHECKOUT / "docs" / "formats.md").read_text()
    schema = re.compile(r"\bptatlas\.[a-z-]+/\d+\b")
    sources = [path.read_text() for path in (CHECKOUT / "core").rglob("*.py")]
    assert {name for text in sources for name in schema.findall(text)} == set(schema.findall(page))


def test_every_decision_has_its_number_and_stands_in_the_index_once():
    folder = CHECKOUT / "docs" / "decisions"
    index = (folder / "README.md").read_text()
    for note in sorted(folder.glob("[0-9]*.md")):
        title = note.read_text().partition("\n")[0]
        assert title.startswith(f"# {note.name[:4]}. "), note.name
        assert index.count(f"| {note.name[:4]} | [{title[8:]}]({note.name}) |") == 1, note.name


def test_every_room_of_the_core_stands_on_the_page_of_the_architecture():
    page = (CHECKOUT / "docs" / "architecture.md").read_text()
    rooms = {file.parent.relative_to(CHECKOUT) for file in (CHECKOUT / "core").rglob("__init__.py")}
    for room in rooms:
        names = {f"`{room}`", f"`{room}/`", f"`{room.name}`" if room.parent.name == "commands" else ""}
        assert any(name and name in page for name in names), room


def test_the_glossary_is_in_order_and_has_each_word_once():
    rows = re.findall(r"^\| ([a-z][^|]*) \|", (CHECKOUT / "docs" / "glossary.md").read_text(), re.MULTILINE)
    words = [word for word in rows if word != "word"]
    assert words == sorted(set(words))
