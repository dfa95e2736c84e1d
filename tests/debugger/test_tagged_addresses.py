"""Addresses with tags and signatures, as AArch64 programs have them: taken as what they point to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.asking import run_json
from support.core_builder import EM_AARCH64, CoreBuilder
from support.emulators import MultiarchSession
from support.session import Session
from support.sessions import LldbSession

PLACE = 0xFFFF93899000
TAG, SIGNATURE = 0x0B << 56, 0x55 << 48
NT_ARM_PAC_MASK = 0x406
PYTHON = "from ptatlas.{}ext import inferior; i = inferior(); print({})"


def core() -> bytes:
    """A page with a text at 0x20, and from 0x100 on four words: three pointers to it, and none."""
    page = bytearray(0x1000)
    page[0x20:0x2A] = b"TAGGEDDATA"
    words = (TAG | PLACE + 0x20, PLACE + 0x20, SIGNATURE | PLACE + 0x20, TAG | PLACE + 0x2000)
    page[0x100:0x120] = b"".join(word.to_bytes(8, "little") for word in words)
    builder = CoreBuilder(8, "little", EM_AARCH64)
    registers = [TAG | PLACE + 0x20, *[0] * 30, PLACE + 0x100, 0x400000, 0]
    builder.thread(77, b"".join(value.to_bytes(8, "little") for value in registers))
    builder.note(b"LINUX", NT_ARM_PAC_MASK, builder.pack("QQ", 0x7F << 48, 0x7F << 48))
    return builder.load(PLACE, bytes(page)).build()


@pytest.fixture(scope="module", params=[MultiarchSession, LldbSession], ids=["gdb", "lldb"])
def session(request, tmp_path_factory) -> Iterator[Session]:
    path = tmp_path_factory.mktemp("tags") / "core"
    path.write_bytes(core())
    with request.param.start(core=path) as session:
        session.load_ptatlas()
        yield session


def addresses(document) -> list[int]:
    return [int(hit["address"], 16) for hit in document["hits"]]


@pytest.mark.parametrize("given", ["$x0", hex(TAG | PLACE + 0x20), hex(TAG | SIGNATURE | PLACE + 0x20)])
def test_a_tagged_address_is_in_its_area(session, given):
    document = run_json(session, f"pt-maps {given}")
    assert [area["start"] for area in document["areas"]] == [hex(PLACE)]
    assert document["at"]["address"] == hex(PLACE + 0x20)


def test_a_scope_may_be_given_by_tagged_addresses(session):
    for scope in ("$x0", f"{TAG | PLACE:#x}..{TAG | PLACE + 0x1000:#x}", f"{TAG | PLACE:#x},+4096"):
        assert addresses(run_json(session, f"pt-find TAGGED --in {scope}")) == [PLACE + 0x20]
    assert addresses(run_json(session, f"pt-find GED --from {TAG | PLACE + 0x21:#x}")) == [PLACE + 0x23]
    taken = run_json(session, "pt-image snapshot it --in $x0")
    assert taken["sections"][0]["start"] == hex(PLACE)
    assert addresses(run_json(session, "pt-find TAGGED --image it --in $x0")) == [PLACE + 0x20]


@pytest.mark.parametrize(
    "pattern", [hex(PLACE + 0x20), "$x0", f"{TAG | PLACE:#x}..{TAG | PLACE + 0x30:#x}", f"@{TAG | PLACE:#x}"]
)
def test_pointers_are_found_whatever_tag_they_or_the_pattern_have(session, pattern):
    expected = [PLACE + 0x100, PLACE + 0x108, PLACE + 0x110]
    assert addresses(run_json(session, f"pt-find -P {pattern}")) == expected
    assert run_json(session, f"pt-find -P {pattern} --next")["count"] == len(expected)
    assert run_json(session, f"pt-find -P {pattern} --count")["count"] == len(expected)


def test_scripts_may_use_tagged_addresses(session):
    address = hex(TAG | PLACE + 0x20)
    area = f"hex(i.area_at({address}).start)"
    asked = {
        f"i.memory.read({address}, 6)": "b'TAGGED'",
        area: hex(PLACE),
        f"i.memory.is_mapped({address})": "True",
    }
    for expression, expected in asked.items():
        assert session.run_python(PYTHON.format(session.name, expression)).strip() == expected
    found = f"[hex(a) for a in i.memory.find_all_pointers({address})]"
    answer = session.run_python(PYTHON.format(session.name, found))
    assert all(hex(PLACE + at) in answer for at in (0x100, 0x108, 0x110))


def test_gdb_s_functions_take_tagged_addresses(session):
    if session.name == "gdb":
        assert session.run("print $pt_mapped($x0)").endswith("= 1")
