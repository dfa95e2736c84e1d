"""The objects that LLDB has loaded."""

from __future__ import annotations

import os
from collections.abc import Sequence

import lldb
from ptatlas.core.ports.program import Module


class LldbModules:
    """The objects that LLDB has loaded for a target."""

    def __init__(self, target: lldb.SBTarget) -> None:
        self._target = target

    def modules(self) -> Sequence[Module]:
        """Return the loaded objects with their build-ids; what is no file ([vdso]) is left out."""
        found = ((module.GetFileSpec().fullpath, module) for module in self._target.module_iter())
        return [
            Module(path, _build_id(module), not _is_placeholder(module))
            for path, module in found
            if path and os.path.isabs(path)
        ]


def _is_placeholder(module: lldb.SBModule) -> bool:
    """Return whether LLDB only has a name and a place: of a module in a minidump whose file it didn't find.

    It has one section then (ObjectFilePlaceholder of lldb/source/Plugins/ObjectFile).
    """
    return module.GetNumSections() == 1 and module.GetSectionAtIndex(0).GetName() == ".module_image"


def _build_id(module: lldb.SBModule) -> bytes | None:
    """Return the UUID; None for the 4-byte checksum that LLDB uses where a file has no build-id."""
    uuid = bytes.fromhex((module.GetUUIDString() or "").replace("-", ""))
    return uuid if len(uuid) > 4 else None
