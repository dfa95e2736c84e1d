"""A local live process of Linux, through /proc and process_vm_readv(2)."""

from __future__ import annotations

from .process import process_target, traced_process
from .tracer import is_traced_by_us

__all__ = ["is_traced_by_us", "process_target", "traced_process"]
