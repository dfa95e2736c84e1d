"""Which areas an address space has, and how they change."""
