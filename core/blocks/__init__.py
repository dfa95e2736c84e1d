"""The blocks of the program's allocators, in use and free, by the allocators' own structures."""
