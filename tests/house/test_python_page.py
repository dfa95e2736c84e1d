"""The code on docs/python.md does what stands there; what its debuggers say is held in tests/debugger."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import ptatlas.core
from ptatlas.core import AtlasError

PAGE = Path(__file__).resolve().parents[2] / "docs" / "python.md"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_each_line_gives_what_stands_below_it():
    text = "\n".join(BLOCK.findall(PAGE.read_text()))
    example = doctest.DocTestParser().get_doctest(text, {}, PAGE.name, str(PAGE), 0)
    told: list[str] = []
    doctest.DocTestRunner().run(example, out=told.append)
    assert "".join(told) == ""
    assert len(example.examples) > 20


def test_every_error_stands_in_the_table():
    errors = {name for name in ptatlas.core.__all__ if _is_error(getattr(ptatlas.core, name))}
    assert {name for name in errors if f"`{name}`" in PAGE.read_text()} == errors


def _is_error(thing: object) -> bool:
    return isinstance(thing, type) and issubclass(thing, AtlasError)
