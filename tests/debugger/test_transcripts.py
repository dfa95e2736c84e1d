"""What pages show of a session is what is answered today, but for addresses, numbers and places."""

from __future__ import annotations

import platform
import re
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from support.sessions import CHECKOUT, LldbSession

sys.path.append(str(CHECKOUT / "scripts"))

from transcripts import SCENES, Exchange, answer_to, exchanges, playing, untrue

CELL = 12.2  # the width of a letter in a picture that rich makes


def shown_by(name: str) -> list[Exchange]:
    path = CHECKOUT / "docs" / name
    return list(exchanges(text_of_picture(path) if path.suffix == ".svg" else path.read_text()))


def text_of_picture(path: Path) -> str:
    """What a recorded terminal shows, as a block of a page."""
    lines: dict[int, str] = {}
    for element in ElementTree.parse(path).iter("{http://www.w3.org/2000/svg}text"):
        if number := re.search(r"line-(\d+)", element.get("clip-path", "")):
            column = round(float(element.get("x", "0")) / CELL)
            before = lines.get(int(number[1]), "").ljust(column)
            lines[int(number[1])] = before + (element.text or "").replace("\xa0", " ")
    shown = [lines.get(number, "").rstrip() for number in range(max(lines) + 1)]
    return "\n".join(["```", *shown, "```", ""])


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the pages show sessions on x86-64")
@pytest.mark.parametrize("name", SCENES)
def test_pages_show_what_is_answered(name):
    with playing(SCENES[name]) as session:
        wrong = [line for one in shown_by(name) for line in untrue(one, answer_to(session, one.typed))]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", [name for name in SCENES if name.endswith(".md")])
def test_the_same_words_work_in_lldb(name):
    with playing(SCENES[name], LldbSession) as session:
        answers = [(one, answer_to(session, one.typed)) for one in shown_by(name)]
    failed = re.compile(r"^error:|^invalid command|Traceback", re.MULTILINE)
    assert [answer for _, answer in answers if failed.search(answer)] == []
    # What the debuggers themselves say is not the same; nor what they call a word of the linker's.
    own = [(one, answer) for one, answer in answers if one.typed.startswith(("pt-maps", "pt-find"))]
    wrong = [line for one, answer in own for line in untrue(one, answer)]
    assert not wrong, "\n".join(wrong)
