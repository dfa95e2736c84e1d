"""pt-image: making, filling, showing and reading images."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any, NamedTuple, Optional

from ..errors import AtlasError, InvalidArgument
from ..images.asid import Asid
from ..images.image import Image
from ..images.section import Section
from ..render.document import Document, Raw, Result, Rows, Text
from ..render.escape import visible
from ..render.fields import (
    ADDRESS,
    COUNT,
    NAME,
    SIZE,
    Column,
    Kind,
    column,
    counted,
    hexadecimal,
    size_in_words,
)
from ..render.hexdump import hexdump
from ..render.text import Line
from .context import Context, Session
from .image_taken import taken_json, taken_lines
from .parse import Arguments
from .values import Values


def image_of(session: Session, name: str) -> Image:
    """Return the image of this name; AtlasError with the nearest name where there is none."""
    image = session.images.get(name)
    if image is None:
        near = difflib.get_close_matches(name, session.images, 1)
        hint = f"did you mean {near[0]}?" if near else "pt-image list shows the images"
        raise AtlasError(f"there is no image {name!r}", hint=hint)
    return image


def add_image(session: Session, image: Image) -> None:
    """Keep an image under its name; InvalidArgument where the name is taken."""
    assert image.name is not None
    check_name(session, image.name)
    session.images[image.name] = image


def check_name(session: Session, name: str) -> None:
    """InvalidArgument where a name is taken or none for images: before the work, not after it."""
    if name in session.images:
        raise InvalidArgument(f"there is an image {name!r} already", hint="drop it first")
    Image(name)


def asid_of(arguments: Arguments, values: Values) -> Asid:
    """Return the address space that --cr3 and --vmcs name."""
    given = (arguments.value(name) for name in ("cr3", "vmcs"))
    return Asid(*(None if text is None else values.integer(text) for text in given))


class Listed(NamedTuple):
    """An image in the list of images."""

    name: str
    sections: int
    bytes: int
    store: Optional[str]


def list_images(context: Context, _arguments: Arguments) -> Result:
    """Answer `pt-image list`."""
    rows = [
        Listed(name, len(image), sum(section.size for section in image.sections), "memory")
        for name, image in sorted(context.session.images.items())
    ]
    columns = (column("name", NAME), column("sections", COUNT), column("bytes", SIZE), column("store", NAME))
    return Document(
        "ptatlas.images/1",
        {},
        Rows("images", rows, columns, columns, empty="no images"),
        found=lambda: bool(rows),
    )


def new_image(context: Context, arguments: Arguments) -> Result:
    """Answer `pt-image new`."""
    add_image(context.session, Image(arguments.positionals[0]))
    return Text(())


def drop_image(context: Context, arguments: Arguments) -> Result:
    """Answer `pt-image drop`."""
    name = arguments.positionals[0]
    image_of(context.session, name)
    del context.session.images[name]
    return Text(())


def add_file(context: Context, arguments: Arguments) -> Result:
    """Answer `pt-image add-file`."""
    values = Values(context.inferior)
    name, path, offset, size, address = arguments.positionals
    image = image_of(context.session, name)
    image.add_file(
        path, values.size(offset), values.size(size), values.address(address), asid_of(arguments, values)
    )
    return Text(())


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
    if content.path is None or content.offset is None:
        return {"kind": content.kind}
    return {"kind": content.kind, "path": content.path, "offset": content.offset}


def _content_text(section: Section) -> str:
    content = section.content
    return visible(f"{content.path} +{content.offset:#x}") if content.path else content.kind


CONTENT = Column("content", Kind(_content_json, _content_text, False, "name"), lambda section: section)
SECTION_FIELDS = (
    column("start", ADDRESS),
    column("end", ADDRESS),
    column("isid", COUNT),
    Column("asid", Kind(_asid_json, _asid_text, False, "number"), lambda section: section.asid),
    CONTENT,
)
SECTION_COLUMNS = (*SECTION_FIELDS[:2], column("size", SIZE), *SECTION_FIELDS[3:])


def show_image(context: Context, arguments: Arguments) -> Result:
    """Answer `pt-image show`."""
    image = image_of(context.session, arguments.positionals[0])
    return image_document(image)


def image_document(image: Image, notes: Iterable[Line] = (), listed: bool = True) -> Document:
    """Return an image's sections as a document; a table lists them if `listed`, and sums them up."""
    sections = image.sections
    total = sum(section.size for section in sections)
    line = f"{image.name}: {counted(len(sections), 'section')}, {size_in_words(total)}"
    shown = None if listed else ()
    return Document(
        "ptatlas.image/1",
        {"name": image.name},
        Rows("sections", sections, SECTION_FIELDS, SECTION_COLUMNS, shown=shown, empty=""),
        lambda: {**taken_json(image), "total": {"sections": len(sections), "bytes": total}},
        lambda: (line, *taken_lines(image), *notes),
        lambda: bool(sections),
    )


def read_image(context: Context, arguments: Arguments) -> Result:
    """Answer `pt-image read`."""
    values = Values(context.inferior)
    name, address, size = arguments.positionals
    start, asid = values.address(address), asid_of(arguments, values)
    content = image_of(context.session, name).read(start, values.size(size), asid)
    if arguments.value("output") is not None and arguments.format == "table":
        return Raw((content,))
    head = {"image": name, "address": hexadecimal(start), "size": len(content), "bytes": content.hex()}
    return Document("ptatlas.read/1", head, notes=lambda: hexdump(start, content))
