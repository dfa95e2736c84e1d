"""What the tests share: compiled programs, child processes, debugger sessions."""
