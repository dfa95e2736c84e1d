"""The code on docs/python.md does what stands there; what its debuggers say is held in tests/debugger."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import ptatlas.core
from ptatlas.core import Inferior
from ptatlas.core.sources import buffer_target

PAGE = Path(__file__).resolve().parents[2] / "docs" / "python.md"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_each_line_gives_what_stands_below_it():
    text = "\n".join(BLOCK.findall(PAGE.read_text()))
    example = doctest.DocTestParser().get_doctest(text, {}, PAGE.name, str(PAGE), 0)
    told: list[str] = []
    doctest.DocTestRunner().run(example, out=told.append)
    assert "".join(told) == ""
    assert len(example.examples) > 20


def test_every_name_that_holds_stands_in_a_table():
    rows = "".join(line for line in PAGE.read_text().splitlines() if line.startswith("|"))
    named = set(re.findall(r"`(\w+)`", rows))
    assert set(ptatlas.core.__all__) - named == {"AtlasError"}


def test_what_an_inferior_is_said_to_have_it_has():
    table = PAGE.read_text().partition("An `Inferior` has:")[2].partition("`ptatlas.core` exports")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    names = {name for row in rows for name in re.findall(r"`(\w+)", row)}
    made = Inferior(buffer_target([]))
    assert {name for name in names if hasattr(made, name)} == names
    public = {name for name in dir(made) if not name.startswith("_")}
    assert public - names == {"target"}
