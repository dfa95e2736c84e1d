"""Changes inputs without an instrumented build: the short run of the tests."""

from __future__ import annotations

import random
from collections.abc import Iterator

from .target import Target

_NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 1 << 63, (1 << 64) - 1)


def mutated(target: Target, known: tuple[bytes, ...], count: int, seed: int) -> Iterator[bytes]:
    """Yield so many inputs, made of known ones by a few changes each; the same for the same seed."""
    rnd = random.Random(seed)
    for _ in range(count):
        data = bytearray(rnd.choice(known))
        for _ in range(rnd.choice((1, 1, 2, 4, 8))):
            rnd.choice(_CHANGES)(data, rnd, known, target.words or (b"\0",))
        yield bytes(data[: target.largest])


def _flip(data: bytearray, rnd: random.Random, known, words) -> None:
    if data:
        data[rnd.randrange(len(data))] ^= 1 << rnd.randrange(8)


def _put_number(data: bytearray, rnd: random.Random, known, words) -> None:
    size = rnd.choice((1, 2, 4, 8))
    number = (rnd.choice(_NUMBERS) + rnd.randrange(-1, 2)) % (1 << 8 * size)
    at = rnd.randrange(len(data) + 1)
    data[at : at + size] = number.to_bytes(size, rnd.choice(("little", "big")))


def _put_word(data: bytearray, rnd: random.Random, known, words) -> None:
    word, at = rnd.choice(words), rnd.randrange(len(data) + 1)
    data[at : at + rnd.choice((0, len(word)))] = word


def _drop(data: bytearray, rnd: random.Random, known, words) -> None:
    at = rnd.randrange(len(data) + 1)
    del data[at : at + rnd.choice((1, 4, 64))]


def _cut(data: bytearray, rnd: random.Random, known, words) -> None:
    del data[rnd.randrange(len(data) + 1) :]


def _repeat(data: bytearray, rnd: random.Random, known, words) -> None:
    at, size = rnd.randrange(len(data) + 1), rnd.choice((1, 8, 64))
    data[at:at] = data[at : at + size] * rnd.choice((1, 2, 50))


def _cross(data: bytearray, rnd: random.Random, known, words) -> None:
    other, at = rnd.choice(known), rnd.randrange(len(data) + 1)
    data[at:] = other[rnd.randrange(len(other) + 1) :]


_CHANGES = (_flip, _flip, _put_number, _put_number, _put_word, _drop, _cut, _repeat, _cross)
