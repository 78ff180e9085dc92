"""Arithmetic of profiles: `(total - free) / total`, `type == 8 and status == 1`, `first(five_minutes, one_minute)`.

In: the text of an expression. Out: a function of a row (name to value) that gives a number, a text, a truth value,
or None where something it needs is missing or senseless. Nothing of Python is reachable but what is listed here.
"""

import ast
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from agent.snmp.instance import text_of

Row = Mapping[str, Any]
Expression = Callable[[Row], Any]


class ExpressionError(ValueError):
    """The text is no expression of ours; `column` is where in it, from 1."""

    def __init__(self, what: str, column: int = 1) -> None:
        self.column = column
        super().__init__(what)


def number_in(value: Any) -> float | None:
    """Return the number that a value is, or that a text begins with ("23.5 C")."""
    if isinstance(value, (int, float)):
        return value
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    found = re.match(r"\s*([-+]?\d+(?:[.,]\d+)?)", value) if isinstance(value, str) else None
    return float(found[1].replace(",", ".")) if found else None


def _match(text: Any, pattern: str) -> bool:
    return re.search(pattern, text_of(text), re.IGNORECASE) is not None


def _bit(value: Any, position: float) -> bool | None:
    """Tell whether a bit of a BITS value is set; bit 0 is the first octet's highest (RFC 2578 7.1.4)."""
    if not isinstance(value, bytes):
        return None
    octet, bit = divmod(int(position), 8)
    return octet < len(value) and bool(value[octet] & (0x80 >> bit))


def _same(one: Any, other: Any) -> bool:
    if type(one) is int and type(other) is int:
        return one == other
    if isinstance(one, (bytes, str)) or isinstance(other, (bytes, str)):
        return one is not None and other is not None and text_of(one) == text_of(other)
    return bool(one == other)


def _differs(one: Any, other: Any) -> bool:
    # What is missing differs from nothing but from None.
    return one is not None and not _same(one, other)


def _first(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)


def _number(value: Any) -> float:
    number = number_in(value)
    if number is None:
        raise TypeError(f"{value!r} is no number")
    return number


def _of_numbers(compute: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Let an operator see numbers alone: a text times four billion must not fill the memory."""
    return lambda one, other: compute(_number(one), _number(other))


def _power(base: Any, exponent: Any) -> float:
    # As floats: a device must not make us compute 10 to the power of four billion.
    result: float = float(base) ** float(exponent)
    return result


FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    "first": _first,
    "number": number_in,
    "match": _match,
    "bit": _bit,
    "min": min,
    "max": max,
    "abs": abs,
    "int": int,
}
_BINARY: Final[dict[type[ast.operator], Callable[[Any, Any], Any]]] = {
    ast.Add: _of_numbers(operator.add),
    ast.Sub: _of_numbers(operator.sub),
    ast.Mult: _of_numbers(operator.mul),
    ast.Div: _of_numbers(operator.truediv),
    ast.FloorDiv: _of_numbers(operator.floordiv),
    ast.Mod: _of_numbers(operator.mod),
    ast.Pow: _of_numbers(_power),
}
_COMPARE: Final[dict[type[ast.cmpop], Callable[[Any, Any], Any]]] = {
    ast.Eq: _same,
    ast.NotEq: _differs,
    ast.Lt: _of_numbers(operator.lt),
    ast.LtE: _of_numbers(operator.le),
    ast.Gt: _of_numbers(operator.gt),
    ast.GtE: _of_numbers(operator.ge),
}


def parse(text: str, known: set[str]) -> tuple[Expression, frozenset[str]]:
    """Return the function that `text` describes and the names it uses, all of which must be `known`.

    `x == None` asks whether a value is missing.

    Raises:
        ExpressionError: a mistake in it.
    """
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except SyntaxError as error:
        raise ExpressionError(f"{text!r} is no expression: {error.msg}", error.offset or 1) from error
    names: set[str] = set()
    build = _Builder(known, names).build(tree.body)

    def expression(row: Row) -> Any:
        try:
            return build(row)
        except (TypeError, ValueError, ArithmeticError):
            return None

    return expression, frozenset(names)


class _Builder:
    def __init__(self, known: set[str], names: set[str]) -> None:
        self.known = known
        self.names = names

    def build(self, node: ast.expr) -> Expression:
        if isinstance(node, ast.Constant) and isinstance(node.value, (int, float, str, type(None))):
            constant = node.value
            return lambda row: constant
        if isinstance(node, ast.Name):
            return self._name(node)
        if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
            compute, left, right = _BINARY[type(node.op)], self.build(node.left), self.build(node.right)
            return lambda row: compute(left(row), right(row))
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.Not)):
            one = self.build(node.operand)
            return (lambda row: -_number(one(row))) if isinstance(node.op, ast.USub) else (lambda row: not one(row))
        if isinstance(node, ast.BoolOp):
            parts = [self.build(value) for value in node.values]
            every = isinstance(node.op, ast.And)
            return (lambda row: all(p(row) for p in parts)) if every else (lambda row: any(p(row) for p in parts))
        if isinstance(node, ast.Compare):
            return self._compare(node)
        if isinstance(node, ast.IfExp):
            test, yes, no = self.build(node.test), self.build(node.body), self.build(node.orelse)
            return lambda row: yes(row) if test(row) else no(row)
        if isinstance(node, ast.Call):
            return self._call(node)
        raise ExpressionError(f"{ast.unparse(node)!r} cannot be used in an expression", node.col_offset + 1)

    def _name(self, node: ast.Name) -> Expression:
        name = node.id
        if name not in self.known:
            raise ExpressionError(f"{name!r} is none of {', '.join(sorted(self.known))}", node.col_offset + 1)
        self.names.add(name)
        return lambda row: row.get(name)

    def _compare(self, node: ast.Compare) -> Expression:
        left, right, sign = self.build(node.left), node.comparators[0], node.ops[0]
        if len(node.ops) == 1 and isinstance(sign, (ast.In, ast.NotIn)) and isinstance(right, (ast.Tuple, ast.List)):
            items = [self.build(item) for item in right.elts]
            wanted = isinstance(sign, ast.In)
            return lambda row: any(_same(left(row), item(row)) for item in items) is wanted
        if len(node.ops) != 1 or type(sign) not in _COMPARE:
            raise ExpressionError("only one comparison at a time", node.col_offset + 1)
        compare, other = _COMPARE[type(sign)], self.build(right)
        return lambda row: compare(left(row), other(row))

    def _call(self, node: ast.Call) -> Expression:
        if not isinstance(node.func, ast.Name) or node.func.id not in FUNCTIONS or node.keywords:
            raise ExpressionError(f"known functions are {', '.join(FUNCTIONS)}", node.col_offset + 1)
        function, arguments = FUNCTIONS[node.func.id], [self.build(argument) for argument in node.args]
        if node.func.id == "match" and len(node.args) == 2 and isinstance(node.args[1], ast.Constant):
            try:
                re.compile(str(node.args[1].value))
            except re.error as error:
                raise ExpressionError(f"is no regular expression: {error}", node.args[1].col_offset + 1) from error
        return lambda row: function(*(argument(row) for argument in arguments))
