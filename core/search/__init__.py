"""Patterns, and the engine that finds them in any memory."""
