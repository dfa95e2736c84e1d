"""What is different between two images, snapshots or the inferior, by address or by file."""
