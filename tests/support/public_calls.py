"""Everything of the public API that can be called, found by looking: a new one is there by itself."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import ptatlas.core
from ptatlas.core import (
    Area,
    AreaMap,
    Asid,
    Hit,
    Image,
    Inferior,
    MemoryMap,
    Pattern,
    Pool,
    Protection,
    Scanner,
    Search,
    Section,
    SectionCache,
    Snapshot,
    VmEntry,
)
from ptatlas.core.inferior_memory import InferiorMemory
from ptatlas.core.maps.vm import VmEntries
from ptatlas.core.ranges import Range

from .hostile import Kinds
from .made import BASE, PAGE, made_image, made_inferior, made_map, made_pool

# What `Inferior` gives, and is called by callers too.
REACHED = (VmEntries, InferiorMemory)
# Made by what is called, never by callers: their constructors aren't looked at.
GIVEN = (Hit, Inferior, InferiorMemory, Pattern, Pool, Search, Section, Snapshot, VmEntries, VmEntry)
# The commands' own, which callers have no arguments for.
INSIDE = frozenset(
    {
        *("InferiorMemory.ready", "InferiorMemory.ready_raw", "InferiorMemory.scanner"),
        *("InferiorMemory.still", "InferiorMemory.still_raw"),
        *("MemoryMap.add_content", "Pool.over", "SectionCache.chunk"),
        *("Section.origins", "Section.part", "Section.without"),
    }
)
# What fits a parameter where its kind's first value doesn't: by call and name, else by name.
FITTING: dict[str, Any] = {
    "align": 1,
    "alignment": 16,
    "count": 2,
    "generation": 1,
    "isid": 1,
    "limit": 5,
    "most": 8,
    "number": 1,
    "offset": 0,
    "size": 16,
    "start": BASE,
    "end": BASE + PAGE,
    "threads": 1,
    "chunk_size": PAGE,
    "page_size": PAGE,
    "resident_limit": 1 << 20,
    "taken": 0,
    "by": "address",
    "encoding": "utf-8",
    "endian": "little",
    "pid": os.getpid(),
    "AreaMap.add.area": Area(BASE, BASE + 3 * PAGE),
    "AreaMap.remove.area": Area(BASE, BASE + PAGE),
    "Inferior.base_of.name": "a",
    "Pool.attach.base": 1 << 32,
    "Pool.calloc.size": 1,
    "Pattern.hex.text": "6c",
    "Pattern.integer.type": "u32",
    "Pattern.integer.low": 1,
    "Pattern.integer.high": 2,
    "Pattern.masked.type": "u32",
    "Pattern.masked.value": 1,
    "Pattern.masked.mask": 1,
    "Pattern.parse.type": "str",
    "Pattern.real.type": "f32",
    "Pattern.real.high": 2.5,
    "Protection.parse.text": "rw-p",
    "Section.read.size": 1,
}


class PublicCall(NamedTuple):
    """A function of the API: a method of `owner`, or with None one that needs no object."""

    name: str
    owner: type | None
    function: Callable[..., Any]
    parameters: tuple[inspect.Parameter, ...]

    def fitting(self, parameter: inspect.Parameter, kinds: Kinds) -> Any:
        """Return a value that fits the parameter."""
        for key in (f"{self.name}.{parameter.name}", parameter.name):
            if key in FITTING:
                return FITTING[key]
        return kinds.of(parameter.annotation)[0]

    def run(self, receiver: Any, given: dict[str, Any]) -> Any:
        """Call it with these values, and go through what it returns, as far as there is much."""
        bound = inspect.Signature(self.parameters).bind(**given)
        arguments = (*(() if receiver is None else (receiver,)), *bound.args)
        result = self.function(*arguments, **bound.kwargs)
        if isinstance(result, (Iterator, Search)):
            for _ in zip(range(20), result):
                pass
        return result


def public_calls() -> Iterator[PublicCall]:
    """Yield every call of the API."""
    for one in (*(getattr(ptatlas.core, name) for name in ptatlas.core.__all__), *REACHED):
        if not inspect.isclass(one):
            yield _call(one.__name__, None, one)
        elif not issubclass(one, Exception):
            yield from (call for call in _calls_of(one) if call.name not in INSIDE)


def _calls_of(kind: type) -> Iterator[PublicCall]:
    if kind not in GIVEN and kind.__init__ is not object.__init__ and not issubclass(kind, (tuple, int)):
        yield _call(kind.__name__, None, kind)
    for name in dir(kind):
        static, function = inspect.getattr_static(kind, name), getattr(kind, name)
        is_ours = (getattr(function, "__module__", None) or "").startswith("ptatlas.")
        is_public = not name.startswith("_") or name == "__contains__"
        if not (is_ours and is_public and callable(function)) or _is_inherited(kind, name):
            continue
        owner = None if isinstance(static, (classmethod, staticmethod)) else kind
        yield _call(f"{kind.__name__}.{name}", owner, function)


def _is_inherited(kind: type, name: str) -> bool:
    """Return whether a method is that of another class of the API, and so looked at there."""
    others = (each for each in kind.__mro__[1:] if each.__name__ in ptatlas.core.__all__)
    return any(getattr(each, name, None) is getattr(kind, name) for each in others)


def _call(name: str, owner: type | None, function: Callable[..., Any]) -> PublicCall:
    parameters = tuple(inspect.signature(function).parameters.values())
    return PublicCall(name, owner, function, parameters if owner is None else parameters[1:])


def receiver(kind: type, file: Path) -> Any:
    """Return a new object of a class of the API, with something in it."""
    makers: dict[type, Callable[[], Any]] = {
        Area: lambda: Area(BASE, BASE + PAGE, Protection.READ),
        AreaMap: lambda: AreaMap([Area(BASE, BASE + PAGE), Area(BASE, BASE + 2 * PAGE)]),
        Asid: lambda: Asid(1, 2),
        Image: made_image,
        Inferior: made_inferior,
        InferiorMemory: lambda: made_inferior().memory,
        MemoryMap: made_map,
        Pattern: lambda: Pattern.text("letter"),
        Pool: made_pool,
        Scanner: lambda: Scanner(made_map(), [Range(BASE, BASE + PAGE)]),
        Search: lambda: Scanner(made_map(), [Range(BASE, BASE + PAGE)]).find(Pattern.text("letter")),
        Section: lambda: made_image().sections[0],
        SectionCache: partial(_cache, file),
        Snapshot: lambda: made_inferior().snapshot("taken"),
        VmEntries: lambda: made_inferior().vm,
    }
    return makers[kind]()


def _cache(file: Path) -> SectionCache:
    made = SectionCache("made")
    made.add_file(file, 0, PAGE, BASE)
    return made


# What an object of a class shows: a call that raises leaves it as it was.
_SHOWN: dict[type, Callable[[Any], Any]] = {
    AreaMap: list,
    Image: lambda image: (image.name, image.sections),
    Inferior: lambda inferior: (list(inferior.areas), inferior.memory.read(BASE, PAGE)),
    MemoryMap: lambda memory: (memory.segments, memory.read(BASE, PAGE)),
    Pool: lambda pool: (pool.check(), pool.stats(), pool.get_key(1), pool.torn),
    SectionCache: lambda cache: (cache.sections, cache.limit, cache.read(1, 16, BASE)),
    Snapshot: lambda snapshot: (snapshot.sections, snapshot.read(BASE, 16)),
}


def shown(thing: Any) -> Any:
    """Return what an object shows of itself."""
    return _SHOWN.get(type(thing), lambda _: None)(thing)
