"""Keys of an SNMPv3 user at one engine. In: passwords, an engine's id. Out: keys, signatures and ciphers.

Source: RFC 3414 (MD5, SHA, DES, and how a password becomes a key), RFC 7860 (SHA-2), RFC 3826 (AES-128), and the two
drafts that vendors follow for longer keys: draft-blumenthal-aes-usm-04 and draft-reeder-snmpv3-usm-3desede-00.
"""

import hashlib
import hmac
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from agent.snmp.target import AuthProto, PrivProto, SnmpUser

_HASHES: Final = {
    AuthProto.MD5: "md5",
    AuthProto.SHA: "sha1",
    AuthProto.SHA224: "sha224",
    AuthProto.SHA256: "sha256",
    AuthProto.SHA384: "sha384",
    AuthProto.SHA512: "sha512",
}
SIGNATURE_LENGTH: Final = {
    AuthProto.MD5: 12,
    AuthProto.SHA: 12,
    AuthProto.SHA224: 16,
    AuthProto.SHA256: 24,
    AuthProto.SHA384: 32,
    AuthProto.SHA512: 48,
}
_KEY_LENGTH: Final = {
    PrivProto.DES: 16,
    PrivProto.AES128: 16,
    PrivProto.AES192: 24,
    PrivProto.AES256: 32,
    PrivProto.AES192C: 24,
    PrivProto.AES256C: 32,
}
_CISCO: Final = frozenset({PrivProto.AES192C, PrivProto.AES256C})
_EXPANDED: Final = 1 << 20
SALT_LENGTH: Final = 8


@lru_cache(256)
def password_key(hash_name: str, password: bytes) -> bytes:
    """Return the key of a password, the same at every engine (RFC 3414 A.2): a megabyte is hashed for it."""
    repeated = password * (_EXPANDED // len(password) + 1)
    return hashlib.new(hash_name, repeated[:_EXPANDED], usedforsecurity=False).digest()


def localized(hash_name: str, key: bytes, engine_id: bytes) -> bytes:
    """Return a key as it is at one engine (RFC 3414 2.6)."""
    return hashlib.new(hash_name, key + engine_id + key, usedforsecurity=False).digest()


@dataclass(frozen=True, slots=True)
class Keys:
    """A user's keys at one engine; None without authentication, or without privacy."""

    user: SnmpUser
    authentication: bytes | None = field(repr=False)
    privacy: bytes | None = field(repr=False)

    def sign(self, message: bytes) -> bytes:
        """Return the signature of a message in which the signature's place holds zeros.

        Raises:
            ValueError: the user has no authentication.
        """
        proto = self.user.auth_proto
        if proto is None or self.authentication is None:
            raise ValueError("a user without authentication signs nothing")
        return hmac.digest(self.authentication, message, _HASHES[proto])[: SIGNATURE_LENGTH[proto]]

    @property
    def signature_length(self) -> int:
        """How long a signature is, 0 without authentication."""
        return SIGNATURE_LENGTH[self.user.auth_proto] if self.user.auth_proto else 0

    def encrypt(self, plain: bytes, boots: int, time_s: int, salt: bytes) -> bytes:
        """Return the ciphertext; `salt` must differ with each message."""
        if self.user.priv_proto is PrivProto.DES:
            plain += b"\0" * (-len(plain) % 8)
        cipher = self._cipher(boots, time_s, salt).encryptor()
        return bytes(cipher.update(plain) + cipher.finalize())

    def decrypt(self, secret: bytes, boots: int, time_s: int, salt: bytes) -> bytes:
        """Return the plaintext, with what padding there was.

        Raises:
            ValueError: it cannot be a ciphertext.
        """
        if len(salt) != SALT_LENGTH:
            raise ValueError("the salt has another length")
        cipher = self._cipher(boots, time_s, salt).decryptor()
        return bytes(cipher.update(secret) + cipher.finalize())

    def _cipher(self, boots: int, time_s: int, salt: bytes) -> Any:
        # Loaded with the first message that is encrypted: it is large.
        from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
        from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

        key = self.privacy
        if key is None:
            raise ValueError("a user without privacy has no cipher")
        if self.user.priv_proto is PrivProto.DES:
            vector = bytes(one ^ other for one, other in zip(key[8:16], salt, strict=True))
            return Cipher(TripleDES(key[:8] * 3), modes.CBC(vector))
        vector = boots.to_bytes(4, "big") + time_s.to_bytes(4, "big") + salt
        return Cipher(algorithms.AES(key), _feedback(vector))


def _feedback(vector: bytes) -> Any:
    try:
        from cryptography.hazmat.decrepit.ciphers.modes import CFB
    except ImportError:  # before cryptography 47
        from cryptography.hazmat.primitives.ciphers.modes import CFB
    return CFB(vector)


@lru_cache(4096)
def keys_at(user: SnmpUser, engine_id: bytes) -> Keys:
    """Return a user's keys at an engine."""
    if user.auth_proto is None:
        return Keys(user, None, None)
    name = _HASHES[user.auth_proto]
    authentication = localized(name, password_key(name, user.auth_key.encode()), engine_id)
    if user.priv_proto is None:
        return Keys(user, authentication, None)
    key = localized(name, password_key(name, user.priv_key.encode()), engine_id)
    length = _KEY_LENGTH[user.priv_proto]
    last = key
    while len(key) < length:
        if user.priv_proto in _CISCO:
            last = localized(name, password_key(name, last), engine_id)
            key += last
        else:
            key += hashlib.new(name, key, usedforsecurity=False).digest()
    return Keys(user, authentication, key[:length])
