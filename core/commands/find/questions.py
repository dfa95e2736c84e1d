"""Questions that pt-find answers without a PATTERN: each goes with some of its options, and no other."""

from __future__ import annotations

from collections.abc import Mapping

from ...errors import InvalidArgument
from ..shell.options import FILTERS, OUTPUT
from ..shell.parse import Arguments

_SCOPE = ("in", *(option.name for option in FILTERS), "all", "no-access")
_ALWAYS = (*(option.name for option in OUTPUT), "image", "trust-files")

# The options that go with each question.
QUESTIONS: Mapping[str, tuple[str, ...]] = {"refs": (*_SCOPE, "align", "limit", "from")}


def check_question(arguments: Arguments, name: str) -> None:
    """Raise InvalidArgument for a PATTERN, and for options that the question of this name doesn't go with."""
    if arguments.positionals:
        raise InvalidArgument(f"--{name} takes no PATTERN", hint="blanks in WHERE need quotes")
    allowed = {name, *QUESTIONS[name], *_ALWAYS}
    other = next((option for option in arguments.values if option not in allowed), None)
    if other is not None:
        raise InvalidArgument(f"--{other} doesn't go with --{name}")
