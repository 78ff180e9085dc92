import pytest

from agent.snmp.expression import ExpressionError, number_in, parse

ROW = {"total": 200, "free": 50, "digits": 3, "raw": 680, "name": b"Fan 1", "bits": b"\x40", "kind": 8, "gone": None}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("(total - free) / total", 0.75),
        ("raw * 10 ** -digits", 0.68),
        ("kind in (3, 8)", True),
        ("kind not in (3, 8)", False),
        ("total if kind == 3 else free", 50),
        ("first(gone, free)", 50),
        ("match(name, '^fan')", True),
        ("name == 'Fan 1'", True),
        ("gone == None", True),
        ("gone != None", False),
        ("free != None", True),
        ("bit(bits, 1)", True),
        ("bit(bits, 0)", False),
        ("bit(bits, 99)", False),
        ("max(total, free) - min(total, free)", 150),
        ("not kind == 8", False),
    ],
)
def test_an_expression_is_computed(text: str, value: object) -> None:
    assert parse(text, set(ROW))[0](ROW) == value


@pytest.mark.parametrize(
    "text", ["gone + 1", "total / (free - 50)", "name * total", "10 ** total ** total", "gone > 3"]
)
def test_what_cannot_be_computed_is_nothing(text: str) -> None:
    assert parse(text, set(ROW))[0](ROW) is None


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os')",
        "total.__class__",
        "[x for x in (1, 2)]",
        "unknown + 1",
        "total free",
        "lambda: 1",
        "total == 1 == 2",
        "match(name, '(')",
    ],
)
def test_nothing_but_arithmetic_is_an_expression(text: str) -> None:
    with pytest.raises(ExpressionError):
        parse(text, set(ROW))


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (3, 3),
        (b"49.91 degrees C", 49.91),
        ("-12,5 C", -12.5),
        (b"55.652\0", 55.652),
        ("abc", None),
        (None, None),
        (b"", None),
    ],
)
def test_a_number_is_found_at_the_beginning_of_a_text(value: object, number: float | None) -> None:
    assert number_in(value) == number
