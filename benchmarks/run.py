"""All figures, side by side with the debugger's own command in one session: `make bench`.

A figure is a ratio of times, ours to theirs. Names on the command line choose benchmarks.
"""

from __future__ import annotations

import importlib
import sys

NAMES = ("loading", "maps", "search", "remote", "scan", "images", "pool")


def main(names: list[str]) -> None:
    print(f"{'work':<34} {'ours':>9} {'theirs':>9}  {'ratio':>7} {'at most':>8}  against")
    for name in names or NAMES:
        for figure in importlib.import_module(name).figures():
            verdict = "" if figure.ratio <= figure.at_most else "  MISSED"
            print(
                f"{figure.work:<34} {figure.ours:>8.3f}s {figure.theirs:>8.3f}s  {figure.ratio:>7.3f} "
                f"{figure.at_most:>8.3f}  {figure.against}{verdict}",
                flush=True,
            )


if __name__ == "__main__":
    main(sys.argv[1:])
