"""C's expressions, read and evaluated by looking only: LLDB's own evaluator writes to the process."""
