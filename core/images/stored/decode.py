"""Decodes records into images."""

from __future__ import annotations

from collections.abc import Sequence

from ...errors import InvalidArgument, PoolCorrupt
from ...store.layout import SNAPSHOT, SectionRow
from ...store.records import Record
from ...store.store import Store
from ..capture.paged_content import PagedContent
from ..model.asid import Asid
from ..model.image import Image
from ..model.section import Section, SectionContent
from .circumstances import snapshot_of_fields
from .remembered_files import RememberedFile


def stored_image(store: Store, name: str, called: str, *, trusts: bool = False) -> Image:
    """Return the image that a store has under a name; in this session its name is `called`.

    Its pages are read when they are asked for. Its files are checked now; a section whose file has changed,
    or which nothing proves, has no content. The user may be one who `trusts` names without a proof. Raise
    `PoolCorrupt` for a damaged record.
    """
    record = store.read(name)
    try:
        image = _empty(record, called)
        files = [RememberedFile.of_fields(fields).content(trusts=trusts) for fields in record.files]
        for row in record.sections:
            content, offset = _placed(store, record, row, files)
            image.add_section(Section(row.start, row.end, content, offset, Asid(row.cr3, row.vmcs)))
    except InvalidArgument as error:
        raise PoolCorrupt(f"the record {name!r}: {error}") from error
    return image


def _empty(record: Record, called: str) -> Image:
    if record.entry.header.kind == SNAPSHOT:
        return snapshot_of_fields(called, record.about)
    return Image(called)


def _placed(
    store: Store, record: Record, row: SectionRow, files: Sequence[SectionContent]
) -> tuple[SectionContent, int]:
    """Return a row's content, and the offset in it from which the row shows it."""
    if row.in_file:
        return files[row.first], row.amount
    return PagedContent(store.pieces(record, row)), 0
