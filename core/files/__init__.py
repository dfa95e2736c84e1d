"""Files of this machine: opened without waiting, recognised by identity, written whole or not at all."""
