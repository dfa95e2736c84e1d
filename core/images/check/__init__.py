"""Whether memory is what an image says, and if not, why not.

`causes` and `difference` are held by the tests of `check`, in processes and over plain bytes.
"""
