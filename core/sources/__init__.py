"""Where areas and contents come from: processes, core files, buffers."""

from __future__ import annotations

from .buffer import BufferArea, buffer_target
from .elf_core import core_target
from .procfs import process_target

__all__ = ["BufferArea", "buffer_target", "core_target", "process_target"]
