"""Which bits of a process's addresses the kernel ignores."""

from __future__ import annotations

import platform

import pytest
from ptatlas.core.arch import AARCH64_IGNORED
from ptatlas.core.elf.headers import EM_AARCH64, EM_X86_64
from ptatlas.core.errors import SourceError
from ptatlas.core.ports.running import StillClock
from ptatlas.core.sources.procfs.handle import ProcessHandle
from ptatlas.core.sources.procfs.process import process_target, traced_process
from ptatlas.core.sources.procfs.tags import ProcfsTags, ignored_bits

# As Linux 6.4 and later print it on x86-64 (arch/x86/kernel/process_64.c): without LAM, and with LAM_U57.
STATUS = b"Name:\tx\nx86_Thread_features:\t\n%bNoNewPrivs:\t0\n"


class Told(ProcessHandle):
    """A process of which only the status is known."""

    def __init__(self, status):
        super().__init__(1)
        self.status = status

    def read(self, name):
        assert name == "status"
        if self.status is None:
            raise SourceError("gone")
        return self.status


@pytest.mark.parametrize(
    ("status", "machine", "expected"),
    [
        pytest.param(STATUS % b"untag_mask:\t0xffffffffffffffff\n", EM_X86_64, 0, id="no LAM"),
        pytest.param(STATUS % b"untag_mask:\t0x81ffffffffffffff\n", EM_X86_64, 0x7E << 56, id="LAM"),
        pytest.param(STATUS % b"", EM_X86_64, 0, id="an older kernel"),
        pytest.param(None, EM_X86_64, 0, id="a process that is gone"),
        pytest.param(None, EM_AARCH64, AARCH64_IGNORED, id="AArch64"),
    ],
)
def test_the_ignored_bits_are_those_that_the_kernel_tells_or_the_machine_has(status, machine, expected):
    assert ignored_bits(Told(status), machine) == expected


def test_tags_are_asked_for_each_time():
    process = Told(STATUS % b"untag_mask:\t0xffffffffffffffff\n")
    tags = ProcfsTags(process, EM_X86_64)
    assert tags.ignored_bits() == 0
    process.status = STATUS % b"untag_mask:\t0x81ffffffffffffff\n"
    assert tags.ignored_bits() == 0x7E << 56


def test_only_where_a_clock_tells_when_the_process_ran_tags_are_asked_again(areas_child):
    assert process_target(areas_child.pid).tags is None
    target, _ = traced_process(areas_child.pid, StillClock())
    is_switched = platform.machine() == "x86_64"
    assert (target.tags is not None) == is_switched
