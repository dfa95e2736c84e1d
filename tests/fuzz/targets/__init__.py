"""All targets, by room of the core."""

from __future__ import annotations

import importlib

from fuzz.target import Target

ROOMS = (
    *("elf", "cores", "procfs", "proofs", "blocks", "stores", "patterns"),
    *("paging", "commands", "debuggers"),
)


def targets_of(room: str) -> dict[str, Target]:
    """Return the targets of a room by name."""
    return {target.name: target for target in importlib.import_module(f"{__name__}.{room}").TARGETS}


def all_targets() -> dict[str, Target]:
    """Return all targets by name."""
    return {name: target for room in ROOMS for name, target in targets_of(room).items()}
