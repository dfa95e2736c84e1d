"""pt-find: its spec, and what answers it."""
