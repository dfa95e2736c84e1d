"""Which areas a command works on."""

import pytest
from ptatlas.core.commands.maps.spec import COMMAND
from ptatlas.core.commands.shell.parse import parse, split
from ptatlas.core.commands.shell.scope import Scope
from ptatlas.core.commands.shell.values import Values
from ptatlas.core.errors import InvalidArgument
from support.targets import area

TOP = 2**64


AREAS = {
    "text": area(0x1000, 0x3000, "/usr/bin/prog", perms="r-xp", kind="module"),
    "data": area(0x3000, 0x4000, "/usr/bin/prog", perms="rw-p", kind="module"),
    "heap": area(0x5000, 0x9000, "[heap]", perms="rw-p", kind="heap"),
    "libc": area(0x10000, 0x20000, "/lib/libc.so.6", perms="r-xp", kind="module"),
    "libcrypt": area(0x20000, 0x21000, "/lib/libcrypt.so.1", perms="r--p", kind="module"),
    "shared": area(0x30000, 0x31000, "/dev/shm/x", perms="rw-s", kind="shared"),
    "partly": area(0x40000, 0x41000, "", perms="r??p", kind=None),
    "unknown": area(0x50000, 0x51000, None, perms=None, kind=None),
    "last": area(TOP - 0x1000, TOP, "[vsyscall]", perms="--xp", kind="vsyscall"),
}


def scope_of(line):
    arguments = parse(COMMAND, split(line))
    return Scope.of(arguments, arguments.positionals, Values(None))


@pytest.mark.parametrize(
    ("line", "names"),
    [
        pytest.param("", list(AREAS), id="everything"),
        pytest.param("0x1000", ["text"], id="the first address of an area"),
        pytest.param("0x2fff", ["text"], id="the last address of an area"),
        pytest.param("0x4000", [], id="an address just behind an area"),
        pytest.param(hex(TOP - 1), ["last"], id="the highest address there is"),
        pytest.param("-1", ["last"], id="minus one is the highest address"),
        pytest.param("-- -1", ["last"], id="minus one behind two dashes"),
        pytest.param("0x2000..0x3001", ["text", "data"], id="a range that reaches into the next area"),
        pytest.param("0x2000..0x3000", ["text"], id="a range that ends where the next area begins"),
        pytest.param("0x4000..0x5000", [], id="a range between areas"),
        pytest.param(f"0x50000..{TOP}", ["unknown", "last"], id="a range to the very end"),
        pytest.param("0x1000,+1", ["text"], id="a length of one byte"),
        pytest.param("0x1000,+16K", ["text", "data"], id="a length with a unit"),
        pytest.param("0x1000 0x5000", ["text", "heap"], id="any of two places"),
        pytest.param("heap", ["heap"], id="a place by name"),
        pytest.param("-n libc", ["libc", "libcrypt"], id="a name is a prefix"),
        pytest.param("-n libc.so.6", ["libc"], id="a whole name"),
        pytest.param("-n 'libc.*'", ["libc"], id="a glob"),
        pytest.param("-n '/lib/*'", ["libc", "libcrypt"], id="a glob over the whole path"),
        pytest.param("-n /usr/bin/prog", ["text", "data"], id="a whole path"),
        pytest.param("-n heap", ["heap"], id="a bracketed name without its brackets"),
        pytest.param("-n '[heap]'", ["heap"], id="a bracketed name, which is no character class"),
        pytest.param("-n nosuch", [], id="a name that no area has"),
        pytest.param("-n heap -n shm", ["heap"], id="a prefix is one of the last part alone"),
        pytest.param("-n heap -n x", ["heap", "shared"], id="any of two names"),
        pytest.param("-p x", ["text", "libc", "last"], id="a protection that is set"),
        pytest.param("-p 'x!w'", ["text", "libc", "last"], id="one that is set and one that isn't"),
        pytest.param("-p '!r'", ["last"], id="what isn't known isn't taken for not set"),
        pytest.param("-p w", ["data", "heap", "shared"], id="what isn't known isn't taken for set"),
        pytest.param("-p s", ["shared"], id="shared"),
        pytest.param("-p rwp", ["data", "heap"], id="private"),
        pytest.param("-p '!p'", ["shared"], id="not private is shared"),
        pytest.param("-p s -p x", ["text", "libc", "shared", "last"], id="any of two protections"),
        pytest.param("-k module", ["text", "data", "libc", "libcrypt"], id="a kind"),
        pytest.param("-k heap -k shared", ["heap", "shared"], id="any of two kinds"),
        pytest.param("--min-size 8K", ["text", "heap", "libc"], id="a least size, itself included"),
        pytest.param("--min-size 8K --max-size 16K", ["text", "heap"], id="a least and a largest size"),
        pytest.param("-k module -p x -n libc", ["libc"], id="all kinds of filters must hold"),
        pytest.param("0x1000..0x4000 -p w", ["data"], id="a place and a filter"),
    ],
)
def test_chooses(line, names):
    if names is None:
        with pytest.raises(InvalidArgument):
            scope_of(line)
        return
    chosen = scope_of(line).areas(AREAS.values())
    assert chosen == [AREAS[name] for name in names]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        pytest.param("0x3000..0x1000", "reversed", id="a reversed range"),
        pytest.param("0x3000..0x3000", "empty", id="an empty range"),
        pytest.param("0x3000,+0", "empty", id="a length of nothing"),
        pytest.param(f"0..{TOP + 1}", "is no address", id="a range beyond the address space"),
        pytest.param("nosuch", "no area is named 'nosuch'", id="neither an expression nor a name"),
        pytest.param("-p q", "--perms doesn't take 'q'", id="a letter that means nothing"),
        pytest.param("-p 'r!'", "--perms doesn't take 'r!'", id="a negation of nothing"),
        pytest.param("-p ''", "--perms doesn't take ''", id="no letter at all"),
        pytest.param("-k modul", "--kind doesn't take 'modul'", id="a misspelt kind"),
        pytest.param("--min-size 2K --max-size 1K", "above", id="sizes that exclude each other"),
        pytest.param("--min-size=-5", "no size: -5 is negative", id="a negative size"),
    ],
)
def test_refuses(line, message):
    with pytest.raises(InvalidArgument, match=message):
        scope_of(line).areas(AREAS.values())


def test_a_range_clips_areas_and_an_address_or_a_name_takes_them_whole():
    def pieces(line):
        return [tuple(piece.range) for piece in scope_of(line).pieces(AREAS.values())]

    assert pieces("0x2000..0x3800") == [(0x2000, 0x3000), (0x3000, 0x3800)]
    assert pieces("0x2000") == [(0x1000, 0x3000)]
    assert pieces("prog") == [(0x1000, 0x3000), (0x3000, 0x4000)]


def test_ranges_that_overlap_give_each_byte_once():
    scope = scope_of("0x1000..0x1800 0x1400..0x2000 0x2800,+16")
    assert [tuple(piece.range) for piece in scope.pieces(AREAS.values())] == [
        (0x1000, 0x2000),
        (0x2800, 0x2810),
    ]
