"""pt-find: its spec, and the functions that answer it."""
