"""Envelopes of SNMP messages. In: datagrams. Out: what version 1 and 2c say openly, and version 3 under its security.

Source: RFC 3412 section 6 and RFC 3414 section 2.4 (version 3), RFC 1901 (2c).
"""

import hmac
import os
from dataclasses import dataclass
from itertools import count
from typing import Final

from agent.snmp.protocol import ber
from agent.snmp.protocol.ber import BerError
from agent.snmp.protocol.keys import Keys
from agent.snmp.protocol.pdu import Pdu, decode_pdu, encode_pdu
from agent.snmp.target import PrivProto

AUTHENTICATED: Final = 1
ENCRYPTED: Final = 2
REPORTABLE: Final = 4
USER_SECURITY: Final = 3
# What fits into one datagram without fragments on most links is less; this is what we take and send at most.
LARGEST: Final = 65_507
_salts = count(int.from_bytes(os.urandom(8), "big"))


@dataclass(frozen=True, slots=True)
class Plain:
    """A message of version 1 (0 on the wire) or 2c (1)."""

    version: int
    community: bytes
    pdu: Pdu


@dataclass(frozen=True, slots=True)
class Scoped:
    """What a v3 message carries: a PDU, and the context that it is about."""

    engine_id: bytes
    context: bytes
    pdu: Pdu


@dataclass(frozen=True, slots=True)
class Secured:
    """A v3 message, not yet checked. `body` is the scoped PDU, or its ciphertext."""

    message_id: int
    largest: int
    flags: int
    engine_id: bytes
    boots: int
    time_s: int
    user: bytes
    signature: bytes
    salt: bytes
    body: bytes
    # The whole datagram, and where in it the signature begins.
    data: bytes
    signature_at: int

    def is_signed_by(self, keys: Keys) -> bool:
        """Tell whether the signature is that of the user's key."""
        length = keys.signature_length
        if len(self.signature) != length:
            return False
        at = self.signature_at
        blank = self.data[:at] + b"\0" * length + self.data[at + length :]
        return hmac.compare_digest(keys.sign(blank), self.signature)

    def open(self, keys: Keys | None) -> Scoped:
        """Return what it carries; with `keys`, decrypted.

        Raises:
            BerError: it is no scoped PDU, or was encrypted with another key.
        """
        body = self.body
        if self.flags & ENCRYPTED:
            if keys is None:
                raise BerError("it is encrypted")
            try:
                body = keys.decrypt(body, self.boots, self.time_s, self.salt)
            except (ValueError, OverflowError) as error:
                raise BerError(f"it cannot be decrypted: {error}") from error
        start, end = ber.expect(body, 0, len(body), ber.SEQUENCE)
        engine, at = ber.expect(body, start, end, ber.OCTETS)
        name, name_end = ber.expect(body, at, end, ber.OCTETS)
        return Scoped(body[engine:at], body[name:name_end], decode_pdu(body, name_end, end))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """How a v3 message is sent: whose clock it carries, as whom, and how well protected. `flags` as on the wire."""

    engine_id: bytes
    boots: int
    time_s: int
    user: bytes = b""
    keys: Keys | None = None
    flags: int = 0


def read_message(data: bytes) -> Plain | Secured:
    """Return the message in a datagram.

    Raises:
        BerError: there is none.
    """
    start, end = ber.expect(data, 0, len(data), ber.SEQUENCE)
    version_at, at = ber.expect(data, start, end, ber.INTEGER)
    version = ber.number(data, version_at, at)
    if version in (0, 1):
        name, name_end = ber.expect(data, at, end, ber.OCTETS)
        return Plain(version, data[name:name_end], decode_pdu(data, name_end, end))
    if version != 3:
        raise BerError(f"version {version} is none of 1, 2c and 3")
    return _read_secured(data, at, end)


