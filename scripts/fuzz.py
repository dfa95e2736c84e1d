"""Fuzz the parsers with coverage: each target for some time, or until it has run so often.

  scripts/fuzz.py [--time SECONDS] [--runs N] [TARGET...]

Every input may take 10 s and 1 GiB. What is learnt stays in build/fuzz/TARGET/corpus, and a fault's input in
build/fuzz/TARGET/faults. Ends with 1 if there was a fault.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
BUILD = CHECKOUT / "build" / "fuzz"
sys.path.insert(0, str(CHECKOUT / "tests"))

from fuzz.kept import kept  # noqa: E402
from fuzz.target import Target  # noqa: E402
from fuzz.targets import ROOMS, targets_of  # noqa: E402

# Of one input.
SECONDS, MEBIBYTES = 10, 1024


def main() -> int:
    """Fuzz, and print a line for each target."""
    options = _options()
    print(f"{'target':16} {'runs':>10} {'a second':>9} {'inputs':>7}  result")
    targets = {name: (room, target) for room in ROOMS for name, target in targets_of(room).items()}
    results = [_fuzz(*targets[name], options) for name in options.targets or targets]
    return int(not all(results))


def _options() -> argparse.Namespace:
    names = [name for room in ROOMS for name in targets_of(room)]
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="one of " + ", ".join(names))
    parser.add_argument(
        "--time", type=int, default=600, help="seconds for each target (default: %(default)s)"
    )
    parser.add_argument("--runs", type=int, default=-1, help="and at most so many runs of each")
    return parser.parse_args()


def _fuzz(room: str, target: Target, options: argparse.Namespace) -> bool:
    """Fuzz one target; return whether there was no fault."""
    folder = BUILD / target.name
    corpus, faults = folder / "corpus", folder / "faults"
    for each in (corpus, faults):
        each.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate((*target.seeds, *kept(target.name))):
        (corpus / f"seed-{number}").write_bytes(seed)
    words = folder / "words"
    # libFuzzer refuses a list without words.
    words.write_text("".join(f'"{_escaped(word)}"\n' for word in target.words or (b"\0",)))
    command = [
        sys.executable, str(CHECKOUT / "tests" / "fuzz" / "run.py"), room, target.name,
        f"-max_total_time={options.time}", f"-runs={options.runs}", f"-timeout={SECONDS}",
        f"-rss_limit_mb={MEBIBYTES}", f"-max_len={target.largest}", f"-dict={words}",
        f"-artifact_prefix={faults}/", "-print_final_stats=1", str(corpus),
    ]  # fmt: skip
    with (folder / "log").open("w+b") as log:
        status = subprocess.run(command, stdout=log, stderr=subprocess.STDOUT, check=False).returncode
        log.seek(0)
        told = log.read().decode(errors="replace")
    runs, rate = (_number(told, name) for name in ("number_of_executed_units", "average_exec_per_sec"))
    result = "no fault" if status == 0 else f"FAULT: see {folder.relative_to(CHECKOUT)}/log"
    print(f"{target.name:16} {runs:10} {rate:9} {len(list(corpus.iterdir())):7}  {result}", flush=True)
    return status == 0


def _escaped(word: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word)


def _number(told: str, name: str) -> int:
    found = re.search(rf"^stat::{name}:\s*(\d+)$", told, re.MULTILINE)
    return int(found[1]) if found else 0


if __name__ == "__main__":
    sys.exit(main())
