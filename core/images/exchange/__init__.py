"""Images for other programs, and images from core files."""
