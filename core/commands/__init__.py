"""The commands: a room for each, and the shell that all of them need."""
