"""What ptatlas needs from a debugger, a process or a file: small abilities, one Protocol each.

A target that lacks an ability lacks the port: the field of `Target` is None, and no port has a
method that only raises. Ports are implemented by `core/sources` and by the debugger's adapters;
everything a port raises is an AtlasError.
"""
