"""pt-maps: its spec, and what answers it."""
