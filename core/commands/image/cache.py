"""pt-image cache and add-cached: sections of files that images share."""

from __future__ import annotations

from ...images.model.section import Section
from ...render.document import Document, Result, Rows
from ...render.fields import ADDRESS, COUNT, END, SIZE, Column, column, counted, hexadecimal, size_in_words
from ...render.text import Line, note
from ..shell.context import Context
from ..shell.parse import Arguments
from ..shell.values import Values
from .basics import asid_of, changing
from .sections import CONTENT


def add_cached(context: Context, arguments: Arguments) -> Result:
    """Answer `pt-image add-cached`."""
    values = Values(context.inferior)
    name, isid = arguments.positionals
    section = context.session.cache.section(values.integer(isid))
    asid = asid_of(arguments, values)
    with changing(context, name) as image:
        image.add_cached(context.session.cache, section.isid or 0, asid)
    head = {"image": name, "isid": section.isid, "size": section.size}
    text = f"{name}: section {section.isid} at {section.start:#x}, {size_in_words(section.size)}"
    return Document.known("ptatlas.add-cached/1", head, notes=[note(text)])


def add_section(context: Context, arguments: Arguments) -> Result:
    """Answer `pt-image cache add`."""
    values = Values(context.inferior)
    path, offset, size, address = arguments.positionals
    isid = context.session.cache.add_file(
        path, values.size(offset), values.size(size), values.address(address)
    )
    section = context.session.cache.section(isid)
    head = {"isid": isid, "start": hexadecimal(section.start), "end": hexadecimal(section.end)}
    return Document.known("ptatlas.cache-add/1", head, notes=[str(isid)])


def limit_cache(context: Context, arguments: Arguments) -> Result:
    """Answer `pt-image cache limit`."""
    context.session.cache.set_limit(Values(context.inferior).size(arguments.positionals[0]))
    return Document.known("ptatlas.cache-limit/1", _kept(context), notes=[_note(context)])


def list_cache(context: Context, _arguments: Arguments) -> Result:
    """Answer `pt-image cache list`."""
    sections = context.session.cache.sections
    start, end, isid = column("start", ADDRESS), column("end", END), column("isid", COUNT)
    size: Column = column("size", SIZE)
    return Document.known(
        "ptatlas.cache/1",
        _kept(context),
        Rows("sections", sections, (isid, start, end, CONTENT), (isid, start, end, size, CONTENT), empty=""),
        notes=[_note(context, sections)],
        found=bool(sections),
    )


def _kept(context: Context) -> dict[str, int]:
    return {"limit": context.session.cache.limit, "used": context.session.cache.used}


def _note(context: Context, sections: tuple[Section, ...] = ()) -> Line:
    used, limit = size_in_words(context.session.cache.used), size_in_words(context.session.cache.limit)
    count = f"{counted(len(sections), 'section')}; " if sections else ""
    return note(f"{count}{used} of at most {limit} kept in memory")
