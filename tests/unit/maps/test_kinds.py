"""What each area is, from its name, its protection and who uses it."""

from __future__ import annotations

import pytest
from ptatlas.core.maps.area_map import AreaMap
from ptatlas.core.maps.kind_names import KINDS
from ptatlas.core.maps.kinds import LARGEST_LONE_GUARD, classify, may_have_symbols
from ptatlas.core.ranges import TOP
from support.targets import area

PAGE = 4096


def file_at(path, perms="rw-p", *, start=0x1000, size=PAGE, **known):
    return area(start, start + size, path, perms=perms, **known)


def kind(path, perms="rw-p", **facts):
    return classify([file_at(path, perms)], **facts)[0].kind


@pytest.mark.parametrize(
    ("path", "perms", "expected"),
    [
        pytest.param("[heap]", "rw-p", "heap", id="heap"),
        pytest.param("[stack]", "rw-p", "stack", id="main stack"),
        pytest.param("[stack:4242]", "rw-p", "stack", id="thread stack, as Linux 3.4 to 4.4 names it"),
        pytest.param("[vdso]", "r-xp", "vdso", id="vdso"),
        pytest.param("[vvar]", "r--p", "vvar", id="vvar"),
        pytest.param("[vvar_vclock]", "r--p", "vvar", id="vvar's clocks"),
        pytest.param("[vsyscall]", "--xp", "vsyscall", id="vsyscall"),
        pytest.param("[sigpage]", "r-xp", "vdso", id="ARM's signal page"),
        pytest.param("[vectors]", "r-xp", "vsyscall", id="ARM's vectors"),
        pytest.param("[anon:scudo:primary]", "rw-p", "anon", id="named anonymous"),
        pytest.param("[anon: glibc: malloc arena]", "rw-p", "anon", id="malloc arena, as glibc names it"),
        pytest.param(
            "[anon: glibc: pthread stack: 4242]", "rw-p", "stack", id="thread stack, as glibc names it"
        ),
        pytest.param(
            "[anon: glibc: pthread user stack: 4242]", "rw-p", "stack", id="thread stack that the user gave"
        ),
        pytest.param("[anon: glibc: unused stack]", "rw-p", "anon", id="the stack of a thread that ended"),
        pytest.param("[anon_shmem:x]", "rw-s", "shared", id="named shared"),
        pytest.param("[uprobes]", "--xp", "anon", id="another name of the kernel's"),
        pytest.param("", "rw-p", "anon", id="anonymous"),
        pytest.param("", "rwxp", "anon", id="anonymous and executable: no file, so no module"),
        pytest.param("", "rw-?", "anon", id="anonymous, perhaps shared"),
        pytest.param("", "rw-s", "shared", id="anonymous and shared"),
        pytest.param("[anon:stack_and_tls:7]", "rw-p", "stack", id="thread stack, as Android names it"),
        pytest.param("", "---p", "guard", id="no access"),
        pytest.param("", "---s", "guard", id="no access, shared"),
        pytest.param("", "--?p", "anon", id="perhaps executable: no guard"),
        pytest.param("", None, "anon", id="anonymous, nothing else known"),
        pytest.param("/dev/zero (deleted)", "rw-s", "shared", id="shared anonymous, as Linux names it"),
        pytest.param("/dev/zero (deleted)", "rw-?", "shared", id="the same in a core file"),
        pytest.param("/dev/zero", "rw-p", "anon", id="a private mapping of zeros is anonymous memory"),
        pytest.param("/dev/zero", "rw-s", "shared", id="a shared mapping of zeros"),
        pytest.param("/anon_hugepage (deleted)", "rw-p", "anon", id="huge pages"),
        pytest.param("/anon_hugepage (deleted)", "rw-s", "shared", id="shared huge pages"),
        pytest.param("/SYSV00000001 (deleted)", "rw-s", "shared", id="System V"),
        pytest.param("/drm mm object (deleted)", "rw-s", "device", id="a buffer of a graphics driver"),
        pytest.param("/i915 (deleted)", "rw-s", "device", id="a buffer of Intel's graphics driver"),
        pytest.param("/dmabuf:camera", "rw-s", "device", id="a buffer that drivers share, with its name"),
        pytest.param("/dmabuf:", "rw-s", "device", id="a buffer that drivers share"),
        pytest.param("/[aio] (deleted)", "rw-s", "shared", id="the kernel's ring of io_setup"),
        pytest.param("/memfd:x (deleted)", "rw-s", "shared", id="memfd"),
        pytest.param("/memfd:x (deleted)", "r-xs", "shared", id="memfd shared to run from"),
        pytest.param(
            "/memfd:x (deleted)", "rw-p", "file", id="a private mapping of a memfd is one of a file"
        ),
        pytest.param("/memfd:x (deleted)", "r-xp", "module", id="a program in a memfd"),
        pytest.param("/dev/shm/x", "rw-s", "shared", id="POSIX shared memory"),
        pytest.param("/dev/shm/x", "r--p", "file", id="a private mapping of POSIX shared memory"),
        pytest.param("/dev/shm/x (deleted)", "rw-s", "shared", id="POSIX shared memory that was unlinked"),
        pytest.param("/dev/hugepages/x", "rw-s", "shared", id="a file of huge pages"),
        pytest.param("/dev/hugepages1G/rtemap_0", "rw-s", "shared", id="a file of huge pages of 1 GiB"),
        pytest.param("/dev/huge1G/x", "rw-p", "file", id="a private mapping of a file of huge pages"),
        pytest.param("/dev/ashmem/dalvik (deleted)", "rw-s", "shared", id="Android's shared memory"),
        pytest.param("/dev/ashmem (deleted)", "rw-p", "file", id="Android's, without a name"),
        pytest.param("/secretmem (deleted)", "rw-s", "shared", id="memfd_secret"),
        pytest.param("anon_inode:[io_uring]", "rw-s", "device", id="the rings of io_uring"),
        pytest.param("/dev/dri/renderD128", "rw-s", "device", id="device"),
        pytest.param("/dev/nvidia0", "rw-p", "device", id="device, private"),
        pytest.param("/dev/kvm", "---p", "device", id="device without access"),
        pytest.param("anon_inode:[perf_event]", "rw-s", "device", id="a file of a driver without a name"),
        pytest.param("socket:[1234]", "rw-s", "device", id="a packet socket's ring"),
        pytest.param("/usr/lib/libc.so.6", "r-xp", "module", id="an executable mapping"),
        pytest.param("/usr/lib/locale/C.utf8/LC_CTYPE", "r--p", "file", id="a file that nobody runs"),
        pytest.param("/var/data", "rw-s", "file", id="a shared mapping of a file is one of a file"),
        pytest.param("/var/data", "---p", "file", id="a file without access is a file still"),
        pytest.param("/devices/x", "r--p", "file", id="a folder whose name begins like /dev"),
        pytest.param("relative", "r--p", "file", id="a name without a folder, from another system"),
        pytest.param("/lib/x", "r-?p", "file", id="perhaps executable: no module"),
        pytest.param("/lib/x", None, "file", id="a file, nothing else known"),
        pytest.param(None, None, None, id="nothing known"),
        pytest.param(None, "rw-p", None, id="no name known: no guess"),
        pytest.param(None, "---p", "guard", id="no name known, no access"),
    ],
)
def test_the_kind_of_an_area_by_itself(path, perms, expected):
    assert kind(path, perms) == expected
    assert expected is None or expected in KINDS


