"""Copying memory: read ahead, pages kept once, what could not be taken told."""
