"""Asks who an SNMP agent is without knowing any user. In: an address. Out: the engine id that it answers with.

Source: RFC 3414 section 4, discovery; every agent that speaks version 3 answers it.
"""

import os
import socket
from typing import Final

from agent.now import monotonic_s
from agent.snmp.protocol.ber import BerError
from agent.snmp.protocol.message import REPORTABLE, Scoped, Secured, Sender, read_message, write_secured
from agent.snmp.protocol.pdu import Kind, Pdu

_TRIES: Final = 2


def inquiry(message_id: int) -> bytes:
    """Return the datagram that asks for an engine's id."""
    nobody = Sender(engine_id=b"", boots=0, time_s=0, flags=REPORTABLE)
    return write_secured(message_id, Scoped(b"", b"", Pdu(Kind.GET, message_id)), nobody)


def engine_in(data: bytes, message_id: int = 0) -> bytes:
    """Return the engine id in an answer to an inquiry, empty where the datagram is none."""
    try:
        answer = read_message(data)
    except BerError:
        return b""
    if not isinstance(answer, Secured) or (message_id and answer.message_id != message_id):
        return b""
    return answer.engine_id


def engine_at(host: str, port: int, timeout_s: float) -> bytes:
    """Return the id of the SNMPv3 engine at an address, empty where none answers.

    Raises:
        OSError: the name is not known, there is no way to it, or nobody listens there.
    """
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
    message_id = int.from_bytes(os.urandom(3), "big") + 1
    with socket.socket(family, kind, protocol) as asker:
        asker.connect(address)
        for _ in range(_TRIES):
            asker.send(inquiry(message_id))
            end_s = monotonic_s() + timeout_s
            while (left_s := end_s - monotonic_s()) > 0:
                asker.settimeout(left_s)
                try:
                    found = engine_in(asker.recv(65_535), message_id)
                except TimeoutError:
                    break
                if found:
                    return found
    return b""
