r"""A crash report by LLDB: the process where it stopped, as JSON for scripts and as a page for people.

    lldb --batch -o 'command script import lldbext/plugin.py' \
        -o 'command script import examples/crash_report_lldb.py' -o run -k crash-report -- PROGRAM ARGUMENT

What follows `-k` is done when the program has crashed; of a core file, `-c CORE -o crash-report` does it.
The report is in crash.json and crash.html.
"""

import json
import os

import lldb
from ptatlas.lldbext import inferior


def run(debugger, context, command):
    """Run a command, and return what it prints; raise RuntimeError if it fails."""
    result = lldb.SBCommandReturnObject()
    debugger.GetCommandInterpreter().HandleCommand(command, context, result)
    if not result.Succeeded():
        raise RuntimeError(result.GetError())
    return result.GetOutput()


def private(path, flags):
    """Open a file that only its owner may read: a report holds parts of the program's memory."""
    return os.open(path, flags, 0o600)


def frames(thread):
    """Give the frames of a thread, the innermost first."""
    for frame in thread:
        line = frame.GetLineEntry()
        yield {
            "pc": hex(frame.GetPC()),
            "function": frame.GetFunctionName(),
            "file": line.GetFileSpec().fullpath if line.IsValid() else None,
            "line": line.GetLine() if line.IsValid() else None,
        }


def registers(process, frame):
    """Give the general registers, each with the area that it points into."""
    areas = inferior(process).areas
    for register in frame.GetRegisters()[0]:
        number = register.GetValueAsUnsigned()
        area = areas.find(number)
        yield {"name": register.GetName(), "value": hex(number), "area": area and (area.path or area.kind)}


@lldb.command("crash-report")
def crash_report(debugger, _command, context, result, _session):
    """Write crash.json and crash.html."""
    process = context.GetProcess()
    thread = process.GetSelectedThread()
    report = {
        "program": context.GetTarget().GetExecutable().fullpath,
        "stopped": thread.GetStopDescription(200),
        "frames": list(frames(thread)),
        "registers": list(registers(process, thread.GetFrameAtIndex(0))),
        "maps": json.loads(run(debugger, context, "pt-maps --json")),
        "code": json.loads(run(debugger, context, "pt-image check --json")),
    }
    with open("crash.json", "w", opener=private) as file:
        json.dump(report, file, indent=1)
    result.write(run(debugger, context, "pt-maps --html crash.html"))
