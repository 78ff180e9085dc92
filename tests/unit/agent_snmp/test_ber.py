"""What strangers send: whatever the bytes are, they are SNMP or a `BerError`, and nothing long is kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.snmp.protocol.ber import BerError, object_id, oid_text
from agent.snmp.protocol.message import read_message, write_plain
from agent.snmp.protocol.pdu import SNMP_TRAP_OID, Kind, Pdu, Varbind

TRAP = write_plain(
    1, b"public", Pdu(Kind.TRAP, 5, (Varbind(SNMP_TRAP_OID, 6, "1.3.6.1.4.1.9"), Varbind("1.3.6", 2, 7)))
)


@given(st.integers(0, len(TRAP) - 1), st.binary(max_size=8), st.integers(0, len(TRAP)))
def test_a_damaged_message_is_one_or_an_error_that_is_counted(at: int, put: bytes, drop: int) -> None:
    damaged = TRAP[:at] + put + TRAP[at + drop :]
    try:
        read_message(damaged)
    except BerError:
        pass


@pytest.mark.parametrize("padding", [1000, 60_000])
def test_an_object_identifier_padded_to_the_length_of_a_datagram_is_none(padding: int) -> None:
    with pytest.raises(BerError):
        oid_text(b"\x2b" + b"\x80" * padding + b"\x01")


def test_an_object_identifier_of_the_greatest_numbers_is_one() -> None:
    longest = "1.3." + ".".join(["4294967295"] * 125)
    assert oid_text(object_id(longest)[4:]) == longest
