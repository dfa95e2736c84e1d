"""glibc's malloc, from 2.31 on.

Sources: malloc/malloc.c and malloc/arena.c of glibc 2.36 and 2.41, read for their facts: the layouts of
malloc_chunk, malloc_state, malloc_par and tcache_perthread_struct, and how sysmalloc ends a region. 2.31 lays
out all of these but heap_info the same; 2.42 has a larger tcache_perthread_struct.
"""
