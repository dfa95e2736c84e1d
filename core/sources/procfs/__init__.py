"""A local live process of Linux, through /proc and process_vm_readv(2)."""

from __future__ import annotations
