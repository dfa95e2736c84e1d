"""Which areas a name means, and where the object of a name begins."""

from __future__ import annotations

import pytest
from ptatlas.core.errors import InvalidArgument
from ptatlas.core.maps.names import base_of, name_test
from support.targets import area


@pytest.mark.parametrize(
    ("glob", "path", "matches"),
    [
        pytest.param("a[1].so", "/lib/a[1].so", True, id="brackets that are part of the name"),
        pytest.param("a[1].so", "/lib/a1.so", True, id="brackets that are a set of characters"),
        pytest.param("a[1].so", "/lib/a2.so", False, id="neither"),
        pytest.param("[anon:*]", "[anon:scudo:primary]", True, id="a bracketed name with a wildcard"),
        pytest.param("[anon:*]", "[heap]", False, id="another bracketed name"),
        pytest.param("*.so", "/lib/a.so (deleted)", True, id="a wildcard before what the kernel adds"),
        pytest.param("*.so (deleted)", "/lib/a.so (deleted)", True, id="a wildcard, with what it adds"),
        pytest.param("*.so (deleted)", "/lib/a.so", False, id="only files that are gone"),
        pytest.param("a.so", "/lib/a.so (deleted)", True, id="a prefix of a deleted file"),
        pytest.param("/lib/*.so", "/lib/a.so (deleted)", True, id="the same by the whole path"),
    ],
)
def test_a_name_matches_as_people_mean_it(glob, path, matches):
    assert name_test(glob)(area(0x1000, 0x2000, path)) is matches


@pytest.mark.parametrize("glob", ["lib/liba.so.1", "lib/lib*", "lib/*.so*", "usr/lib/liba"])
def test_a_path_goes_through_symbolic_links(tmp_path, glob):
    (tmp_path / "usr" / "lib").mkdir(parents=True)
    (tmp_path / "usr" / "lib" / "liba.so.1.2").touch()
    (tmp_path / "usr" / "lib" / "liba.so.1").symlink_to("liba.so.1.2")
    (tmp_path / "lib").symlink_to("usr/lib")
    mapped = area(0x1000, 0x2000, str(tmp_path.resolve() / "usr" / "lib" / "liba.so.1.2"))
    assert name_test(f"{tmp_path}/{glob}")(mapped)
    assert base_of([mapped._replace(kind="module")], f"{tmp_path}/lib/liba.so.1") == 0x1000


def test_a_path_without_symbolic_links_means_no_other():
    assert not name_test("/nosuch/lib/a")(area(0x1000, 0x2000, "/lib/a"))
    assert not name_test("/nul\0")(area(0x1000, 0x2000, "/nul"))


LOADED = [
    area(0x1000, 0x2000, "/bin/prog", kind="module"),
    area(0x2000, 0x3000, "", kind="anon"),
    area(0x4000, 0x5000, "/lib/libc.so.6", 0x1000, kind="module"),
    area(0x5000, 0x6000, "/lib/libc.so.6", 0x2000, kind="module"),
    area(0x6000, 0x7000, "/lib/libcrypto.so.3", kind="module"),
    area(0x7000, 0x8000, "/lib/libpthread-2.31.so", kind="module"),
    area(0x8000, 0x9000, "/usr/share/libc.mo", kind="file"),
    area(0x9000, 0xA000, "[vdso]", kind="vdso"),
    area(0xA000, 0xB000, "[heap]", kind="heap"),
]


@pytest.mark.parametrize(
    ("name", "base"),
    [
        pytest.param("prog", 0x1000, id="the program"),
        pytest.param("libc", 0x4000, id="what is called so before the first dot"),
        pytest.param("libpthread", 0x7000, id="what is called so before the first dash"),
        pytest.param("libcr", 0x6000, id="a prefix of one"),
        pytest.param("libc.so.6", 0x4000, id="the whole name"),
        pytest.param("/lib/libc.so.6", 0x4000, id="the path"),
        pytest.param("*crypto*", 0x6000, id="a pattern"),
        pytest.param("vdso", 0x9000, id="what the kernel maps"),
        pytest.param("heap", 0, id="what is no object"),
        pytest.param("libm", 0, id="nothing"),
    ],
)
def test_the_base_of_an_object(name, base):
    assert base_of(LOADED, name) == base


def test_several_objects_of_a_name_have_no_base():
    with pytest.raises(InvalidArgument, match="3 objects are named 'lib'") as caught:
        base_of(LOADED, "lib")
    assert caught.value.hint == "libc.so.6, libcrypto.so.3, libpthread-2.31.so"


def copy_at(start, *, code="r-xp"):
    perms = ("r--p", code, "r--p", "r--p", "rw-p")
    offsets = (0, 0x1000, 0x2000, 0x2000, 0x3000)
    return [
        area(start + 0x1000 * n, start + 0x1000 * (n + 1), "/lib/libc.so.6", offset, each, "module")
        for n, (each, offset) in enumerate(zip(perms, offsets))
    ]


DATA = area(0x50000, 0x54000, "/lib/libc.so.6", 0, "r--p", "module")


def test_a_file_that_is_looked_at_as_data_is_not_loaded_there():
    assert base_of([DATA, *copy_at(0x60000)], "libc") == 0x60000
    assert base_of([DATA, *copy_at(0x54000)], "libc") == 0x54000
    assert base_of([DATA, *copy_at(0x60000, code="r--p")], "libc") == 0x50000


def test_an_object_that_is_loaded_several_times_has_no_base():
    with pytest.raises(InvalidArgument, match=r"libc\.so\.6 is loaded 2 times") as caught:
        base_of([*copy_at(0x10000), *copy_at(0x60000)], "libc")
    assert caught.value.hint == "0x10000, 0x60000"


def test_where_no_protection_is_known_an_object_is_what_is_mapped_in_parts():
    unknown = [each._replace(protection=None, kind="file") for each in copy_at(0x60000)]
    data = area(0x50000, 0x54000, "/usr/share/libc.mo", 0, None, "file")
    assert base_of([data, *unknown], "libc") == 0x60000
    assert base_of([data], "libc") == 0
    assert base_of([each._replace(kind="file") for each in copy_at(0x60000, code="r--p")], "libc") == 0
