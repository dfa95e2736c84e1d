"""Images in stores: how they are kept there, and how a session has them beside its own."""
