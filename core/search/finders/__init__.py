"""Ways of finding matches in a chunk of memory; each finds exactly what the others would."""
