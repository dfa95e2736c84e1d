"""Whether memory is what an image says, and if not, why not."""
