"""Questions that pt-find answers without a PATTERN: each goes with some of its options, and no other."""

from __future__ import annotations

from collections.abc import Mapping

from ...errors import InvalidArgument
from ..shell.options import FILTERS, OUTPUT
from ..shell.parse import Arguments

_SCOPE = ("in", *(option.name for option in FILTERS), "all", "no-access")
_ALWAYS = (*(option.name for option in OUTPUT), "image", "trust-files")

# The options that go with each question.
QUESTIONS: Mapping[str, tuple[str, ...]] = {
    "refs": (*_SCOPE, "align", "limit", "from"),
    "targets": ("align", "limit", "from"),
    "leaks": ("limit",),
}


def asked(arguments: Arguments) -> str | None:
    """Return the question that is asked, None for a search for patterns.

    Raise InvalidArgument for a PATTERN beside it, and for options that it doesn't go with.
    """
    name = next((name for name in QUESTIONS if arguments.flag(name)), None)
    if name is None:
        return None
    if arguments.positionals:
        raise InvalidArgument(f"--{name} takes no PATTERN", hint="a WHERE with blanks stands in quotes")
    allowed = {name, *QUESTIONS[name], *_ALWAYS}
    other = next((option for option in arguments.values if option not in allowed), None)
    if other is not None:
        raise InvalidArgument(f"--{other} doesn't go with --{name}")
    return name
