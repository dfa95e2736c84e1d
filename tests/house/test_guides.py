"""The code in the guides is what a stranger types first: it runs as it stands there."""

from __future__ import annotations

import json
import re
import sys
import textwrap
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest
from ptatlas.core.arch import Arch
from ptatlas.core.commands.image import basics, spec
from ptatlas.core.commands.shell.context import Context
from ptatlas.core.commands.shell.dispatch import execute
from ptatlas.core.commands.shell.spec import Command
from ptatlas.core.errors import PatternError
from ptatlas.core.images.model.image import Image
from ptatlas.core.render.document import Document, Rows
from ptatlas.core.render.fields import NAME, column
from ptatlas.core.search.patterns import pattern, types
from support.shell import Shell

GUIDES = Path(__file__).resolve().parents[2] / "docs" / "guides"
BLOCK = re.compile(r"^( *)```python\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


def blocks(guide: str) -> list[str]:
    return [textwrap.dedent(code) for _, code in BLOCK.findall((GUIDES / guide).read_text())]


def run(code: str, *known: ModuleType, **names: Any) -> dict[str, Any]:
    """Run a guide's code where it belongs; return the names that are there afterwards."""
    scope = {name: value for module in known for name, value in vars(module).items()}
    exec(compile(f"from __future__ import annotations\n{code}", "guide", "exec"), scope | names, made := {})
    return made


def test_every_block_of_code_in_the_guides_is_held_here():
    assert {guide.name: len(blocks(guide.name)) for guide in GUIDES.glob("add-*.md")} == {
        "add-a-command.md": 2,
        "add-a-pattern-type.md": 1,
        "add-a-target.md": 0,
    }


def test_the_command_of_the_guide_answers(monkeypatch):
    entry, function = blocks("add-a-command.md")
    made = run(f"entry = {entry.strip().rstrip(',')}", spec)["entry"]
    columns = (column("name", NAME),)
    known = {"Document": Document, "Rows": Rows, "COLUMNS": columns, "files_of": lambda image: [image]}
    answer = run(function, basics, **known)["list_files"]
    module = ModuleType("files")
    module.list_files = answer
    monkeypatch.setitem(sys.modules, f"ptatlas.core.commands.{made.run.partition(':')[0]}", module)
    shell = Shell()
    shell.session.images["held"] = Image("held")
    command = Command("pt-image", "", (made,), options=spec.COMMAND.options)
    execute(command, "files held --json", Context(shell.session, None), shell, shell.times)
    document = json.loads(shell.text)
    assert (document["schema"], document["image"]) == ("ptatlas.files/1", "held")
    assert document["files"] == [{"name": "held"}]


def test_the_pattern_type_of_the_guide_reads_what_it_says():
    (code,) = blocks("add-a-pattern-type.md")
    entry, _, reader = code.partition("# pattern.py\n")
    function, _, table = reader.partition("_READERS = ")
    made = run(f"entry = {entry.partition(chr(10))[2].strip().rstrip(',')}", types)["entry"]
    assert made.name not in {known.name for known in types.PATTERN_TYPES}
    assert f'"{made.name}": _guid' in table
    read = run(function, pattern, UUID=UUID)["_guid"]
    options = pattern._Options(Arch(), ignore_case=False, evaluate=None)
    text = "00112233-4455-6677-8899-aabbccddeeff"
    assert read(made.name, text, options) == pattern.Pattern.raw(UUID(text).bytes_le)
    with pytest.raises(PatternError, match="is no GUID"):
        read(made.name, "no guid", options)
