"""Which files are mapped in an inferior, whether they are these files, and images of them."""
