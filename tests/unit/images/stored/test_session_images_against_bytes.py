"""Random saves, snapshots, copies, changes, drops and re-attaches, against images kept as plain bytes."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from ptatlas.core.images.capture.capture import take_snapshot
from ptatlas.core.images.model.image import Image
from ptatlas.core.images.model.snapshot import Circumstances
from ptatlas.core.images.stored.session_images import Images
from ptatlas.core.maps.area import Area
from ptatlas.core.sources import BufferArea, buffer_target
from ptatlas.core.store.survey import check_store, figures

pytestmark = pytest.mark.slow

PAGE = 4096
BASE = 0x10000
SPAN = 8 * PAGE
NAMES = ("a", "b", "c")
# What pages can be full of, so that many are equal.
FILLINGS = st.lists(st.sampled_from([b"\0", b"x", b"y", b"z"]), min_size=1, max_size=8)
OFFSETS = st.sampled_from([0, PAGE, 3 * PAGE, 100, PAGE + 5])

Model = dict[int, int]  # address -> byte


def content(filling: list[bytes]) -> bytes:
    return b"".join(byte * PAGE for byte in filling)


class StoredImages(RuleBasedStateMachine):
    """Images of a session with a store, and what each byte of theirs is."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.path = self.folder / "a.store"
        self.images = Images()
        self.images.attach(self.path)
        self.models: dict[str, Model] = {}
        self.stored: set[str] = set()

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    @initialize()
    def begin_with_something(self) -> None:
        self.take("a", [b"x", b"\0", b"y"])

    def place(self, name: str, data: bytes, offset: int) -> None:
        data = data[: SPAN - offset]
        self.models[name].update(zip(range(BASE + offset, BASE + offset + len(data)), data))

    @rule(name=st.sampled_from(NAMES), filling=FILLINGS, offset=OFFSETS)
    def make(self, name: str, filling: list[bytes], offset: int) -> None:
        if name in self.models:
            return
        self.images[name] = Image(name)
        self.models[name] = {}
        self.change(name, filling, offset)

    @rule(name=st.sampled_from(NAMES), filling=FILLINGS)
    def take(self, name: str, filling: list[bytes]) -> None:
        if name in self.models:
            return
        data = content(filling)
        reader = buffer_target([BufferArea(BASE, data, "rw-p", "[heap]", 0, "heap")]).readers[0]
        areas = [Area(BASE, BASE + len(data))]
        self.images.take_into(
            self.path, name, lambda pages: take_snapshot(name, areas, reader, pages, Circumstances())
        )
        self.stored.add(name)
        self.models[name] = {}
        self.place(name, data, 0)

    @rule(name=st.sampled_from(NAMES))
    def save(self, name: str) -> None:
        if name in self.models:
            self.images.save(name, self.path)
            self.stored.add(name)

    @rule(name=st.sampled_from(NAMES), filling=FILLINGS, offset=OFFSETS)
    def change(self, name: str, filling: list[bytes], offset: int) -> None:
        if name not in self.models:
            return
        data = content(filling)[: SPAN - offset]
        with self.images.changing(name) as image:
            image.add_bytes(data, BASE + offset)
        self.place(name, data, offset)

    @rule(name=st.sampled_from(NAMES), other=st.sampled_from(NAMES))
    def copy(self, name: str, other: str) -> None:
        if name == other or not {name, other} <= self.models.keys():
            return
        with self.images.changing(name) as image:
            image.copy_from(self.images[other])
        self.models[name].update(self.models[other])

    @rule(name=st.sampled_from(NAMES))
    def drop(self, name: str) -> None:
        if name in self.models:
            del self.images[name]
            del self.models[name]
            self.stored.discard(name)

    @precondition(lambda self: self.stored == self.models.keys())
    @rule()
    def attach_again(self) -> None:
        self.images.detach(self.path)
        self.images = Images()
        self.images.attach(self.path)

    @invariant()
    def images_are_what_they_should_be(self) -> None:
        assert set(self.images) == self.models.keys()
        for name, model in self.models.items():
            image = self.images[name]
            assert sum(section.size for section in image.sections) == len(model)
            for section in image.sections:
                data = section.read(section.start, section.size)
                assert data == bytes(model[at] for at in range(section.start, section.end))

    @invariant()
    def nothing_else_is_in_the_store(self) -> None:
        store = self.images.attached[0].store
        assert check_store(store) == len(self.stored)
        if not self.models:
            assert store.blobs() == []
        assert figures(store)["page_bytes"] <= sum(map(len, self.models.values())) + PAGE * 40


StoredImages.TestCase.settings = settings(max_examples=40, stateful_step_count=15, deadline=None)
TestStoredImages = StoredImages.TestCase
