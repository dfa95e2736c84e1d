"""What LLDB finds ptatlas's classes under, in the dictionary that it looks names up in."""

NAMESPACE = "ptatlas_commands"
