"""An answer written as a class, and the document that it becomes."""

from __future__ import annotations

import pytest
from ptatlas.core.render.document import Answer, Rows
from ptatlas.core.render.fields import COUNT, column
from ptatlas.core.render.render import Style, render

COLUMNS = (column("real", COUNT),)


class Numbers(Answer):
    """Some numbers, and how many were read."""

    schema = "numbers"

    def __init__(self) -> None:
        self.read: list[complex] = []

    def head(self):
        return {"first": 1}

    def rows(self):
        return Rows("numbers", self._items(), COLUMNS, COLUMNS)

    def tail(self):
        return {"count": len(self.read)}

    def notes(self):
        return [f"{len(self.read)} numbers"]

    def found(self):
        return bool(self.read)

    def _items(self):
        for number in (1 + 0j, 2 + 0j):
            self.read.append(number)
            yield number


def written(answer: Answer, form: str) -> str:
    return "".join(render(answer.document(), Style(form)))


def test_the_parts_of_an_answer_are_those_of_its_document():
    answer = Numbers()
    assert written(answer, "jsonl").splitlines()[-1] == '{"schema": "numbers", "first": 1, "count": 2}'
    assert answer.document().found()


def test_what_follows_the_rows_is_made_once_they_are_read():
    assert written(Numbers(), "table").splitlines()[-1] == "2 numbers"


def test_an_answer_has_nothing_but_what_it_says():
    class Empty(Answer):
        schema = "empty"

    assert written(Empty(), "json") == '{"schema": "empty"}\n'
    assert written(Empty(), "table") == ""
    assert Empty().document().found()


def test_an_interrupt_ends_the_command_unless_the_answer_can_stop():
    class Interrupted(Numbers):
        def _items(self):
            yield from super()._items()
            raise KeyboardInterrupt

    class Stopping(Interrupted):
        def stop(self, told):
            self.told = told

    with pytest.raises(KeyboardInterrupt):
        written(Interrupted(), "json")
    answer = Stopping()
    assert written(answer, "json").endswith('"count": 2}\n')
    assert answer.told == 2
