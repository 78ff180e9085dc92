import pytest

from agent.snmp.instance import Template, text_of


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (b"Gi0/1", "Gi0/1"),
        (b"eth0\0\0\0", "eth0"),
        ("教室电源".encode(), "教室电源"),
        ("教室电源".encode("gb18030"), "教室电源"),
        (b"\x00\x1a\x2b\x3c", "00:1a:2b:3c"),
        (b"  two \r\n lines ", "two lines"),
        (7, "7"),
        (7.0, "7"),
        (None, ""),
    ],
)
def test_a_value_becomes_a_text_that_people_read(value: object, text: str) -> None:
    assert text_of(value) == text


def test_the_first_field_that_is_not_empty_names_the_row() -> None:
    template = Template("fan:{name|descr|index}")
    assert template.fill({"name": b"", "descr": b"Fan 1", "index": "3"}) == "fan:Fan 1"
    assert template.fill({"index": "3"}) == "fan:3"
    assert template.names == {"name", "descr", "index"}


def test_a_text_as_long_as_a_datagram_is_cut() -> None:
    assert len(text_of(b"x" * 60_000)) == 4096


def test_a_name_never_grows_without_bound() -> None:
    assert len(Template("{name}").fill({"name": b"x" * 5000})) == 120
