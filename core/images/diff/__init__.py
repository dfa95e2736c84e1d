"""What is different between two images, snapshots or the inferior, by address or by file.

`change`, `sides`, `execution`, `moved_words` and `run_noise` are held by the tests of `diff` and, over two
runs of a program, by tests/debugger/test_two_runs.py.
"""
