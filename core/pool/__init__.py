"""Persistent heaps in files: what one process put there, the next one finds."""
