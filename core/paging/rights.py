"""What a page may be used for: bits that are joined over all levels of a walk, and the value they become."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ..maps.protection import Protection

# The bits that entries give and take, in Protection's order: the user's three, then the supervisor's.
USER_READ, USER_WRITE, USER_EXEC = 1, 2, 4
SUPERVISOR_READ, SUPERVISOR_WRITE, SUPERVISOR_EXEC = 8, 16, 32
USER = USER_READ | USER_WRITE | USER_EXEC
SUPERVISOR = SUPERVISOR_READ | SUPERVISOR_WRITE | SUPERVISOR_EXEC
WRITE, EXEC = USER_WRITE | SUPERVISOR_WRITE, USER_EXEC | SUPERVISOR_EXEC
GLOBAL = 64
# The memory type's index in its register (PAT, MAIR) or field (PBMT): 0 to 7.
TYPE_SHIFT = 8
# Not known: the table that would say it can't be read.
UNREAD = 1 << 12
EVERYTHING = -1

_KINDS = 7
_SUPERVISOR_SHIFT = 3


class PageRights(NamedTuple):
    """The rights of a page after all levels, apart for user and supervisor, and how it is cached.

    Protections have `?` for shared, which page tables don't tell. What depends on registers of the moment is
    left out: SMEP, SMAP and protection keys on x86, PAN on AArch64, SUM and MXR on RISC-V; and that the first
    access to a page may fault, where it is the system that marks pages as accessed. `memory_type` is
    named as the manual does, or for its entry in a register whose value isn't known (`PA3`, `Attr2`).
    """

    user: Protection
    supervisor: Protection
    is_global: bool
    memory_type: str

    @property
    def is_user(self) -> bool:
        """Whether user mode may do anything there."""
        return bool(int(self.user) & _KINDS)

    def __str__(self) -> str:
        parts = [f"user {str(self.user)[:3]}", f"supervisor {str(self.supervisor)[:3]}"]
        return ", ".join([*parts, *(["global"] if self.is_global else []), self.memory_type])


class RightsDecoder(dict[int, PageRights]):
    """Makes the value of joined bits, once for each.

    `rule` gives the bits that hold when all levels are joined: what one right takes from another.
    """

    def __init__(self, rule: Callable[[int], int], memory_types: tuple[str, ...]) -> None:
        super().__init__()
        self._rule, self._types = rule, memory_types

    def __missing__(self, bits: int) -> PageRights:
        held = self._rule(bits)
        found = PageRights(
            _protection(held),
            _protection(held >> _SUPERVISOR_SHIFT),
            bool(held & GLOBAL),
            self._types[held >> TYPE_SHIFT & 7],
        )
        self[bits] = found
        return found


def _protection(bits: int) -> Protection:
    return Protection(bits & _KINDS | int(Protection.SHARED_UNKNOWN))
