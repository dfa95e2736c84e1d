"""ELF core files: the memory of a process that was dumped."""

from __future__ import annotations

from .core import core_target

__all__ = ["core_target"]
