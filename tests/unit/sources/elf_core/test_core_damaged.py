"""Whatever is done to a core file: an AtlasError or an answer, and soon."""

from __future__ import annotations

import functools

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from ptatlas.core.errors import AtlasError
from ptatlas.core.maps.area_map import AreaMap
from ptatlas.core.maps.kinds import classify
from ptatlas.core.range_set import RangeSet
from ptatlas.core.ranges import TOP
from ptatlas.core.sources import core_target
from support.core_builder import EM_386, EM_PPC64, EM_X86_64, PAGE, CoreBuilder, elf_image

pytestmark = pytest.mark.slow

SETTINGS = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=300
)


@functools.cache
def whole(word_size, endian, machine):
    """A core with something of everything."""
    builder = CoreBuilder(word_size, endian, machine).process(7, b"prog").thread(7, bytes(216))
    builder.auxv(PHDR=0x10040, PHENT=56, PHNUM=3, PAGESZ=PAGE, EXECFN=0x20000, RANDOM=0x20010, BASE=0x10000)
    builder.files((0x10000, 0x12000, 0, b"/nowhere/lib"), (0x30000, 0x31000, PAGE, b"/proc/self/exe"))
    if machine == EM_386:
        entries = [(0x10000, 0x12000, "r-x"), (0x20000, 0x21000, "rw-"), (0x30000, 0x31000, "r--")]
        builder.vm_map(*(builder.vm_entry(*entry, path=b"/nowhere/lib") for entry in entries))
    builder.load(0x10000, elf_image(b"1" * 20, word_size=word_size, endian=endian)[:PAGE], "r-x", 2 * PAGE)
    builder.load(0x20000, b"/bin/prog\0".ljust(PAGE, b"s")).load(0x30000, b"", "r--", PAGE)
    return builder.build()


SHAPES = st.sampled_from(
    [(8, "little", EM_X86_64), (4, "little", EM_386), (8, "big", EM_PPC64), (4, "big", EM_386)]
)


def use(path):
    """Ask everything that a target can be asked; what holds for every core, whole or damaged, is checked."""
    try:
        target = core_target(path)
    except AtlasError as error:
        return path in str(error)
    areas = target.listers[0].areas()
    AreaMap(areas)  # refuses overlapping duplicates and impossible ranges
    assert all(0 <= left.end <= right.start < TOP for left, right in zip(areas, areas[1:]))
    classify(areas, module_paths=[m.path for m in target.modules.modules()])
    missing = RangeSet(target.absent.absent(0, TOP))
    room = memoryview(bytearray(2 * PAGE))
    for area in areas[:50]:
        for start in (area.start, area.end - 1):
            got = target.readers[0].read_into(start, room)
            assert 0 <= got <= len(room)
            # Absent or readable: nothing else, and not both.
            assert (start in missing) == (got == 0)
    return True


@SETTINGS
@given(SHAPES, st.data())
def test_a_core_that_is_cut_off_anywhere(tmp_path, shape, data):
    content = whole(*shape)
    size = data.draw(st.one_of(st.integers(0, len(content)), st.integers(0, 1200)))
    (tmp_path / "core").write_bytes(content[:size])
    assert use(str(tmp_path / "core"))


@SETTINGS
@given(SHAPES, st.data())
def test_a_core_with_bytes_changed_anywhere(tmp_path, shape, data):
    content = bytearray(whole(*shape))
    changes = data.draw(
        st.lists(
            st.tuples(
                st.integers(0, 1500), st.one_of(st.binary(min_size=1, max_size=8), st.just(b"\xff" * 8))
            ),
            min_size=1,
            max_size=6,
        )
    )
    for at, new in changes:
        content[at : at + len(new)] = new
    (tmp_path / "core").write_bytes(content)
    assert use(str(tmp_path / "core"))


@SETTINGS
@given(st.binary(max_size=600))
@example(b"")
def test_garbage_after_an_elf_s_magic_number(tmp_path, garbage):
    (tmp_path / "core").write_bytes(b"\x7fELF\x02\x01\x01".ljust(16, b"\0") + b"\x04\0" + garbage)
    assert use(str(tmp_path / "core"))