def kinds_of(*areas, **facts):
    return [a.kind for a in classify(list(areas), **facts)]


def test_all_mappings_of_a_file_that_is_mapped_executable_are_its_module_s():
    assert kinds_of(
        file_at("/lib/a", "r--p"),
        file_at("/lib/b", "r--p"),
        file_at("/lib/a", "r-xp"),
        file_at("/lib/a", "---p"),
    ) == ["module", "file", "module", "module"]


def test_the_same_file_by_another_name_is_the_same_module():
    # Two hard links, or a file that was replaced while it is mapped: the inode tells.
    one = file_at("/lib/a", "r-xp", device="fe:00", inode=7)
    assert kinds_of(one, file_at("/lib/link", "r--p", device="fe:00", inode=7)) == ["module", "module"]
    assert kinds_of(one, file_at("/lib/link", "r--p", device="fe:01", inode=7)) == ["module", "file"]


def test_a_file_that_the_debugger_has_loaded_is_a_module():
    assert kind("/lib/a", "r--p", module_paths=["/lib/a"]) == "module"
    assert kind("/lib/a (deleted)", "r--p", module_paths=["/lib/a"]) == "module"
    assert kind("/lib/ab", "r--p", module_paths=["/lib/a"]) == "file"


def test_the_zero_filled_end_of_a_module_is_anonymous():
    assert kinds_of(file_at("/lib/a", "r-xp"), file_at("", "rw-p")) == ["module", "anon"]


