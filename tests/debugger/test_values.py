"""Words and values as both debuggers read them: backslashes, real numbers, commas, bits under a mask."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.asking import BREAK, run_json
from support.compile import PROGRAMS, compile_c
from support.session import Session
from support.sessions import GdbSession, LldbSession


@pytest.fixture(scope="module", params=[GdbSession, LldbSession], ids=["gdb", "lldb"])
def session(request: pytest.FixtureRequest, build_dir: Path) -> Iterator[Session]:
    """Either debugger, at ready() of the program; the tests of this module only look."""
    with request.param.start(compile_c(PROGRAMS / "values.c", build_dir)) as running:
        running.load_ptatlas()
        running.run(BREAK[running.name].format("ready"))
        running.run("run")
        yield running


def symbols(session: Session, arguments: str) -> list[str | None]:
    return [hit["symbol"] for hit in run_json(session, f"pt-find {arguments} -n values")["hits"]]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        pytest.param(r"\x60\xf0\x0f\x01", ["bytes"], id="escapes without quotes"),
        pytest.param(r"'\x60\xf0\x0f\x01'", ["bytes"], id="escapes in single quotes"),
        pytest.param(r'"\x60\xf0\x0f\x01"', ["bytes"], id="escapes in double quotes"),
        pytest.param(r"-r \x60.\x0f\x01A", ["bytes"], id="an expression without quotes"),
        pytest.param("-t f32 magic1", ["magic1"], id="a variable as float"),
        pytest.param("-t f32 magic1..magic2", ["magic1", "magic2"], id="a range between variables"),
        pytest.param("-t f32 1.35f..magic3", ["magic2", "magic3"], id="a range between literal and variable"),
        pytest.param("-t f64 precise", ["precise"], id="a variable as double"),
        pytest.param("-t f64 '2*precise-precise'", ["precise"], id="arithmetic on reals"),
        pytest.param("-t f32 precise", ["magic2"], id="a double as float"),
        pytest.param("-t u64 0x5eed000000000b40/0xffff000000000ff0", [], id="all but one bit"),
        pytest.param("-t u64 0x5eed000000000a40/0xffff000000000ff0", ["flagged"], id="bits under a mask"),
        pytest.param("-t u64 'flagged & ~15 / ~0xf'", ["flagged"], id="a value and a mask by expressions"),
        pytest.param("-t u8 '(0x180/2*1) / 0xfe' --in &bytes,+1", [], id="a division in brackets"),
        pytest.param("-e tenth", ["tenth"], id="the bytes of a float"),
        pytest.param("-e '0.05f*2'", ["tenth"], id="the bytes of a float in no memory"),
    ],
)
def test_what_is_typed_is_what_is_looked_for(session: Session, typed: str, found: list[str]) -> None:
    assert symbols(session, typed) == found


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param("pt-find -t f64 1,35", id="a decimal comma"),
        pytest.param("pt-find -t u32 1,2", id="an integer"),
        pytest.param("pt-maps '$sp,16'", id="a place"),
        pytest.param("pt-find x --in '1,$sp'", id="a scope"),
        pytest.param("pt-find -e 'magic1,magic2'", id="bytes"),
        pytest.param("pt-maps --min-size '1,4096'", id="a size"),
    ],
)
def test_a_comma_never_drops_what_is_before_it(session: Session, typed: str) -> None:
    answer = session.run(typed)
    assert "has a comma, and what is before it would not count" in answer


def test_text_of_an_expression_takes_no_memory_of_the_process(session: Session) -> None:
    """GDB calls malloc in the process for the address of an array that lies nowhere; LLDB's have no text."""
    areas = run_json(session, "pt-maps")["areas"]
    assert "heap" not in {area["kind"] for area in areas}
    if session.name == "gdb":
        assert symbols(session, """-e '"no such text"'""") == []
    for typed in ("""pt-find -P '"text"'""", """pt-find x --in '"text"'""", """pt-maps '"text"'"""):
        assert "pt-" in session.run(typed)
    assert run_json(session, "pt-maps")["areas"] == areas


def test_a_hit_in_bss_has_its_symbol_and_an_address_there_its_section(session: Session) -> None:
    hits = run_json(session, "pt-find -t u32 0x5eed1234 -p w")["hits"]
    (hit,) = [one for one in hits if one["symbol"] is not None]
    assert (hit["symbol"], hit["area"]) == ("hidden+0x10000", "anon")
    place = run_json(session, f"pt-maps {hit['address']}")["at"]
    assert (place["section"], place["symbol"], place["symbol_offset"]) == (".bss", "hidden", 0x10000)
    place = run_json(session, "pt-maps '&hidden[0]'")["at"]
    assert (place["section"], place["symbol"]) == (".bss", "hidden")


def test_the_sections_of_a_module_have_their_addresses(session: Session) -> None:
    document = run_json(session, "pt-maps --sections values")
    found = {one["name"]: one for one in document["sections"]}
    text, bss = found[".text"], found[".bss"]
    main = int(run_json(session, "pt-maps main")["at"]["address"], 16)
    assert int(text["start"], 16) <= main < int(text["end"], 16)
    assert (text["perms"], bss["perms"], bss.get("offset")) == ("r-x", "rw-", None)
    assert bss["size"] >= 5 * 4096 * 4
    listed = session.run("pt-maps --sections")
    assert {".text", "libc.so.6", "[vdso]"} <= set(listed.replace("/", " ").split())
