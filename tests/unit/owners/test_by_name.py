"""Owners that names prove: the kernel's, and those that runtimes give their memory."""

from __future__ import annotations

import pytest
from ptatlas.core.ports.threads import Thread, ThreadName
from support.mapped import mapped, owners

THREADS = [Thread(100, None), Thread(102, None)]
NAMES = {100: ThreadName(1, "main"), 102: ThreadName(2, "worker")}


def owner_of(name, perms="rw-p", threads=THREADS):
    return owners(mapped(f"1000-2000 {perms} 0 00:00 0 {name}", threads=threads, names=NAMES)).get(0x1000)


@pytest.mark.parametrize(
    ("name", "what", "of", "text"),
    [
        pytest.param("[anon: glibc: malloc arena]", "heap", "glibc", "glibc heap", id="glibc's arena"),
        pytest.param("[anon: glibc: malloc]", "heap", "glibc", "glibc heap", id="glibc's large block"),
        pytest.param("[anon: glibc: loader malloc]", "heap", "glibc", "glibc loader's heap", id="ld.so's"),
        pytest.param("[anon: Go: heap]", "heap", "Go", "Go heap", id="Go's heap"),
        pytest.param(
            "[anon: Go: heap reservation]", "rest of heap", "Go", "reserved for the Go heap", id="Go's rest"
        ),
        pytest.param("[anon: Go: gc bits]", "metadata", "Go", "Go runtime", id="Go's other memory"),
        pytest.param("[anon:v8]", "heap", "V8", "V8 heap", id="V8"),
        pytest.param(
            "[anon:partition_alloc]", "heap", "PartitionAlloc", "PartitionAlloc heap", id="Chromium"
        ),
        pytest.param("[anon:scudo:primary]", "heap", "Scudo", "Scudo heap", id="Android's allocator"),
        pytest.param("[anon:dalvik-main space]", "heap", "ART", "ART heap", id="Android's runtime"),
        pytest.param("/memfd:java_heap (deleted)", "heap", "Java", "Java heap, ZGC", id="Java's heap"),
    ],
)
def test_a_name_tells_the_owner(name, what, of, text):
    owner = owner_of(name)
    assert owner[:3] == (what, of, text)
    assert owner.is_named == name.startswith("[")
    assert owner[3:5] == (0x1000, 0x2000)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("[stack]", 'thread 1 "main", LWP 100', id="the main thread's"),
        pytest.param("[stack:102]", 'thread 2 "worker", LWP 102', id="Linux 3.4 to 4.4"),
        pytest.param("[anon: glibc: pthread stack: 102]", 'thread 2 "worker", LWP 102', id="glibc's"),
        pytest.param("[anon: glibc: pthread user stack: 102]", 'thread 2 "worker", LWP 102', id="the user's"),
        pytest.param("[anon:stack_and_tls:102]", 'thread 2 "worker", LWP 102', id="Android's"),
        pytest.param("[anon: glibc: pthread stack: 999]", "LWP 999", id="of a thread without a name"),
    ],
)
def test_a_stack_s_name_has_its_thread(name, text):
    assert owner_of(name).text == text


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("", id="none"),
        pytest.param("[anon:mine]", id="a program's own"),
        pytest.param("[anon: glibc: unused stack]", id="the stack of a thread that ended"),
        pytest.param("[heap]", id="the kernel's heap"),
        pytest.param("/memfd:other (deleted)", id="another memfd"),
        pytest.param("/tmp/[stack:102]", id="a file"),
    ],
)
def test_what_names_do_not_tell(name):
    assert owner_of(name) is None


def test_without_threads_the_main_stack_is_nobody_s():
    assert owner_of("[stack]", threads=[]) is None
