"""Whether the same addresses are mapped differently."""

from __future__ import annotations

from ...maps.area import Area
from ...maps.protection import Protection

_FLAGS = (Protection.READ, Protection.WRITE, Protection.EXEC, Protection.SHARED)


def is_altered(before: Area, after: Area, delta: int) -> bool:
    """Return whether one area maps something else than another at `delta` more, as far as both are known."""
    if before.protection != after.protection and any(
        _differ(before.allows(flag), after.allows(flag)) for flag in _FLAGS
    ):
        return True
    if (before.path or "") != (after.path or "") and not _is_only_named(before, after):
        return True
    if not before.path or before.path.startswith("[") or before.offset is None or after.offset is None:
        return False
    return before.offset - before.start != after.offset - after.start + delta


def _differ(before: bool | None, after: bool | None) -> bool:
    return before is not None and after is not None and before is not after


def _is_only_named(before: Area, after: Area) -> bool:
    """Return whether only the name is missing on one side: in core files, the heap has none."""
    name = before.path or after.path or ""
    return name.startswith("[") and not (before.path and after.path)
