"""A target as it is now: which bits of its addresses are tags may change while the process runs."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

from .ports.moment import held
from .ports.target import Target

# The lowest bit of an address that may be a tag's from some moment on (x86-64's LAM_U57).
_LOWEST = 57


class TargetNow:
    """One target, whose `arch` is asked for again when the inferior may have run since."""

    def __init__(self, target: Target) -> None:
        self._target, self._fixed = target, target.arch.ignored_bits
        self.clock = held(target.clock)
        self._asked_at: Hashable = None

    def target(self) -> Target:
        """Return the target; the same one until its architecture has changed."""
        tags = self._target.tags
        if tags is None:
            return self._target
        now = self.clock.now()
        if now != self._asked_at:
            self._asked_at, ignored = now, self._fixed | tags.ignored_bits()
            arch = self._target.arch
            if ignored != arch.ignored_bits:
                self._target = replace(self._target, arch=arch._replace(ignored_bits=ignored))
        return self._target

    def untagged(self, address: int) -> int:
        """Return where an address is; whether tags count now is asked only of one that may have one."""
        plain = self._target.arch.untagged(address)
        return self.target().arch.untagged(plain) if plain >> _LOWEST else plain
