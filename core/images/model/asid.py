"""Address space identifiers: which process, guest or hypervisor a section belongs to."""

from __future__ import annotations

from dataclasses import dataclass

from ...errors import InvalidArgument
from ...integers import as_integer
from ...ranges import TOP


@dataclass(frozen=True)
class Asid:
    """An address space by the value of CR3 and the base of the VMCS; None: any.

    Both may be given as what stands for an integer. InvalidArgument for a value that is no 64-bit number.
    (libipt's `pt_asid`, whose marker for a value that isn't given is `pt_asid_no_cr3` and `pt_asid_no_vmcs`,
    all ones.)
    """

    cr3: int | None = None
    vmcs: int | None = None

    def __post_init__(self) -> None:
        for name, given in (("cr3", self.cr3), ("vmcs", self.vmcs)):
            if given is None:
                continue
            value = as_integer(given)
            if not 0 <= value < TOP:
                raise InvalidArgument(f"{name} {value:#x} is no 64-bit number")
            object.__setattr__(self, name, value)

    def matches(self, other: Asid) -> bool:
        """Return whether both may be one address space: in each field one lacks a value or both are equal."""
        try:
            return (self.cr3 is None or other.cr3 is None or self.cr3 == other.cr3) and (
                self.vmcs is None or other.vmcs is None or self.vmcs == other.vmcs
            )
        except AttributeError:
            raise _no_asid(other) from None

    @property
    def is_specific(self) -> bool:
        """Whether both values are given, so that sections which match it match each other."""
        return self.cr3 is not None and self.vmcs is not None

    def __repr__(self) -> str:
        given = [f"{n}={v:#x}" for n, v in (("cr3", self.cr3), ("vmcs", self.vmcs)) if v is not None]
        return f"Asid({', '.join(given)})"


# Every address space.
ANY = Asid()


def as_asid(given: Asid | None) -> Asid:
    """Return the address space that a caller means, any for None; InvalidArgument for what is no Asid."""
    if given is None:
        return ANY
    if not isinstance(given, Asid):
        raise _no_asid(given)
    return given


def _no_asid(given: object) -> InvalidArgument:
    return InvalidArgument(f"a {type(given).__name__} is no Asid", hint="such as Asid(cr3=0x1000)")
