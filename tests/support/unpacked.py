"""Debuggers of any of Debian's releases: packages unpacked into a folder, and not installed.

With the packages comes all that they need, down to the C library, and a script that starts the program with
that release's own loader, libraries and Python. Nothing of the machine is changed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

from elftools.elf.elffile import ELFFile

from .debuggers import DebuggerMissing
from .shared import turn

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
# Where a release has libraries, for any machine.
_LIBRARIES = ("lib/*-linux-gnu*", "usr/lib/*-linux-gnu*", "usr/lib/llvm-*/lib")
# What depends on it pulls it in, and no debugger runs it: headers, compilers, documentation.
_NOT_RUN = re.compile(r"-dev$|-doc$|^(llvm|clang)-\d+")

_CONFIG = """
Dir::Etc {{ sourcelist "{0}/sources.list"; sourceparts "/dev/null"; preferencesparts "/dev/null"; }};
Dir::State {{ lists "{0}/lists"; status "{0}/status"; }};
Dir::Cache "{0}";
APT::Install-Recommends "0";
APT::Sandbox::User "root";
"""


class Unpacked(NamedTuple):
    """A program of a release of Debian: its packages, and where in them it lies."""

    release: str
    packages: tuple[str, ...]
    path: str


def gdb_of(release: str) -> Unpacked:
    """Return the GDB of a release."""
    return Unpacked(release, ("gdb",), "usr/bin/gdb")


def lldb_of(release: str, number: int) -> Unpacked:
    """Return an LLDB of a release, with its Python."""
    return Unpacked(release, (f"lldb-{number}", f"python3-lldb-{number}"), f"usr/lib/llvm-{number}/bin/lldb")


def unpack(wanted: Unpacked, cache: Path) -> Path:
    """Return what starts the program, made once in the cache; raises `DebuggerMissing` with the reason."""
    root = cache / f"{wanted.release}-{wanted.packages[0]}"
    script = root / "start"
    with turn(cache / wanted.release):
        if not script.exists():
            shutil.rmtree(root, ignore_errors=True)
            for package in _downloaded(wanted, cache / wanted.release):
                _run("dpkg", "-x", str(package), str(root))
            _write_scripts(root, wanted.path)
    return script


# --- getting packages --------------------------------------------------------------------------------


def _downloaded(wanted: Unpacked, folder: Path) -> list[Path]:
    """Download the packages and all that they need, as for a machine that has nothing."""
    config = _apt_of(wanted.release, folder)
    planned = _run("apt-get", "install", "-s", "-qq", "-y", *wanted.packages, config=config)
    names = [
        name.partition(":")[0]
        for name in re.findall(r"^Inst (\S+)", planned, re.MULTILINE)
        if name in wanted.packages or not _NOT_RUN.search(name)
    ]
    archives = folder / "archives"
    missing = [name for name in names if not list(archives.glob(f"{name}_*.deb"))]
    if missing:
        _run("apt-get", "download", "-qq", *missing, config=config, where=archives)
    return [next(archives.glob(f"{name}_*.deb")) for name in names]


def _apt_of(release: str, folder: Path) -> Path:
    """Return the configuration of an apt that knows this release only, and of nothing installed."""
    config = folder / "apt.conf"
    if config.exists():
        return config
    for name in ("lists/partial", "archives"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "status").touch()
    signed = f"[signed-by={KEYRING}] " if KEYRING.exists() else ""
    (folder / "sources.list").write_text(f"deb {signed}{_archive()} {release} main\n")
    unfinished = folder / "apt.conf.unfinished"
    unfinished.write_text(_CONFIG.format(folder))
    _run("apt-get", "update", "-qq", config=unfinished)
    unfinished.rename(config)
    return config


def _archive() -> str:
    """Return where this machine has Debian's packages from."""
    listed = _run(
        *("apt-get", "indextargets", "--format", "$(REPO_URI)"),
        *("Created-By: Packages", "Origin: Debian", "Component: main"),
    )
    if not listed:
        raise DebuggerMissing("this machine has no packages of Debian (`apt-get update` may help)")
    return listed.splitlines()[0]


def _run(*command: str, config: Path | None = None, where: Path | None = None) -> str:
    if shutil.which(command[0]) is None:
        raise DebuggerMissing(f"there is no {command[0]} on this machine")
    env = {**os.environ, "LC_ALL": "C.UTF-8", **({"APT_CONFIG": str(config)} if config else {})}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env, cwd=where)
    if done.returncode:
        raise DebuggerMissing(
            f"{' '.join(command)}: {(done.stderr or done.stdout).strip().rpartition(chr(10))[2]}"
        )
    return done.stdout


# --- starting what was unpacked ----------------------------------------------------------------------


def _write_scripts(root: Path, path: str) -> None:
    """Write what starts the program, and LLDB's server, which LLDB starts by this variable."""
    environment = {"PYTHONHOME": f"{root}/usr"}
    # Where LLDB's module lies differs; LLDB doesn't look there when it isn't installed.
    module = next(root.glob("usr/lib/*/lib/python3*/*-packages/lldb/embedded_interpreter.py"), None)
    if module is not None:
        environment["PYTHONPATH"] = str(module.parent.parent)
        _write_script(root / "start-server", root, f"{path}-server", {}, "")
        environment["LLDB_DEBUGSERVER_PATH"] = str(root / "start-server")
    own = f"-data-directory {root}/usr/share/gdb" if module is None else ""
    _write_script(root / "start", root, path, environment, own)


def _write_script(script: Path, root: Path, path: str, environment: dict[str, str], options: str) -> None:
    folders = [found for place in _LIBRARIES for found in root.glob(place)]
    libraries = ":".join(str(found) for found in folders)
    exports = "".join(f"export {name}={value}\n" for name, value in environment.items())
    start = f"{_loader(root, path)} --library-path {libraries} {root}/{path} {options}"
    script.write_text(f'#!/bin/sh\n{exports}exec {start} "$@"\n')
    script.chmod(0o755)


def _loader(root: Path, path: str) -> Path:
    with (root / path).open("rb") as stream:
        name = next(
            segment.get_interp_name()
            for segment in ELFFile(stream).iter_segments()
            if segment["p_type"] == "PT_INTERP"
        )
    return next(found for found in root.rglob(Path(name).name) if found.exists())
