"""Sections placed at addresses in address spaces: images, snapshots, and the section cache."""
