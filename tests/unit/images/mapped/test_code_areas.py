"""CodeAreas: by protection; where none is known, by what the file asks for."""

from __future__ import annotations

from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile
from ptatlas.core.images.mapped.code_areas import CodeAreas
from ptatlas.core.maps.area import Area
from ptatlas.core.maps.protection import Protection
from support.compile import compile_c


def area(perms: str | None, path: str, offset: int = 0) -> Area:
    protection = None if perms is None else Protection.parse(perms)
    return Area(0x400000, 0x401000, protection, offset, path)


@pytest.mark.parametrize(
    ("perms", "may_be"),
    [
        pytest.param("r-xp", True, id="executable"),
        pytest.param("rw-p", False, id="not-executable"),
        pytest.param(None, True, id="not-known"),
    ],
)
def test_the_protection_decides_where_it_is_known(perms: str | None, may_be: bool) -> None:
    assert CodeAreas().may_be(area(perms, "/no/such/file")) is may_be


def test_else_the_file_does_which_is_looked_at_once(build_dir: Path, tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_bytes(compile_c("int main(void) { return 0; }", build_dir).read_bytes())
    with program.open("rb") as stream:
        loads = [s for s in ELFFile(stream).iter_segments() if s["p_type"] == "PT_LOAD"]
        told = {segment["p_offset"]: bool(segment["p_flags"] & 1) for segment in loads}
    assert set(told.values()) == {True, False}
    code = CodeAreas()
    for _ in range(2):
        assert {offset: code.may_be(area(None, str(program), offset)) for offset in told} == told
        program.unlink(missing_ok=True)


def test_what_no_file_is_behind_may_be_code() -> None:
    code = CodeAreas()
    assert all(code.may_be(area(None, name)) for name in ("", "[stack]", "/dev/mem", "/proc/version"))
