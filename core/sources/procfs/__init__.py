"""A local live process of Linux, through /proc and process_vm_readv(2)."""

from __future__ import annotations

from .process import ProcessPorts, process_ports, process_target
from .tracer import is_traced_by_us

__all__ = ["ProcessPorts", "is_traced_by_us", "process_ports", "process_target"]
