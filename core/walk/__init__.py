"""Walking through much memory: pace, progress, reading around holes, and what could not be covered."""
