"""A snapshot's fields in a record: time, map, registers, and coverage."""

from __future__ import annotations

from typing import Any

from ...arch import Arch, Machine, check_endian, check_word_size
from ...errors import InvalidArgument, PoolCorrupt
from ...maps.area import Area
from ...maps.area_map import AreaMap
from ...maps.protection import Protection
from ...ports.files import UnprovenPart
from ...ranges import TOP
from ...store.about import Fields
from ...walk.coverage import Coverage, Unreadable
from ..model.snapshot import Circumstances, Snapshot, ThreadState


def snapshot_fields(snapshot: Snapshot) -> dict[str, Any]:
    """Return a snapshot's fields for its record."""
    about, coverage = snapshot.circumstances, snapshot.coverage
    return {
        "arch": about.arch._asdict(),
        **_machine_fields(about.machine),
        "taken": about.taken,
        "generation": about.generation,
        "pid": about.pid,
        "program": about.program,
        "auxv": None if about.auxv is None else about.auxv.hex(),
        "problems": [{"text": problem} for problem in about.problems],
        "unproven": [part._asdict() for part in about.unproven],
        "threads": [_thread_fields(thread) for thread in about.threads],
        "areas": [_area_fields(area) for area in about.areas],
        "coverage": {
            "searched": coverage.searched,
            "never_touched": coverage.never_touched,
            "left_out": coverage.left_out,
            "unreadable": [part._asdict() for part in coverage.unreadable],
        },
    }


def snapshot_of_fields(name: str, fields: Fields) -> Snapshot:
    """Return the snapshot of a record, without its sections. Raise `PoolCorrupt`."""
    return Snapshot(name, _circumstances(fields), _coverage(fields.inner("coverage")))


def _thread_fields(thread: ThreadState) -> dict[str, Any]:
    return {"tid": thread.tid, "signal": thread.signal, "registers": dict(thread.registers)}


def _machine_fields(machine: Machine | None) -> dict[str, int]:
    return {} if machine is None else {"machine": machine.number, "machine_flags": machine.flags}


def _area_fields(area: Area) -> dict[str, Any]:
    fields = area._asdict()
    fields["protection"] = None if area.protection is None else int(area.protection)
    return {name: value for name, value in fields.items() if value is not None}


def _circumstances(fields: Fields) -> Circumstances:
    try:
        areas = AreaMap([_area(item) for item in fields.items("areas")])
    except InvalidArgument as error:
        raise PoolCorrupt(f"the map of a snapshot: {error}") from error
    return Circumstances(
        areas=areas,
        arch=_arch(fields.inner("arch")),
        taken=fields.number("taken"),
        generation=fields.maybe_integer("generation"),
        pid=fields.maybe_integer("pid"),
        program=fields.maybe_text("program"),
        threads=tuple(_thread(item) for item in fields.items("threads")),
        auxv=fields.maybe_bytes("auxv"),
        machine=_machine(fields),
        problems=tuple(item.text("text") for item in fields.maybe_items("problems")),
        unproven=tuple(_unproven(item) for item in fields.maybe_items("unproven")),
    )


def _machine(fields: Fields) -> Machine | None:
    number = fields.maybe_integer("machine", most=0xFFFF)
    return None if number is None else Machine(number, fields.integer("machine_flags", most=0xFFFFFFFF))


def _arch(fields: Fields) -> Arch:
    try:
        word_size = check_word_size(fields.integer("word_size"))
        endian = check_endian(fields.text("endian"))
    except InvalidArgument as error:
        raise PoolCorrupt(str(error)) from error
    page_size = fields.integer("page_size", 1, 1 << 30)
    if page_size & (page_size - 1):
        raise PoolCorrupt(f"pages of {page_size} bytes")
    return Arch(word_size, endian, page_size, fields.maybe_integer("ignored_bits") or 0)


def _thread(fields: Fields) -> ThreadState:
    return ThreadState(fields.integer("tid"), fields.integers("registers"), fields.integer("signal"))


def _area(fields: Fields) -> Area:
    start, end = fields.integer("start"), fields.integer("end", 1, TOP)
    protection = fields.maybe_integer("protection", 0, 0xFF)
    return Area(
        start,
        end,
        None if protection is None else _protection(protection),
        fields.maybe_integer("offset"),
        fields.maybe_text("path"),
        fields.maybe_text("kind"),
        fields.maybe_text("source"),
        fields.maybe_text("device"),
        fields.maybe_integer("inode"),
        fields.maybe_flag("deleted"),
    )


def _unproven(fields: Fields) -> UnprovenPart:
    start, end = fields.integer("start"), fields.integer("end", 1, TOP)
    if start >= end:
        raise PoolCorrupt(f"an unproven range {start:#x}..{end:#x}")
    return UnprovenPart(start, end, fields.text("path"), fields.text("why"))


def _protection(value: int) -> Protection:
    if value & value >> 4 & 0xF:
        raise PoolCorrupt(f"a protection of {value:#x}: known and unknown")
    return Protection(value)


def _coverage(fields: Fields) -> Coverage:
    parts = []
    for item in fields.items("unreadable"):
        start, end = item.integer("start"), item.integer("end", 1, TOP)
        if start >= end:
            raise PoolCorrupt(f"an unreadable range {start:#x}..{end:#x}")
        parts.append(Unreadable(start, end, item.text("why")))
    return Coverage(
        fields.integer("searched"), fields.integer("never_touched"), tuple(parts), fields.integer("left_out")
    )
