"""What is searched for: types of patterns, read from text, as bytes and the shapes that matches have."""