def _read_secured(data: bytes, at: int, end: int) -> Secured:
    header, at = ber.expect(data, at, end, ber.SEQUENCE)
    message_id, header = _number(data, header, at)
    largest, header = _number(data, header, at)
    flags, flags_end = ber.expect(data, header, at, ber.OCTETS)
    model, _ = _number(data, flags_end, at)
    if flags_end - flags != 1 or model != USER_SECURITY:
        raise BerError("its security model is not the user-based one")
    outer, body_at = ber.expect(data, at, end, ber.OCTETS)
    inner, inner_end = ber.expect(data, outer, body_at, ber.SEQUENCE)
    engine, engine_end = ber.expect(data, inner, inner_end, ber.OCTETS)
    boots, inner = _number(data, engine_end, inner_end)
    time_s, inner = _number(data, inner, inner_end)
    user, user_end = ber.expect(data, inner, inner_end, ber.OCTETS)
    signature, signature_end = ber.expect(data, user_end, inner_end, ber.OCTETS)
    salt, salt_end = ber.expect(data, signature_end, inner_end, ber.OCTETS)
    if data[flags] & ENCRYPTED:
        body, body_end = ber.expect(data, body_at, end, ber.OCTETS)
    else:
        body, body_end = body_at, end
    if not 0 <= boots < 1 << 31 or not 0 <= time_s < 1 << 31:
        raise BerError("an engine's clock cannot be")
    return Secured(
        message_id=message_id,
        largest=largest,
        flags=data[flags] & (AUTHENTICATED | ENCRYPTED | REPORTABLE),
        engine_id=data[engine:engine_end],
        boots=boots,
        time_s=time_s,
        user=data[user:user_end],
        signature=data[signature:signature_end],
        salt=data[salt:salt_end],
        body=data[body:body_end],
        data=data,
        signature_at=signature,
    )


def _number(data: bytes, at: int, end: int) -> tuple[int, int]:
    start, stop = ber.expect(data, at, end, ber.INTEGER)
    return ber.number(data, start, stop), stop


def write_plain(version: int, community: bytes, pdu: Pdu) -> bytes:
    """Return a datagram of version 1 (0) or 2c (1)."""
    return ber.sequence(ber.integer(version), ber.octets(community), encode_pdu(pdu))


def write_secured(message_id: int, scoped: Scoped, sender: Sender) -> bytes:
    """Return a datagram of version 3, encrypted and signed as the sender's flags say."""
    body = ber.sequence(ber.octets(scoped.engine_id), ber.octets(scoped.context), encode_pdu(scoped.pdu))
    salt = b""
    if sender.flags & ENCRYPTED and sender.keys is not None:
        salt = _salt(sender)
        body = ber.octets(sender.keys.encrypt(body, sender.boots, sender.time_s, salt))
    length = sender.keys.signature_length if sender.keys and sender.flags & AUTHENTICATED else 0
    before = (
        ber.octets(sender.engine_id) + ber.integer(sender.boots) + ber.integer(sender.time_s) + ber.octets(sender.user)
    )
    security = ber.octets(ber.sequence(before, ber.octets(b"\0" * length), ber.octets(salt)))
    header = ber.sequence(
        ber.integer(message_id),
        ber.integer(LARGEST),
        ber.octets(bytes((sender.flags,))),
        ber.integer(USER_SECURITY),
    )
    whole = ber.sequence(ber.integer(3), header, security, body)
    if not length or sender.keys is None:
        return whole
    # Nothing but the salt and the body follow the signature.
    at = len(whole) - len(body) - len(ber.octets(salt)) - length
    return whole[:at] + sender.keys.sign(whole) + whole[at + length :]


def _salt(sender: Sender) -> bytes:
    number = next(_salts) & (1 << 64) - 1
    if sender.keys is not None and sender.keys.user.priv_proto is PrivProto.DES:
        # RFC 3414 8.1.1.1: the boots, then a counter.
        return sender.boots.to_bytes(4, "big") + (number & 0xFFFFFFFF).to_bytes(4, "big")
    return number.to_bytes(8, "big")
