"""Typed results into text: tables, JSON, CSV, hexdumps."""
