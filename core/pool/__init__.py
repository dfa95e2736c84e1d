"""Persistent heaps in files: what one process stored, the next one finds.

docs/pool.md has the contract, the file format byte by byte, and why no crash loses a commit.
"""

from .pool import Pool
from .stats import PoolStats, TraceEvent

__all__ = ["Pool", "PoolStats", "TraceEvent"]
