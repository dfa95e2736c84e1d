"""Images and their sections, as tables and documents have them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...images.model.asid import Asid
from ...images.model.image import Image
from ...images.model.section import Section
from ...images.model.snapshot import Snapshot
from ...images.model.unproven import unproven_files
from ...images.stored.listed import Listed
from ...render.document import Document, Rows
from ...render.escape import visible
from ...render.fields import (
    ADDRESS,
    COUNT,
    END,
    NAME,
    PATHS,
    SIZE,
    Column,
    ValueKind,
    column,
    counted,
    hexadecimal,
    size_in_words,
)
from ...render.text import Line
from .circumstances import taken_json, taken_lines
from .unproven import unproven_json, unproven_lines


def _asid_json(asid: Asid) -> dict[str, Any]:
    fields = (("cr3", asid.cr3), ("vmcs", asid.vmcs))
    return {name: None if value is None else hexadecimal(value) for name, value in fields}


def _asid_text(asid: Asid) -> str:
    given = [
        f"{name}={value:#x}" for name, value in (("cr3", asid.cr3), ("vmcs", asid.vmcs)) if value is not None
    ]
    return " ".join(given) or "any"


def _content_json(section: Section) -> dict[str, Any]:
    content = section.content
    if content.path is None:
        return {"kind": content.kind}
    return {"kind": content.kind, "path": content.path, "offset": section.offset}


def _content_text(section: Section) -> str:
    content = section.content
    return visible(f"{content.path} +{section.offset:#x}") if content.path else content.kind


CONTENT = Column(
    "content", ValueKind(_content_json, _content_text, False, "name", PATHS), lambda section: section
)
SECTION_FIELDS = (
    column("start", ADDRESS),
    column("end", END),
    column("isid", COUNT),
    Column("asid", ValueKind(_asid_json, _asid_text, False, "number"), lambda section: section.asid),
    CONTENT,
)
SECTION_COLUMNS = (*SECTION_FIELDS[:2], column("size", SIZE), *SECTION_FIELDS[3:])


def image_rows(images: list[Listed], empty: str = "") -> Rows:
    """Return a list of images as a table; `empty` is what that says where there are none."""
    columns = (column("name", NAME), column("sections", COUNT), column("bytes", SIZE), column("store", NAME))
    return Rows("images", images, columns, columns, empty=empty)


def image_document(image: Image, notes: Iterable[Line] = (), listed: bool = True) -> Document:
    """Return an image's sections as a document; a table lists them if `listed`, and sums them up."""
    sections = image.sections
    total = sum(section.size for section in sections)
    line = f"{image.name}: {counted(len(sections), 'section')}, {size_in_words(total)}"
    shown = None if listed else ()
    unproven = unproven_files(image)
    # Of a snapshot, its problems say so.
    told = () if isinstance(image, Snapshot) else unproven_lines(unproven)
    return Document.known(
        "ptatlas.image/1",
        {"name": image.name},
        Rows("sections", sections, SECTION_FIELDS, SECTION_COLUMNS, shown=shown, empty=""),
        (line, *taken_lines(image), *told, *notes),
        tail={
            **taken_json(image),
            **unproven_json(unproven),
            "total": {"sections": len(sections), "bytes": total},
        },
        found=bool(sections),
    )
