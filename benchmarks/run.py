"""All figures, side by side with the debugger's own command in one session: `make bench`.

A figure is a ratio of times, ours to theirs. Names on the command line choose benchmarks.
"""

from __future__ import annotations

import importlib
import sys

NAMES = (
    "loading",
    "maps",
    "search",
    "holes",
    "narrow",
    "remote",
    "scan",
    "images",
    "pool",
    "crafted_cores",
    "costs",
    "references",
    "interrupts",
)


def main(names: list[str]) -> None:
    print(f"{'work':<38} {'ours':>8}    {'theirs':>8}    {'ratio':>7} {'at most':>8}  against")
    for name in names or NAMES:
        for figure in importlib.import_module(name).figures():
            verdict = "" if figure.ratio <= figure.at_most else "  MISSED"
            ours, theirs = (f"{value:>8.3f} {figure.unit:<2}" for value in (figure.ours, figure.theirs))
            ratio = f"{figure.ratio:>7.3f} {figure.at_most:>8.3f}"
            print(f"{figure.work:<38} {ours} {theirs} {ratio}  {figure.against}{verdict}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
