"""What rows of areas say of the areas' owners."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ...maps.area import Area
from ...render.escape import visible
from ...render.fields import BLANK, Column, ValueKind, hexadecimal
from .folding import FoldedRow

if TYPE_CHECKING:
    from ...owners.owner import AreaOwner, KnownThread
    from ...owners.owners import Owners


def thread_json(thread: KnownThread) -> dict[str, Any]:
    """Return a thread as documents have it."""
    return {"number": thread.number, "name": thread.name, "tid": thread.tid}


def owner_json(owner: AreaOwner) -> dict[str, Any]:
    """Return an owner as documents have it."""
    return {
        "what": owner.what,
        "of": owner.of,
        "text": owner.text,
        "start": hexadecimal(owner.start),
        "end": hexadecimal(owner.end),
        "threads": list(map(thread_json, owner.threads)),
    }


_OWNER = ValueKind(owner_json, lambda owner: visible(owner.text), False, "name")


def owner_column(owners: Owners) -> Column:
    """Return the column of the areas' owners; an area without a proven one has none."""
    known = {(area.start, area.end): owner for area, owner in owners.items()}
    return Column("owner", _OWNER, lambda row: known.get(_place(row), BLANK))


def with_owners(columns: Sequence[Column], owners: Owners) -> list[Column]:
    """Return a table's columns; that of paths also tells owners, unless there is a column for these."""
    if not owners or any(column.name == "owner" for column in columns):
        return list(columns)
    return [_owned_path(column, owners) if column.name == "path" else column for column in columns]


class _OwnedPath(str):
    """A path, and what a table shows for it: with the owner behind it."""

    __slots__ = ("shown",)
    shown: str


def _owned_path(column: Column, owners: Owners) -> Column:
    """Return the column of paths, which shows behind each what the area's owner is."""
    owned = {(area.start, area.end): _shown(area, owner) for area, owner in owners.items()}

    def get(row: Any) -> Any:
        return owned.get(_place(row), row.path)

    def text(path: str) -> str:
        return path.shown if type(path) is _OwnedPath else visible(path)

    return Column(column.name, column.kind._replace(json=str, text=text), get)


def _place(row: Any) -> tuple[Any, Any]:
    """Return where the row's area lies; of several in one row, the first: all have the same owner."""
    area = row.areas[0] if isinstance(row, FoldedRow) else row
    return area.start, area.end


def _shown(area: Area, owner: AreaOwner) -> _OwnedPath:
    path = _OwnedPath(area.path or "")
    words = visible(path), "" if owner.is_named else f"({visible(owner.text)})"
    path.shown = " ".join(filter(None, words))
    return path
