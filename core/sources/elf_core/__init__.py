"""ELF core files: the memory of a process that was dumped."""

from __future__ import annotations
