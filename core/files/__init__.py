"""Files of this machine: opened without waiting, known again by what they are, written whole or not at all."""
