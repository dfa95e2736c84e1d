"""Hits, one by one and millions of them in little memory."""
