"""pt-find: where a value, text, pointer or pattern lies.

The arguments become three values before anything is searched: where (an inferior, or an image in its place,
and the scope in it), what for (a `Mode`), and how the hits are shown (`Shown`). Options that contradict each
other are refused here; later code needn't check them again.
"""

from __future__ import annotations

import time
from functools import partial

from ...errors import InvalidArgument
from ...images.model.image import LIVE
from ...inferior import Inferior
from ...maps.kinds import LEFT_OUT
from ...memory.shown_files import problems_of
from ...render.document import Result
from ..shell.context import Context
from ..shell.parse import Arguments
from ..shell.scope import Scope, known_areas
from ..shell.settings import TABLE_LIMIT
from ..shell.undecided import Undecided
from ..shell.values import Values
from .answers import Shown, ShownCounts, ShownHits
from .breakpoints import breakpoints_of
from .fresh import Fresh
from .mode import Mode
from .narrow import Compared, Next, comparison_of, earlier_of
from .pattern_reader import patterns_of
from .questions import asked
from .result import Found
from .search_scope import SearchScope

# An interrupt waits for what is around a hit: docs/decisions/0145-context-is-bounded.md.
MOST_CONTEXT = 1 << 14
# The options that say which areas.
SCOPE = ("in", "name", "perms", "kind", "min-size", "max-size")


def find(context: Context, arguments: Arguments) -> Result:
    """Answer pt-find."""
    inferior = _inferior(context, arguments)
    values = Values(context.inferior, inferior.arch)
    if asked(arguments) == "leaks":
        # Imported here, as all that answers a question: few ask one.
        from .leaks import leaks

        return leaks(context, inferior, _limit(arguments, values, context.session.settings.limit))
    from_ = arguments.value("from")
    start = None if from_ is None else values.address(from_)
    chosen = Scope.of(arguments, arguments.all("in"), values)
    scope = _scope(context, arguments, inferior, chosen)
    mode = _mode(context, arguments, values, inferior, scope, start)
    shown = _shown(context, arguments, values, inferior, is_first=start is None)
    began = time.monotonic()
    search = mode.search(start, shown.limit, context.watch)
    keep = partial(context.session.history.keep, context.inferior)
    found = Found(search, mode, context.watch, keep)
    document = shown.answer(mode, found, mode.report(search, began)).document()
    return Undecided.of(chosen, inferior.areas).told_in(document)


def _inferior(context: Context, arguments: Arguments) -> Inferior:
    """Return the memory to search: the inferior, or the image that --image names in its place."""
    name = arguments.value("image")
    if name is None or name == LIVE:
        return context.require_process()
    # Imported here: needed for images only, and nearly all searches are of the inferior.
    from ...opening import as_inferior
    from ..shell.context import image_of

    return as_inferior(image_of(context.session, name), context.inferior)


def _scope(context: Context, arguments: Arguments, inferior: Inferior, chosen: Scope) -> SearchScope:
    """Return the scope of the search, sorted into what is searched and what is left out."""
    target, places = inferior.target, chosen.places
    is_everything = target.is_map_whole and target.shown_files is None
    if arguments.flag("next") and not chosen.is_limited and not is_everything:
        earlier = context.session.history.of(context.inferior).last_search
        places += earlier.hits.extents(inferior.areas.gaps()) if earlier else ()
    parts = chosen.pieces(known_areas(inferior, places))
    left_out = () if arguments.flag("all") else LEFT_OUT
    is_part = any(map(arguments.flag, SCOPE))
    return SearchScope.of(
        parts,
        left_out,
        no_access=arguments.flag("no-access"),
        is_part=is_part,
        problems=problems_of(target, dict.fromkeys(part.area for part in parts)),
    )


def _mode(
    context: Context,
    arguments: Arguments,
    values: Values,
    inferior: Inferior,
    scope: SearchScope,
    start: int | None,
) -> Mode:
    """Return what is looked for; raise InvalidArgument for options that contradict each other."""
    question = asked(arguments)
    if question is not None:
        return _asked_mode(context, arguments, values, inferior, scope, question)
    if arguments.flag("yara"):
        # Imported here: it needs an optional package.
        from .rules import rules_of

        return rules_of(arguments, inferior, scope)
    earlier = earlier_of(context, arguments, start)
    if earlier is None:
        read, threads = patterns_of(arguments, inferior, values, None), context.session.settings.threads
        return Fresh(inferior, scope, read, _align(arguments, values), threads)
    comparison = comparison_of(arguments, earlier)
    if comparison is not None:
        return Compared(inferior, scope, _align(arguments, values), earlier, comparison)
    read = patterns_of(arguments, inferior, values, earlier)
    return Next(inferior, scope, read, _align(arguments, values), earlier)


def _asked_mode(
    context: Context,
    arguments: Arguments,
    values: Values,
    inferior: Inferior,
    scope: SearchScope,
    question: str,
) -> Mode:
    """Return what is looked for to answer a question; its module is imported here, for few ask one."""
    where, align = arguments.value(question) or "", _align(arguments, values)
    if question == "refs":
        from .refs import References

        return References.of(context, where, values, inferior, scope, align)
    from .targets import Targets

    return Targets.of(context, where, values, inferior, align)


def _align(arguments: Arguments, values: Values) -> int | None:
    given = arguments.value("align")
    align = None if given is None else values.size(given)
    if align is not None and align < 1:
        raise InvalidArgument(f"--align is at least 1, not {align}")
    return align


def _shown(
    context: Context, arguments: Arguments, values: Values, inferior: Inferior, *, is_first: bool
) -> Shown:
    """Return what is shown of the hits; raise InvalidArgument for options that contradict each other."""
    limit = _limit(arguments, values, context.session.settings.limit)
    question = asked(arguments)
    if question == "refs":
        from .refs import ShownRefs

        return ShownRefs(limit, is_first)
    if question == "targets":
        from .targets import ShownTargets

        return ShownTargets(limit)
    around = _around(arguments, values)
    if arguments.flag("blocks"):
        if arguments.flag("break") or arguments.flag("count"):
            raise InvalidArgument("--blocks tells the blocks of hits that are listed, one by one")
        # Imported here: few searches ask for blocks.
        from .hit_blocks import HitBlocks

        return ShownHits(limit, around, HitBlocks(context, inferior))
    if arguments.flag("break"):
        return breakpoints_of(context, arguments, limit, around)
    return ShownCounts(limit) if arguments.flag("count") else ShownHits(limit, around)


def _limit(arguments: Arguments, values: Values, usual: int | None) -> int | None:
    """Return after how many hits to stop, None: never.

    What is `usual` for the user, None: for the format, is meant for hits that are listed. A count, and
    breakpoints at every hit, are of all.
    """
    limit = arguments.value("limit")
    if limit is not None:
        return values.size(limit) or None
    if arguments.flag("count") or arguments.flag("break"):
        return None
    if usual is not None:
        return usual or None
    return TABLE_LIMIT if arguments.format == "table" else None


def _around(arguments: Arguments, values: Values) -> int:
    """Return how many bytes around a hit are shown."""
    size = values.size(arguments.value("context") or "0")
    if size > MOST_CONTEXT:
        raise InvalidArgument(f"--context is at most {MOST_CONTEXT} bytes, not {size}")
    return size
