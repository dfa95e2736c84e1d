"""Data placed at addresses, and typed access to it."""
