"""What the user writes into memory is seen at once, in code with breakpoints in it too."""

from __future__ import annotations

from support.asking import BREAK

READ = "from ptatlas.{}ext import inferior; print(inferior().memory.read({}, 8).hex())"
WRITE = {
    "gdb": "set var *(unsigned char *){:#x} = 0x5a",
    "lldb": "memory write --size 1 {:#x} 0x5a",
}


def read(session, address):
    return session.run_python(READ.format(session.name, address))


def test_a_byte_of_data_that_the_user_writes(attached, areas_child):
    address = areas_child.facts["marker"]
    assert read(attached, address) == "8877665544332211"
    attached.run(WRITE[attached.name].format(address + 2))
    assert read(attached, address) == "88775a5544332211"


def test_a_byte_of_code_beside_a_breakpoint_that_is_inserted(attached, areas_child):
    address = areas_child.facts["functions"][0]
    if attached.name == "gdb":
        attached.run("set breakpoint always-inserted on")
    attached.run(BREAK[attached.name].format("twice"))
    before = read(attached, address)
    attached.run(WRITE[attached.name].format(address + 1))
    assert read(attached, address) == before[:2] + "5a" + before[4:]
