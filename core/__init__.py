"""The debugger-neutral part of ptatlas: the model of memory, search, images, rendering, commands.

The names below are what scripts may rely on. Each is imported when it is first asked for, so that
loading a plugin, which needs few of them, stays cheap.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .errors import AlreadySet as AlreadySet
    from .errors import AtlasError as AtlasError
    from .errors import EndOfMap as EndOfMap
    from .errors import Interrupted as Interrupted
    from .errors import InvalidArgument as InvalidArgument
    from .errors import InvalidCookie as InvalidCookie
    from .errors import MapChanged as MapChanged
    from .errors import MemoryFault as MemoryFault
    from .errors import PathTooLong as PathTooLong
    from .errors import PatternError as PatternError
    from .errors import PoolCorrupt as PoolCorrupt
    from .errors import PoolError as PoolError
    from .errors import SourceError as SourceError
    from .errors import UnknownSection as UnknownSection
    from .images.check.check import check as check
    from .images.diff.diff import diff as diff
    from .images.model.asid import Asid as Asid
    from .images.model.image import Image as Image
    from .images.model.section import Section as Section
    from .images.model.section_cache import SectionCache as SectionCache
    from .images.model.snapshot import Snapshot as Snapshot
    from .inferior import Inferior as Inferior
    from .maps.area import Area as Area
    from .maps.area_map import AreaMap as AreaMap
    from .maps.protection import Protection as Protection
    from .maps.vm import VmEntry as VmEntry
    from .memory.memory_map import MemoryMap as MemoryMap
    from .opening import open_core as open_core
    from .opening import open_process as open_process
    from .pool.pool import Pool as Pool
    from .search.patterns.pattern import Pattern as Pattern
    from .search.scanner import Scanner as Scanner

_MODULES = {
    "errors": (
        "AlreadySet AtlasError EndOfMap Interrupted InvalidArgument InvalidCookie MapChanged MemoryFault "
        "PathTooLong PatternError PoolCorrupt PoolError SourceError UnknownSection"
    ),
    "images.model.asid": "Asid",
    "images.model.section_cache": "SectionCache",
    "images.check.check": "check",
    "images.diff.diff": "diff",
    "images.model.image": "Image",
    "images.model.section": "Section",
    "images.model.snapshot": "Snapshot",
    "inferior": "Inferior",
    "maps.area": "Area",
    "maps.area_map": "AreaMap",
    "maps.protection": "Protection",
    "maps.vm": "VmEntry",
    "memory.memory_map": "MemoryMap",
    "opening": "open_core open_process",
    "pool.pool": "Pool",
    "search.patterns.pattern": "Pattern",
    "search.scanner": "Scanner",
}
_WHERE = {name: module for module, names in _MODULES.items() for name in names.split()}

__all__ = sorted(_WHERE)  # noqa: PLE0605 - a list, of the names above


def __getattr__(name: str) -> Any:
    """Import the name from where it is (PEP 562)."""
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f".{_WHERE[name]}", __name__), name)


def __dir__() -> list[str]:
    return __all__
