"""C expressions over LLDB's names, evaluated by reading only.

LLDB's own evaluator maps memory into the process for the simplest of expressions (1+1 makes three new
areas) and interprets assignments. So the expressions are read here, and LLDB is only asked for what they
name: variables, registers, symbols, types.
"""

from __future__ import annotations

import lldb

from .expressions.expression import Expression
from .expressions.operands import Operand
from .expressions.scope import Scope


class LldbEvaluator:
    """Evaluates expressions in the selected frame of a process."""

    def __init__(self, process: lldb.SBProcess) -> None:
        self._process = process

    def integer(self, expression: str) -> int:
        """Return the value as an integer, an array or function as its address; or raise InvalidArgument."""
        return self._evaluate(expression).number().value

    def real(self, expression: str) -> float:
        """Return the value of a real number or an integer as a float; or raise InvalidArgument."""
        return float(self._evaluate(expression).scalar().value)

    def content(self, expression: str) -> bytes:
        """Return the bytes of the value, in target order; raise InvalidArgument if there is no such value."""
        return self._evaluate(expression).content()

    def _evaluate(self, expression: str) -> Operand:
        return Expression(expression, Scope(self._process)).value()
