"""Somebody cuts the file of an attached store: whatever comes upon it is an error, and no signal."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

PROGRAM = """
import os, sys
from pathlib import Path
from ptatlas.core.watch import UNWATCHED, Watch
from ptatlas.core.errors import AtlasError
from ptatlas.core.images.model.image import Image
from ptatlas.core.images.stored.session_images import Images
from ptatlas.core.store.survey import check_store, figures

path, when, size = sys.argv[1], sys.argv[2], int(sys.argv[3])
images = Images()
images.attach(path)
for name in ("old", "other"):
    images[name] = Image(name)
    for number in range(300):
        images[name].add_bytes(os.urandom(8192) + bytes(range(256)) * 64, (number + 1) << 20)
    images.save(name, path)
if when == "attached anew":
    images.detach(path)
    images.attach(path)
image = images["old"]

def cut():
    os.truncate(path, size)
    return False

failed = 0
if when != "in a change":
    cut()
def save():
    images["new"] = Image("new")
    for number in range(3):
        images["new"].add_bytes(os.urandom(1 << 20), number << 24)
    images.save("new", path, watch=Watch(cut) if when == "in a change" else UNWATCHED)
def check():
    check_store(images.store_at(path).store)
def change():
    with images.changing("old") as changed:
        changed.add_bytes(os.urandom(9000), 0)
works = [save, lambda: image.read(1 << 20, 24576), lambda: images["other"].read(1 << 20, 24576), change,
         lambda: images.drop("other"), lambda: figures(images.store_at(path).store), check,
         lambda: images.detach(path)]
for work in works:
    try:
        work()
    except AtlasError:
        failed += 1
assert failed, "nobody noticed"
"""


@pytest.mark.parametrize("when", ["attached", "attached anew", "in a change"])
@pytest.mark.parametrize("size", [0, 4 * 4096, 100 * 4096, 1 << 20])
def test_a_store_that_is_cut_is_an_error_and_no_signal(tmp_path: Path, when: str, size: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, tmp_path / "a.store", when, str(size)],
        timeout=60,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode >= 0, signal.Signals(-done.returncode)
    assert done.returncode == 0, done.stderr
