"""The name of ptatlas's classes in the dictionary in which LLDB looks up names."""

NAMESPACE = "ptatlas_commands"
