"""Each call of the product that writes files: `out` in the current folder, but for dotfiles."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ptatlas.core import MemoryMap
from ptatlas.core.cli.start_up import install
from ptatlas.core.files.private import PRIVATE_FILE
from ptatlas.core.pool import Pool

from .targets import BASE, over_page

SECRET = b"the secret"


def typed(*lines: str) -> Callable[[], None]:
    def run() -> None:
        shell = over_page(SECRET)
        for line in lines:
            shell.run(line)

    return run


def saved() -> None:
    memory = MemoryMap()
    memory.add_bytes(SECRET, BASE)
    memory.save("out")


def pooled() -> None:
    with Pool.attach("out") as pool:
        pool.malloc(100)


def installed() -> None:
    Path(".gdbinit").write_text("set x 1\n")
    Path(".gdbinit").chmod(PRIVATE_FILE)
    install(["gdb", "lldb"], [].append)


SNAPSHOT = "pt-image snapshot s"
WRITERS: dict[str, Callable[[], None]] = {
    "pt-maps -o": typed("pt-maps -o out"),
    "pt-maps --html": typed("pt-maps --html out"),
    "pt-find -o": typed("pt-find secret -C 8 -o out"),
    "pt-image read -o": typed(SNAPSHOT, f"pt-image read s {BASE:#x} 16 -o out"),
    "pt-image diff -o": typed(SNAPSHOT, "pt-image diff s live -o out"),
    "pt-image export --core": typed(SNAPSHOT, "pt-image export s --core out"),
    "pt-image export --raw": typed(SNAPSHOT, "pt-image export s --raw out"),
    "pt-image attach": typed("pt-image attach out"),
    "pt-image snapshot --store": typed(f"{SNAPSHOT} --store out"),
    "pt-image save": typed("pt-image attach out", SNAPSHOT, "pt-image save s out"),
    "MemoryMap.save": saved,
    "Pool.attach": pooled,
    "ptatlas install": installed,
}
