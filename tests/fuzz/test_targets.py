"""The short run: what is known and some mutations of it, for every target. `make fuzz` is the long one."""

from __future__ import annotations

import re
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import pytest
from ptatlas.core.errors import AtlasError

from fuzz.kept import CORPUS, keep, kept
from fuzz.mutate import mutated
from fuzz.target import Target
from fuzz.targets import ROOMS, all_targets, targets_of

TARGETS = all_targets()
CHECKOUT = Path(__file__).resolve().parents[2]
# Mutations of each target that costs 1, and what one input may take: seconds of the processor, and bytes.
MUTATIONS, SECONDS, BYTES = 400, 10, 1 << 30


def known(target: Target) -> tuple[bytes, ...]:
    """What the target's parser takes, and what was found to lead to other parts of it."""
    return (*target.seeds, *kept(target.name))


@contextmanager
def bounded() -> Iterator[None]:
    """Let the block take little time and memory: a signal, or MemoryError, ends it else."""
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    before = resource.getrlimit(resource.RLIMIT_AS)
    handler = signal.signal(signal.SIGVTALRM, _too_slow)
    resource.setrlimit(resource.RLIMIT_AS, (used + BYTES, before[1]))
    signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        resource.setrlimit(resource.RLIMIT_AS, before)
        signal.signal(signal.SIGVTALRM, handler)


def _too_slow(*_: object) -> None:
    raise TimeoutError(f"an input takes more than {SECONDS} s of the processor")


@pytest.mark.parametrize("name", TARGETS)
def test_nothing_but_our_errors_comes_of_any_input(name):
    target = TARGETS[name]
    inputs = known(target)
    for data in (*inputs, *mutated(target, inputs, MUTATIONS // target.cost, seed=1)):
        with bounded():
            try:
                target(data)
            except Exception as error:
                error.add_note(f"the input: {data!r}") if sys.version_info >= (3, 11) else None
                raise


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_s_first_seed_is_what_its_parser_takes(name):
    TARGETS[name].run(TARGETS[name].seeds[0])


def test_a_fault_is_seen():
    def fail(data: bytes) -> None:
        raise (AtlasError if data else IndexError)("no")

    Target("fails", fail, ())(b"refused as it should be")
    with pytest.raises(IndexError):
        Target("fails", fail, ())(b"")


@pytest.mark.slow
@pytest.mark.skipif(find_spec("atheris") is None, reason="atheris isn't installed: make fuzz")
def test_make_fuzz_runs_a_target_as_often_as_it_is_told():
    command = [sys.executable, CHECKOUT / "scripts" / "fuzz.py", "--runs", "50", "gdb-mi-values"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert re.search(r"^gdb-mi-values +\d+ +\d+ +\d+  no fault$", done.stdout, re.MULTILINE), done


def test_no_two_rooms_have_a_target_of_one_name():
    assert len(TARGETS) == sum(len(targets_of(room)) for room in ROOMS)


def test_the_corpus_is_of_targets_and_small():
    files = list(CORPUS.iterdir())
    assert {file.name for file in files} <= set(TARGETS)
    assert len(files) > 15
    assert sum(file.stat().st_size for file in files) < 1 << 16
    learnt = [(file.name, data) for file in files for data in kept(file.name)]
    assert len(learnt) == len(set(learnt)) > 200
    # What other programs make of those isn't known: docs/decisions/0245-fuzz-targets.md.
    assert not [name for name, data in learnt if data.startswith((b"\x7fELF", b"MDMP"))]


def test_what_is_learnt_is_kept_as_far_as_it_leads_to_something_new(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(CHECKOUT / "scripts")
    import fuzz_corpus

    monkeypatch.setattr("fuzz.kept.CORPUS", tmp_path)
    numbers = TARGETS["numbers"]._replace(seeds=(numbers_seed := TARGETS["numbers"].seeds[0],))
    learnt = [numbers_seed, *sorted(set(kept("numbers") or TARGETS["numbers"].seeds))]
    few = list(fuzz_corpus.chosen(numbers, learnt))
    assert numbers_seed not in few
    keep("numbers", few)
    assert kept("numbers") == tuple(few)
    assert list(fuzz_corpus.chosen(numbers._replace(seeds=(numbers_seed, *few)), few)) == []
    keep("numbers", ())
    assert kept("numbers") == ()
    assert list(tmp_path.iterdir()) == []


def test_mutations_are_the_same_for_the_same_seed():
    target = TARGETS["proc-maps"]
    first, again, other = (list(mutated(target, target.seeds, 20, seed)) for seed in (1, 1, 2))
    assert first == again != other
    assert max(map(len, first)) <= target.largest
