"""C's expressions, evaluated by reading only: LLDB's own evaluator writes to the process."""
