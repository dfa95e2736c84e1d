"""ELF's numbers for processors, by the names that debuggers and kernels give these (gABI, "e_machine")."""

from __future__ import annotations

from ..arch import Machine
from .headers import (
    EM_386,
    EM_AARCH64,
    EM_ARM,
    EM_LOONGARCH,
    EM_MIPS,
    EM_PPC,
    EM_PPC64,
    EM_RISCV,
    EM_S390,
    EM_X86_64,
)

_EM_SPARC, _EM_M68K, _EM_PARISC, _EM_SPARC32PLUS, _EM_SH, _EM_SPARCV9 = 2, 4, 15, 18, 42, 43
_EM_IA_64, _EM_ALPHA = 50, 0x9026

# By how a name begins; a longer beginning comes before a shorter one. GDB's names (`show architecture`, "+"
# and ":" in them), LLDB's triples up to the first "-", and uname(2)'s.
_BY_NAME = (
    ("i386:x86-64", EM_X86_64),
    ("i386:x64-32", EM_X86_64),
    ("x86_64", EM_X86_64),
    ("i386", EM_386),
    ("i486", EM_386),
    ("i586", EM_386),
    ("i686", EM_386),
    ("aarch64", EM_AARCH64),
    ("arm64", EM_AARCH64),
    ("arm", EM_ARM),
    ("thumb", EM_ARM),
    ("xscale", EM_ARM),
    ("powerpc:common64", EM_PPC64),
    ("powerpc64", EM_PPC64),
    ("ppc64", EM_PPC64),
    ("powerpc", EM_PPC),
    ("ppc", EM_PPC),
    ("riscv", EM_RISCV),
    ("s390", EM_S390),
    ("loongarch", EM_LOONGARCH),
    ("mips", EM_MIPS),
    ("sparc:v9", _EM_SPARCV9),
    ("sparcv9", _EM_SPARCV9),
    ("sparc64", _EM_SPARCV9),
    ("sparc:v8plus", _EM_SPARC32PLUS),
    ("sparc", _EM_SPARC),
    ("m68k", _EM_M68K),
    ("hppa", _EM_PARISC),
    ("sh4", _EM_SH),
    ("ia64", _EM_IA_64),
    ("alpha", _EM_ALPHA),
)


def machine_named(name: str) -> Machine | None:
    """Return the processor of this name, without its flags, which no name tells; None for another name."""
    return next((Machine(number) for start, number in _BY_NAME if name.lower().startswith(start)), None)
