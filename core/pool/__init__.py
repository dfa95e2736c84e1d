"""Persistent heaps in files: what one process put there, the next one finds.

docs/pool.md has the contract, the file format byte by byte, and why no crash costs a commit.
"""

from .pool import Pool
from .stats import PoolStats, TraceEvent

__all__ = ["Pool", "PoolStats", "TraceEvent"]
