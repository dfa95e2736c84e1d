"""What changed in the map since it was last listed, or since any generation that is still known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ...inferior import Inferior
from ...maps.area import Area
from ...maps.changes import ADDED, ALTERED, REMOVED, AreaChange, changes
from ...render.document import Document, Rows
from ...render.fields import ADDRESS, BLANK, NAME, OFFSET, PERMS, SIZE, TEXT, Column, ValueKind, counted
from ...render.text import Line, note
from ..shell.scope import Scope
from .columns import area_json

SIGNS = {ADDED: "+", REMOVED: "-", ALTERED: "~"}


def changed_document(
    schema: str, head: Mapping[str, Any], inferior: Inferior, since: int | None, scope: Scope
) -> Document:
    """Return the changes in the scope since a generation; None: there is no earlier one to compare with."""
    now = inferior.generation
    found: list[AreaChange] = []
    if since is not None and since != now:
        found = _in_scope(changes(inferior.areas_of(since), inferior.areas_of(now)), scope)
    rows = Rows("changes", found, FIELDS, COLUMNS, empty="")
    return Document.known(
        schema, {**head, "since": since}, rows, [_summary(found, since, now)], found=bool(found)
    )


def _in_scope(found: list[AreaChange], scope: Scope) -> list[AreaChange]:
    """Return the changes of which either side is in the scope."""
    chosen = set(scope.areas(area for change in found for area in change[1:] if area))
    return [change for change in found if chosen.intersection(change[1:])]


def _summary(found: list[AreaChange], since: int | None, now: int) -> Line:
    if since is None:
        return note(f"nothing to compare with: this is the first look; map {now}")
    count = counted(len(found), "change") if found else "no change"
    return note(f"{count} since map {since}; map {now}")


def _was(change: AreaChange) -> Any:
    """Return what changed in words, as it was before: `size 4K, perms rw-p`."""
    if change.before is None or change.after is None:
        return BLANK
    texts: dict[str, Callable[[Any], str]]
    texts = {"size": SIZE.text, "perms": PERMS.text, "offset": OFFSET.text, "path": NAME.text}
    said = []
    for fact in change.facts:
        value = getattr(change.before, fact)
        said.append(f"{fact} {'?' if value is None else texts[fact](value) or '(none)'}")
    return ", ".join(said)


def _of_area(name: str, kind: ValueKind) -> Column:
    return Column(name, kind, lambda change: getattr(change.area, name))


def _side(name: str) -> Column:
    def get(change: AreaChange) -> Area | None:
        side: Area | None = getattr(change, name)
        return side

    return Column(name, ValueKind(area_json, str, False, "text"), get)


FIELDS = (Column("change", TEXT, lambda change: change.change), _side("before"), _side("after"))
COLUMNS = (
    Column("", ValueKind(str, str, False, "change"), lambda change: SIGNS[change.change]),
    _of_area("start", ADDRESS),
    _of_area("end", ADDRESS),
    _of_area("size", SIZE),
    _of_area("perms", PERMS),
    _of_area("kind", TEXT),
    Column("was", TEXT, _was),
    _of_area("path", NAME),
)
