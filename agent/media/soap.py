"""SOAP 1.2 in as much as ONVIF needs it. In: an operation and an account. Out: the texts of the answer by their names.

An answer with a document type is refused, so nothing in it can be expanded. Sources: SOAP 1.2, OASIS WS-Security
UsernameToken Profile 1.1.
"""

import hashlib
import secrets
import xml.parsers.expat
from base64 import b64encode
from datetime import datetime
from typing import Final
from xml.sax.saxutils import escape

from agent.errors import ProbeError
from agent.media.account import Account

_ENVELOPE: Final = "http://www.w3.org/2003/05/soap-envelope"
_SECURITY: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
_UTILITY: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
_PROFILE: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordDigest"
_BASE64: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary"
_DEEPEST: Final = 64
_MOST_ELEMENTS: Final = 20_000

Texts = dict[tuple[str, ...], str]


def envelope(body: str, account: Account, created: datetime) -> bytes:
    """Return a request; with an account it carries a UsernameToken with a digest made at `created`, by their clock."""
    header = f"<s:Header>{_token(account, created)}</s:Header>" if account.username else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="{_ENVELOPE}">{header}<s:Body>{body}</s:Body>'
        "</s:Envelope>"
    ).encode()


def password_digest(nonce: bytes, created: str, password: str) -> str:
    """Return Base64(SHA-1(nonce + created + password))."""
    digest = hashlib.sha1(nonce + created.encode() + password.encode(), usedforsecurity=False)
    return b64encode(digest.digest()).decode()


def _token(account: Account, created: datetime) -> str:
    nonce = secrets.token_bytes(16)
    stamp = created.strftime("%Y-%m-%dT%H:%M:%S.") + f"{created.microsecond // 1000:03d}Z"
    return (
        f'<Security s:mustUnderstand="1" xmlns="{_SECURITY}"><UsernameToken><Username>{escape(account.username)}'
        f'</Username><Password Type="{_PROFILE}">{password_digest(nonce, stamp, account.password)}</Password>'
        f'<Nonce EncodingType="{_BASE64}">{b64encode(nonce).decode()}</Nonce>'
        f'<Created xmlns="{_UTILITY}">{stamp}</Created></UsernameToken></Security>'
    )


def texts_of(document: bytes) -> Texts:
    """Return each element's text by the local names on the way to it, from the Body on; the first of a name counts.

    Raises:
        ProbeError: it is no XML, has a document type, or is built to exhaust whoever reads it.
    """
    reader = _Reader()
    parser = xml.parsers.expat.ParserCreate(namespace_separator=" ")
    parser.StartDoctypeDeclHandler = reader.refuse
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    try:
        parser.Parse(document, True)
    except (xml.parsers.expat.ExpatError, ValueError) as error:
        raise ProbeError(f"what it answers is no XML: {error}") from error
    return reader.texts


class _Reader:
    def __init__(self) -> None:
        self.texts: Texts = {}
        self._path: list[str] = []
        self._text: list[str] = []
        self._elements = 0

    def refuse(self, *_: object) -> None:
        raise ProbeError("its answer has a document type, which ONVIF's never have")

    def start(self, name: str, _attributes: object) -> None:
        self._elements += 1
        if len(self._path) >= _DEEPEST or self._elements > _MOST_ELEMENTS:
            raise ProbeError("its answer is too deep or too long")
        self._path.append(name.rpartition(" ")[2])
        self._text = []

    def text(self, data: str) -> None:
        self._text.append(data)

    def end(self, _name: str) -> None:
        # Envelope and Body are left out.
        self.texts.setdefault(tuple(self._path[2:]), "".join(self._text).strip())
        self._path.pop()
        self._text = []
