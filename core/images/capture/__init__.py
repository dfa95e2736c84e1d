"""Copying memory: reads ahead, keeps equal pages once, and reports what could not be copied."""
