"""The sections of the loaded objects, as `pt-maps --sections` lists them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...images.mapped.sections import LoadedSection, Sections, Untold
from ...inferior import Inferior
from ...render.document import Document, Rows
from ...render.fields import (
    ADDRESS,
    BLANK,
    END,
    NAME,
    OFFSET,
    PERMS,
    SIZE,
    Column,
    column,
    counted,
    size_in_words,
)
from ...render.text import Line, note, warning
from ..shell.scope import Scope

COLUMNS = (
    column("start", ADDRESS),
    column("end", END),
    column("size", SIZE),
    column("perms", PERMS),
    Column("offset", OFFSET, lambda one: BLANK if one.offset is None else one.offset),
    column("name", NAME),
    column("path", NAME),
)


def sections_document(head: Mapping[str, Any], inferior: Inferior, scope: Scope) -> Document:
    """Return every section of the objects that have an area in the scope, and whose sections aren't known."""
    found = list(Sections(inferior.mapped_files(), inferior.memory).of(scope.areas(inferior.areas)))
    sections = [one for one in found if isinstance(one, LoadedSection)]
    untold = [one for one in found if isinstance(one, Untold)]
    objects, size = len({one.path for one in sections}), sum(one.size for one in sections)
    said: list[Line] = [
        note(f"{counted(len(sections), 'section')} of {counted(objects, 'object')}, {size_in_words(size)}"),
        *(warning(f"no sections of {one.path}: it {one.why}") for one in untold),
    ]
    rows = Rows("sections", sections, COLUMNS, COLUMNS, empty="no sections")
    tail = {"not_told": [one._asdict() for one in untold]}
    return Document.known("ptatlas.sections/1", head, rows, said, tail=tail, found=bool(sections))
