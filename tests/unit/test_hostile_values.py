"""Every public call with values that mean nothing: an error of ours, and nothing changed."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ptatlas.core import AtlasError, MemoryMap
from support.hostile import Kinds
from support.public_calls import PublicCall, public_calls, receiver, shown

CALLS = list(public_calls())
SEVERAL = [call for call in CALLS if len(call.parameters) > 1]
# Filling a buffer is where bytes are read: whose buffer it is, is not looked at (docs/python.md).
UNCHECKED = {"memoryview": (BufferError, TypeError, ValueError)}


@pytest.fixture(scope="module")
def kinds(tmp_path_factory) -> Kinds:
    return Kinds(tmp_path_factory.mktemp("hostile"))


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch) -> None:
    """Relative paths are the test's own."""
    monkeypatch.chdir(tmp_path)


def arguments(call: PublicCall, kinds: Kinds, thing: Any) -> dict[str, Any]:
    """Return what a call needs, each of which fits."""
    needed = [one for one in call.parameters if one.default is inspect.Parameter.empty]
    given = {one.name: call.fitting(one, kinds) for one in needed if one.kind is not one.VAR_POSITIONAL}
    if call.name.startswith("Pool.") and "address" in given:
        given["address"] = thing.get_key(1)
    return given


def told(call: PublicCall, thing: Any, values: dict[str, Any]) -> None:
    """Call; whatever is wrong is told by an error of ours, and an object is then as it was."""
    before = shown(thing)
    odd = {name: type(value).__name__ for name, value in values.items()}
    allowed = UNCHECKED.get(_buffer(call), ()) if not call.name.startswith("Pool.") else ()
    try:
        call.run(thing, values)
    except (AtlasError, *allowed) as error:
        said = str(error)
    else:
        return
    assert said, (call.name, odd)
    assert shown(thing) == before, (call.name, odd, said)


def _buffer(call: PublicCall) -> str | None:
    return next((one.annotation for one in call.parameters if one.annotation in UNCHECKED), None)


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.name)
def test_a_value_that_means_nothing_is_an_error_of_ours(call, kinds):
    for parameter in call.parameters:
        if parameter.kind is parameter.VAR_POSITIONAL:
            continue
        for value in kinds.of(parameter.annotation):
            thing = None if call.owner is None else receiver(call.owner, kinds.file)
            told(call, thing, {**arguments(call, kinds, thing), parameter.name: value})


@pytest.mark.parametrize("call", SEVERAL, ids=lambda call: call.name)
@settings(max_examples=10, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_several_at_once_are_as_well(call, kinds, data):
    thing = None if call.owner is None else receiver(call.owner, kinds.file)
    values = arguments(call, kinds, thing)
    for parameter in call.parameters:
        if parameter.kind is not parameter.VAR_POSITIONAL and data.draw(st.booleans()):
            known = kinds.of(parameter.annotation)
            values[parameter.name] = known[data.draw(st.integers(0, len(known) - 1))]
    told(call, thing, values)


def test_every_call_is_there_and_fits_what_it_is_given(kinds):
    """With values that fit each call succeeds, or what is tested would be nothing."""
    MemoryMap().save(kinds.file)  # what `load` is given
    refused = {}
    for call in CALLS:
        thing = None if call.owner is None else receiver(call.owner, kinds.file)
        try:
            call.run(thing, arguments(call, kinds, thing))
        except AtlasError as error:
            refused[call.name] = error
    kinds_set = ("MemoryMap", "InferiorMemory")
    already = {f"{kind}.set_{what}" for kind in kinds_set for what in ("endian", "word_size")}
    assert set(refused) == {"Pattern.pointer", "open_core", *already}, refused
    assert len(CALLS) > 100
