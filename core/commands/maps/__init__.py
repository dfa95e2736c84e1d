"""pt-maps: its spec, and the functions that answer it."""
