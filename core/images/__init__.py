"""What memory should hold: sections of files and bytes, placed at addresses in address spaces."""