@pytest.mark.parametrize(
    ("size", "perms", "path", "expected"),
    [
        pytest.param(PAGE, "---p", "", "guard", id="a page"),
        pytest.param(LARGEST_LONE_GUARD, "---p", "", "guard", id="the largest page there is"),
        pytest.param(LARGEST_LONE_GUARD + PAGE, "---p", "", "reserved", id="more"),
        pytest.param(1 << 30, "---s", "", "reserved", id="shared"),
        pytest.param(1 << 30, "---p", None, "reserved", id="no name known"),
        pytest.param(1 << 30, "---p", "[anon: Go: heap]", "reserved", id="named"),
        pytest.param(1 << 30, "---s", "/memfd:java_heap (deleted)", "reserved", id="of a memory file"),
        pytest.param(1 << 30, "---p", "/lib/a", "file", id="of a file"),
        pytest.param(1 << 30, "--?p", "", "anon", id="perhaps executable"),
    ],
)
def test_reserved_address_space_is_told_from_guards(size, perms, path, expected):
    assert kinds_of(file_at(path, perms, size=size)) == [expected]


def stack_at(start=0x200000, *, guard=PAGE, path="", perms="rw-p", size=0x10000):
    """A stack, and below it what has no access."""
    below = [file_at("", "---p", start=start - guard, size=guard)] if guard else []
    return [*below, file_at(path, perms, start=start, size=size)]


@pytest.mark.parametrize(
    ("pointer", "expected"),
    [
        pytest.param(0x1FEFFF, "anon", id="below the guard"),
        pytest.param(0x1FFFFF, "stack", id="in the guard: it overflowed"),
        pytest.param(0x200000, "stack", id="at its beginning"),
        pytest.param(0x20FFFF, "stack", id="at its end"),
        pytest.param(0x210000, "anon", id="behind it"),
    ],
)
def test_an_area_above_a_guard_that_holds_a_stack_pointer_is_a_stack(pointer, expected):
    assert kinds_of(*stack_at(), stack_pointers=[0x500000, pointer, 0]) == ["guard", expected]


@pytest.mark.parametrize(
    ("areas", "expected"),
    [
        pytest.param(stack_at(guard=1 << 20), ["guard", "stack"], id="a guard of a MiB"),
        pytest.param(stack_at(guard=(1 << 20) + PAGE), ["reserved", "anon"], id="the rest of a heap below"),
        pytest.param(stack_at(guard=0), ["anon"], id="nothing below: a coroutine's on a heap, perhaps"),
        pytest.param(stack_at(perms="rw-s"), ["guard", "stack"], id="shared"),
        pytest.param(
            stack_at(path="[anon: glibc: malloc arena]"), ["guard", "anon"], id="a heap, by its name"
        ),
        pytest.param(stack_at(path="/memfd:x (deleted)", perms="rw-s"), ["guard", "stack"], id="of a memfd"),
        pytest.param(stack_at(path="/lib/a"), ["guard", "file"], id="a stack in a file"),
        pytest.param(stack_at(path="[heap]"), ["guard", "heap"], id="a stack on the heap"),
        pytest.param(
            [file_at("/lib/a", "---p", start=0x1FF000), *stack_at(guard=0)],
            ["file", "anon"],
            id="a file without access below is no guard",
        ),
        pytest.param(
            [file_at("", "---p", start=0x1FE000), *stack_at(guard=0)],
            ["guard", "anon"],
            id="a guard that doesn't touch it",
        ),
        pytest.param(
            [file_at("", "rw-p", start=0x1FF000, kind="guard"), *stack_at(guard=0)],
            ["guard", "stack"],
            id="what GDB wrote as a readable guard",
        ),
        pytest.param(stack_at(guard=0, path=None), ["stack"], id="no name known: nothing else tells"),
        pytest.param(stack_at(guard=0, perms=None), ["stack"], id="no protection known"),
        pytest.param(stack_at(guard=0, perms="???p"), ["stack"], id="no protection known, but private"),
    ],
)
def test_what_proves_a_stack(areas, expected):
    assert kinds_of(*areas, stack_pointers=[0x208000]) == expected


