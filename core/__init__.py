"""The debugger-neutral part of ptatlas: the model of memory, search, images, rendering, commands."""
