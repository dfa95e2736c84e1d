"""Stores: named records of memory in a pool file, whose equal pages are kept once.

docs/stores.md has the format byte by byte. The layers above define what the records mean: images and
snapshots (`core.images.stored`), memory maps (`core.memory.saved`).
"""
