"""A command's answer: typed values, and rows that may come as they are found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Union

from .fields import Column
from .telling import Telling, Unwanted
from .text import Block, Line


@dataclass(frozen=True)
class Rows:
    """The rows of a document, read once, in order.

    `fields` are what a document says of a row; `columns` what a table shows of it. `detail` gives
    lines to print under a row in a table, `shown` the rows of a table where these are others, and
    `empty` what it says instead of headings where it has none ("": nothing).
    """

    name: str
    items: Iterable[Any]
    fields: Sequence[Column]
    columns: Sequence[Column]
    detail: Callable[[Any], Iterable[Line | Block]] | None = None
    shown: Iterable[Any] | None = None
    empty: str | None = None


Lazy = Callable[[], Mapping[str, Any]]


@dataclass(frozen=True)
class Document:
    """A command's result: `schema`, what is known before its rows, the rows, and what is known after.

    `head` and `tail` are JSON values; `tail` is asked when the rows have been read, and so is `notes`, the
    lines that a table ends with. `found` says, then, whether there was anything; None: there was
    nothing to look at. `stop` is called when the
    user interrupts the rows, with how many have been written: the rest of the document is still written then.
    Without it, an interrupt ends the command. `finish` is called when the user only wants to see no more of
    the rows: it does what is left to do without them.
    """

    schema: str
    head: Mapping[str, Any] = field(default_factory=dict)
    rows: Rows | None = None
    tail: Lazy = dict
    notes: Callable[[], Iterable[Line | Block]] = tuple
    found: Callable[[], bool | None] = lambda: True
    stop: Callable[[int], None] | None = None
    finish: Callable[[], None] = lambda: None

    @classmethod
    def known(
        cls,
        schema: str,
        head: Mapping[str, Any],
        rows: Rows | None = None,
        notes: Iterable[Line | Block] = (),
        *,
        tail: Mapping[str, Any] | None = None,
        found: bool = True,
    ) -> Document:
        """Return a document whose values are all known when it is made."""
        return cls(schema, head, rows, lambda: tail or {}, lambda: notes, lambda: found)

    @contextmanager
    def rows_until_interrupted(self) -> Iterator[Telling]:
        """Suppress an interrupt in the block that writes the rows, if the document can still be ended.

        Where the user wants to see no more, do what is left and raise Unwanted.
        """
        telling = Telling()
        try:
            yield telling
        except Unwanted:
            self.finish()
            raise
        except KeyboardInterrupt:
            if self.stop is None:
                raise
            self.stop(telling.told)


class Answer:
    """A command's result written as a class: a method for each part of its document, in their order.

    A subclass names its `schema` and has the methods of the parts that it has.
    """

    schema: str

    def head(self) -> Mapping[str, Any]:
        """Return what is known before the rows, as JSON values."""
        return {}

    def rows(self) -> Rows | None:
        """Return the rows, or None where the answer has none."""
        return None

    def tail(self) -> Mapping[str, Any]:
        """Return what is known after the rows, as JSON values."""
        return {}

    def notes(self) -> Iterable[Line | Block]:
        """Return the lines that a table ends with."""
        return ()

    def found(self) -> bool | None:
        """Return whether there was anything, once the rows have been read; None: nothing to look at."""
        return True

    def stop(self, told: int) -> None:  # noqa: ARG002 - for those that can stop
        """End the rows after an interrupt, when `told` of them are written; by default, end the command."""
        raise KeyboardInterrupt

    def finish(self) -> None:
        """Do what is left to do without the rest of the rows, which the user doesn't want to see."""

    def document(self) -> Document:
        """Return the document; its head and its rows are made now, the rest once the rows were read."""
        return Document(
            self.schema, self.head(), self.rows(), self.tail, self.notes, self.found, self.stop, self.finish
        )


@dataclass(frozen=True)
class Text:
    """A command's result that is text and nothing else: help, a single number."""

    lines: Sequence[Line]


@dataclass(frozen=True)
class Raw:
    """A command's result that is bytes, for a file."""

    chunks: Iterable[bytes]


Result = Union[Document, Text, Raw]
