"""Files of this machine: opened without waiting, known again by identity, written whole or not at all."""
