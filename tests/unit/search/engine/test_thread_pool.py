"""A search takes the threads and the memory that there are."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

PROGRAM = textwrap.dedent(
    """
    import resource, sys
    from ptatlas.core.errors import AtlasError
    from ptatlas.core.search.patterns.pattern import Pattern
    from ptatlas.core.search.scanner import Scanner
    from ptatlas.core.sources.buffer import buffer_target

    target = buffer_target([(0x1000, b"NEEDLE".ljust(1 << 20, b".") * 32, "rw-p")])
    scanner = Scanner(target.readers[0], target.listers[0].areas(), 2)
    scanner.find(Pattern.raw(b"NEEDLE")).count()  # everything is imported now
    with open("/proc/self/statm") as file:
        taken = int(file.read().split()[0]) * resource.getpagesize()
    limit = taken + int(float(sys.argv[1]) * (1 << 20))
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    try:
        search = scanner.find(Pattern.raw(b"NEEDLE"))
        print(search.count(), search.coverage.searched)
    except AtlasError as error:
        print(error)
    """
)


@pytest.mark.parametrize(
    ("megabytes", "said"),
    [
        pytest.param(0.5, "there is no memory for a buffer of", id="not even for one chunk"),
        pytest.param(5, f"32 {32 << 20}", id="for no thread"),
        # Python starts such a thread, which ends before it says so.
        pytest.param(14, f"32 {32 << 20}", id="for a thread's stack and nothing else"),
        pytest.param(45, f"32 {32 << 20}", id="for one thread"),
        pytest.param(1000, f"32 {32 << 20}", id="for all"),
    ],
)
def test_within_a_limit_on_memory_everything_is_searched_or_it_is_an_error(megabytes, said):
    command = [sys.executable, "-c", PROGRAM, str(megabytes)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ended.stdout.startswith(said), ended.stderr
