"""A search: ranges read in chunks by threads, hits in order, what was covered, where to go on."""
