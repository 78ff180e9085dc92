"""Would the broker let somebody in? Comes in: an address and an account. Goes out: yes, no, or OSError."""

import secrets
import socket
from typing import Final

_ANSWER_S: Final = 3.0
_DISCONNECT: Final = b"\xe0\x00"
_CLEAN_WITH_ACCOUNT: Final = 0xC2


def lets_in(host: str, port: int, username: str, password: str) -> bool:
    """Tell whether an MQTT 3.1.1 broker accepts an account.

    Raises:
        OSError: it cannot be reached, or does not answer.
    """
    body = _text("MQTT") + bytes([4, _CLEAN_WITH_ACCOUNT, 0, 10])
    body += _text(f"roomtone-login-{secrets.token_hex(4)}") + _text(username) + _text(password)
    with socket.create_connection((host, port), timeout=_ANSWER_S) as connection:
        connection.sendall(b"\x10" + _length(len(body)) + body)
        try:
            answer = connection.recv(4)
        except ConnectionResetError:
            return False
        if len(answer) == 4 and answer[0] == 0x20 and answer[3] == 0:
            connection.sendall(_DISCONNECT)
            return True
        return False


def _text(text: str) -> bytes:
    data = text.encode()
    return len(data).to_bytes(2, "big") + data


def _length(size: int) -> bytes:
    """Return a length as MQTT writes it: seven bits a byte, the lowest first."""
    written = bytearray()
    while True:
        size, low = divmod(size, 128)
        written.append(low | (0x80 if size else 0))
        if not size:
            return bytes(written)
