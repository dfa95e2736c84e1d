"""pt-maps --html: the areas, and what changed, as a page that is written to a file."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ...files.whole import whole_file
from ...inferior import Inferior
from ...maps.area import Area
from ...maps.holes import largest_hole
from ...owners.owners import owners_of
from ...owners.proofs import Proofs
from ...render.document import Document, Rows, Text
from ...render.escape import visible
from ...render.fields import counted, size_in_words
from ..shell.scope import Scope
from .columns import FIELDS, OWNER, RESIDENT, area_columns, area_json, residency_of
from .summary import free_json


class Sides(NamedTuple):
    """The areas now, those of an earlier map or None, and the changes between as documents have them."""

    now: Sequence[Area]
    before: Sequence[Area] | None = None
    changes: Sequence[Mapping[str, Any]] = ()


def write_page(path: str, inferior: Inferior, scope: Scope, document: Document) -> Text:
    """Write the page of the areas in the scope, whole or not at all; return the line that says so.

    `document` has the schema and the head of the page's own; where its head has a generation `since`, its
    rows are the changes since then, and the page shows them, with the map before. Raise AtlasError if the
    file can't be written.
    """
    from ...render.html import html_page  # which few calls need

    sides = _sides(inferior, scope, document)
    with whole_file(path) as stream:
        for piece in html_page(page_document(inferior, document, sides)):
            stream.write(piece.encode())
    size = size_in_words(sum(area.size for area in sides.now))
    line = f"wrote {visible(path)}: {counted(len(sides.now), 'area')}, {size}"
    if sides.before is not None:
        line += f"; {counted(len(sides.changes), 'change')} since map {document.head['since']}"
    return Text((line,))


def page_document(inferior: Inferior, document: Document, sides: Sides) -> Document:
    """Return what the page shows: the document of `--json --rss`, with the changes if there are any."""
    names = [*FIELDS, *(RESIDENT if inferior.target.residency is not None else ())]
    owners = owners_of(Proofs(inferior), sides.now)
    columns = area_columns([*names, OWNER], residency_of(inferior, names), owners)
    name, written = inferior.target.name, time.strftime("%Y-%m-%d %H:%M:%S %z")
    head = {**document.head, "name": name, "written": written}
    tail: dict[str, Any] = {"largest_free": free_json(largest_hole(inferior.areas, inferior.user_end))}
    if sides.before is not None:
        tail |= {"changes": sides.changes, "before": list(map(area_json, sides.before))}
    rows = Rows("areas", sides.now, columns, columns)
    return Document.known(document.schema, head, rows, tail=tail)


def _sides(inferior: Inferior, scope: Scope, document: Document) -> Sides:
    since, rows = document.head.get("since"), document.rows
    if since is None or rows is None:
        return Sides(scope.areas(inferior.areas))
    now, before = list(inferior.areas), list(inferior.areas_of(since))
    # Asked for both at once: a name may be of an area that is in only one of them.
    chosen = set(scope.areas([*now, *before]))
    changes = [{column.name: column.json(row) for column in rows.fields} for row in rows.items]
    return Sides(
        [area for area in now if area in chosen], [area for area in before if area in chosen], changes
    )
