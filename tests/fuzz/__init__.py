"""Fuzzing of every parser: targets, seeds, mutations, what runs them; docs/contributing.md, "Fuzzing"."""
