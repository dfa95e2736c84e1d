"""What changed in the map since it was last listed, or since any generation that is still known."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ...inferior import Inferior
from ...maps.area import Area
from ...maps.changes import ADDED, ALTERED, FILE, REMOVED, AreaChange, changes
from ...render.document import Document, Rows
from ...render.fields import (
    ADDRESS,
    BLANK,
    END,
    LONG_TEXT,
    NAME,
    OFFSET,
    PERMS,
    SIZE,
    TEXT,
    Column,
    ValueKind,
    counted,
)
from ...render.text import Line, note, warning
from ..shell.scope import Scope
from .columns import area_json

SIGNS = {ADDED: "+", REMOVED: "-", ALTERED: "~"}


def changed_document(
    schema: str, head: Mapping[str, Any], inferior: Inferior, since: int | None, scope: Scope
) -> Document:
    """Return the changes in the scope since a generation; None: there is no earlier one to compare with.

    Where the head has a `program_before`, the process has become another program since it was last listed.
    """
    now = inferior.generation
    found: list[AreaChange] = []
    if since is not None and since != now:
        found = _in_scope(changes(inferior.areas_of(since), inferior.areas_of(now)), scope)
    rows = Rows("changes", found, FIELDS, COLUMNS, empty="")
    return Document.known(
        schema, {**head, "since": since}, rows, _notes(head, inferior, found, since), found=bool(found)
    )


def _in_scope(found: list[AreaChange], scope: Scope) -> list[AreaChange]:
    """Return the changes of which either side is in the scope."""
    chosen = set(scope.areas(area for change in found for area in change[1:] if area))
    return [change for change in found if chosen.intersection(change[1:])]


def _notes(
    head: Mapping[str, Any], inferior: Inferior, found: list[AreaChange], since: int | None
) -> Iterator[Line]:
    before = head.get("program_before")
    if before is not None:
        yield warning(
            f"another program runs now: {inferior.target.name}, before it was {before}; all areas are new"
        )
    yield _summary(found, since, inferior.generation)


def _summary(found: list[AreaChange], since: int | None, now: int) -> Line:
    if since is None:
        return note(f"nothing to compare with: this is the first look; map {now}")
    count = counted(len(found), "change") if found else "no change"
    return note(f"{count} since map {since}; map {now}")


def _what(change: AreaChange) -> Any:
    """Return what changed in words, before and after: `size 4K -> 8K, perms r-xp -> rw-p`."""
    if change.before is None or change.after is None:
        return BLANK
    return ", ".join(
        f"{fact} {_shown(fact, change.before)} -> {_shown(fact, change.after)}" for fact in change.facts
    )


def _shown(fact: str, area: Area) -> str:
    if fact == FILE:
        return f"{area.device or '?'} {'?' if area.inode is None else area.inode}"
    value = getattr(area, fact)
    return "?" if value is None else _TEXTS[fact](value) or "(none)"


def _of_area(name: str, kind: ValueKind) -> Column:
    return Column(name, kind, lambda change: getattr(change.area, name))


def _side(name: str) -> Column:
    def get(change: AreaChange) -> Area | None:
        side: Area | None = getattr(change, name)
        return side

    return Column(name, ValueKind(area_json, str, False, "text"), get)


_TEXTS: dict[str, Callable[[Any], str]] = {
    "size": SIZE.text,
    "perms": PERMS.text,
    "offset": OFFSET.text,
    "path": NAME.text,
}
FIELDS = (
    Column("change", TEXT, lambda change: change.change),
    Column("what", ValueKind(list, ", ".join, False, "text"), lambda change: change.facts),
    _side("before"),
    _side("after"),
)
COLUMNS = (
    Column("", ValueKind(str, str, False, "change"), lambda change: SIGNS[change.change]),
    _of_area("start", ADDRESS),
    _of_area("end", END),
    _of_area("size", SIZE),
    _of_area("perms", PERMS),
    _of_area("kind", TEXT),
    Column("what", LONG_TEXT, _what),
    _of_area("path", NAME),
)
