"""The commands: one file each, a spec and a function that returns typed rows."""
