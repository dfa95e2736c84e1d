"""A crash report by GDB: the process where it stopped, as JSON for scripts and as a page for people.

    gdb -batch -ex 'source gdbext/plugin.py' -x examples/crash_report_gdb.py --args PROGRAM ARGUMENT ...
    gdb -batch -ex 'source gdbext/plugin.py' -x examples/crash_report_gdb.py PROGRAM CORE

A program is run until it crashes. The report is in crash.json and crash.html.
"""

import json
import os

import gdb
from ptatlas.gdbext import inferior


def answer(command):
    """Return a command's own document."""
    return json.loads(gdb.execute(f"{command} --json", to_string=True))


def private(path, flags):
    """Open a file that only its owner may read: a report holds parts of the program's memory."""
    return os.open(path, flags, 0o600)


def frames():
    """Give the frames of the selected thread, the innermost first."""
    frame = gdb.newest_frame()
    while frame is not None:
        line = frame.find_sal()
        yield {
            "pc": hex(frame.pc()),
            "function": frame.name(),
            "file": line.symtab.filename if line.symtab else None,
            "line": line.line if line.symtab else None,
        }
        frame = frame.older()


def registers():
    """Give the general registers that are numbers, each with the area that it points into."""
    areas, frame = inferior().areas, gdb.newest_frame()
    for register in frame.architecture().registers("general"):
        value = frame.read_register(register)
        if value.type.code in {gdb.TYPE_CODE_INT, gdb.TYPE_CODE_PTR}:
            number = int(value) % 2**64
            area = areas.find(number)
            yield {"name": register.name, "value": hex(number), "area": area and (area.path or area.kind)}


if gdb.selected_thread() is None:
    gdb.execute("run")
if gdb.selected_thread() is None:
    gdb.write("it did not crash\n")
else:
    report = {
        "program": gdb.current_progspace().filename,
        "signal": int(gdb.parse_and_eval("$_siginfo.si_signo")),
        "frames": list(frames()),
        "registers": list(registers()),
        "maps": answer("pt-maps"),
        "code": answer("pt-image check"),
    }
    with open("crash.json", "w", opener=private) as file:
        json.dump(report, file, indent=1)
    gdb.execute("pt-maps --html crash.html")
