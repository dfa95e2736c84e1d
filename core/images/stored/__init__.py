"""Images in stores: how they are kept there, and how a session has them beside its own.

The tests of `session_images` write and read back everything: `encode`, `decode`, `circumstances`,
`remembered_files`, `store_capture` and `listed` are held by them.
"""
