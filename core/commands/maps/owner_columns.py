"""What rows of areas say of the areas' owners."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ...maps.area import Area
from ...render.escape import visible
from ...render.fields import BLANK, Column, ValueKind, hexadecimal

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
    return Column("owner", _OWNER, lambda row: owners.get(row, BLANK) if isinstance(row, Area) else BLANK)


def with_owners(columns: Sequence[Column], owners: Owners) -> list[Column]:
    """Return a table's columns; that of paths also tells owners, unless there is a column for these."""
    if not owners or any(column.name == "owner" for column in columns):
        return list(columns)
    return [_owned_path(column, owners) if column.name == "path" else column for column in columns]


def _owned_path(column: Column, owners: Owners) -> Column:
    """Return the column of paths, which shows behind each what the area's owner is."""

    def text(row: Any) -> str:
        path = "" if row.path is None else str(column.kind.text(row.path))
        owner = owners.get(row) if isinstance(row, Area) else None
        if owner is None or owner.is_named:
            return path
        return f"{path} ({visible(owner.text)})" if path else f"({visible(owner.text)})"

    def get(row: Any) -> Any:
        return None if row.path is None and row not in owners else row

    kind = ValueKind(lambda row: row.path, text, column.kind.right, column.kind.style)
    return Column(column.name, kind, get)
