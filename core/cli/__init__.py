"""The command `ptatlas`: the three commands without a debugger, and loading them in debuggers."""
