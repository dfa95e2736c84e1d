"""A library that looks for many expressions at once, where one is installed: Hyperscan."""
