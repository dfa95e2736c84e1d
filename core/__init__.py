"""The debugger-neutral part of ptatlas: the model of memory, search, images, rendering, commands.

The names below are what scripts may rely on. Each is imported when it is first asked for, so that
loading a plugin, which needs few of them, stays cheap.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .errors import (
        AlreadySet,
        AtlasError,
        EndOfMap,
        Interrupted,
        InvalidArgument,
        InvalidCookie,
        MapChanged,
        MemoryFault,
        PathTooLong,
        PatternError,
        PoolCorrupt,
        PoolError,
        SourceError,
        UnknownSection,
    )
    from .images.check.check import check
    from .images.diff.diff import diff
    from .images.model.asid import Asid
    from .images.model.image import Image
    from .images.model.section import Section
    from .images.model.section_cache import SectionCache
    from .images.model.snapshot import Snapshot
    from .inferior import Inferior
    from .integers import as_address
    from .maps.area import Area
    from .maps.area_map import AreaMap
    from .maps.protection import Protection
    from .maps.vm import VmEntry
    from .memory.memory_map import MemoryMap
    from .opening import open_core, open_process
    from .pool.pool import Pool
    from .search.engine.search import Search
    from .search.hits.hits import Hit
    from .search.patterns.pattern import Pattern
    from .search.scanner import Scanner

__all__ = [
    "AlreadySet",
    "Area",
    "AreaMap",
    "Asid",
    "AtlasError",
    "EndOfMap",
    "Hit",
    "Image",
    "Inferior",
    "Interrupted",
    "InvalidArgument",
    "InvalidCookie",
    "MapChanged",
    "MemoryFault",
    "MemoryMap",
    "PathTooLong",
    "Pattern",
    "PatternError",
    "Pool",
    "PoolCorrupt",
    "PoolError",
    "Protection",
    "Scanner",
    "Search",
    "Section",
    "SectionCache",
    "Snapshot",
    "SourceError",
    "UnknownSection",
    "VmEntry",
    "as_address",
    "check",
    "diff",
    "open_core",
    "open_process",
]

_MODULES = {
    "images.model.asid": "Asid",
    "images.model.section_cache": "SectionCache",
    "images.check.check": "check",
    "images.diff.diff": "diff",
    "images.model.image": "Image",
    "images.model.section": "Section",
    "images.model.snapshot": "Snapshot",
    "inferior": "Inferior",
    "integers": "as_address",
    "maps.area": "Area",
    "maps.area_map": "AreaMap",
    "maps.protection": "Protection",
    "maps.vm": "VmEntry",
    "memory.memory_map": "MemoryMap",
    "opening": "open_core open_process",
    "pool.pool": "Pool",
    "search.engine.search": "Search",
    "search.hits.hits": "Hit",
    "search.patterns.pattern": "Pattern",
    "search.scanner": "Scanner",
}
_WHERE = {name: module for module, names in _MODULES.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    """Import the name from where it is (PEP 562); what isn't named there is an error."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f".{_WHERE.get(name, 'errors')}", __name__), name)


def __dir__() -> list[str]:
    return __all__
