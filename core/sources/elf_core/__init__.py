"""ELF core files: the memory of a process that was dumped.

`core` and `content` are held by test_core_real, test_core_foreign and test_core_damaged, as is whatever
reads notes.
"""

from __future__ import annotations

from .core import core_target

__all__ = ["core_target"]
