"""Where areas and contents come from: processes, core files, buffers."""
