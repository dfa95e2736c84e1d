"""pt-image: its spec, and a module for each few of its calls."""
