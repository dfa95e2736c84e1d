"""Searching on the far side of a link, where the stub knows how."""
