"""Bytes placed at addresses, for memory maps, core files, images and stores: content, segments and a tree."""
