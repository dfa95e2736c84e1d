"""Whose each area is, where that is proven: a thread's stack, an allocator's heap, a module's .bss."""
