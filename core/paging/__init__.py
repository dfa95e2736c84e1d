"""Page tables of each architecture, read from any physical memory: from a root to effective ranges."""