@pytest.mark.parametrize(
    ("thread_pointer", "expected"),
    [
        pytest.param(0x20F700, "stack", id="the thread's data above its stack pointer"),
        pytest.param(0x201000, "anon", id="below it"),
        pytest.param(0x300000, "anon", id="elsewhere: a coroutine"),
        pytest.param(0, "anon", id="none"),
    ],
)
def test_a_thread_s_own_data_prove_its_stack(thread_pointer, expected):
    asked = []

    def pointers(wanted):
        asked.extend(wanted)
        return {0x208000: thread_pointer}

    areas = [*stack_at(0x100000), *stack_at(guard=0)]
    found = kinds_of(*areas, stack_pointers=[0x208000, 0x108000], thread_pointers=pointers)
    assert found == ["guard", "stack", expected]
    assert asked == [0x208000]  # not of what a guard has proven


def test_a_stack_at_the_top_of_the_address_space():
    areas = stack_at(TOP - PAGE, size=PAGE)
    assert kinds_of(*areas, stack_pointers=[TOP - 1]) == ["guard", "stack"]


def test_a_kind_that_is_known_stays():
    assert kinds_of(file_at("", "r-xp", kind="vdso")) == ["vdso"]


def test_nothing_but_the_kind_changes():
    before = file_at("/lib/a", "r-xp", device="fe:00", inode=7, source="procfs")
    assert classify([before]) == [before._replace(kind="module")]
    assert classify([]) == []


@pytest.mark.parametrize(
    ("regular", "perms", "expected"),
    [
        pytest.param(True, "rw-s", "shared", id="a regular file, shared"),
        pytest.param(True, "rw-p", "file", id="a regular file, private"),
        pytest.param(True, "r-xp", "module", id="a regular file, executable"),
        pytest.param(False, "rw-s", "device", id="a driver"),
        pytest.param(None, "rw-s", "device", id="nobody could look"),
    ],
)
def test_below_dev_it_counts_what_is_there(regular, perms, expected):
    (found,) = classify([file_at("/dev/mounted/rtemap_0", perms, regular=regular)])
    assert found.kind == expected


@pytest.mark.parametrize(
    ("before", "kind", "has_symbols"),
    [
        pytest.param("module", "anon", True, id="behind an object"),
        pytest.param("heap", "anon", False, id="behind something else"),
        pytest.param(None, "anon", False, id="behind a gap"),
        pytest.param("heap", "module", True, id="an object"),
        pytest.param("heap", None, True, id="of no known kind"),
        pytest.param("module", "heap", False, id="the heap behind an object"),
    ],
)
def test_variables_go_on_behind_an_object(before, kind, has_symbols):
    here = area(0x2000, 0x3000, kind=kind)
    areas = AreaMap([here, *([area(0x1000, 0x2000, kind=before)] if before else [])])
    assert may_have_symbols(here, areas) is has_symbols


def test_the_lowest_area_of_all_has_nothing_before_it():
    here = area(0, 0x1000, kind="anon")
    assert not may_have_symbols(here, AreaMap([here]))
