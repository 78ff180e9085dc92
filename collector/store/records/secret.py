"""Secrets: how they are made, and the hashes that are kept of them.

A token or a cookie has 256 random bits, so one round of SHA-256 is enough; a password is a person's, so it gets
Argon2id (RFC 9106, argon2-cffi's defaults).
"""

import hashlib
import secrets
from functools import cached_property
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_BITS: Final = 256
_EASY_TO_READ: Final = "abcdefghjkmnpqrstuvwxyz23456789"


def new_token() -> str:
    """Return a new token for a program."""
    return f"rt_{secrets.token_urlsafe(_BITS // 8)}"


def new_cookie() -> str:
    """Return a new secret for a browser's cookie."""
    return secrets.token_urlsafe(_BITS // 8)


def new_password() -> str:
    """Return a password of 79 random bits that is easy to read and to type."""
    return "-".join("".join(secrets.choice(_EASY_TO_READ) for _ in range(4)) for _ in range(4))


def hash_token(token: str) -> str:
    """Return what is kept of a token or a cookie."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


class Passwords:
    """Hashes and checks passwords. The defaults take tens of milliseconds and 64 MiB on purpose."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()

    def hash(self, password: str) -> str:
        """Return what is kept of a password."""
        return self._hasher.hash(password)

    def is_right(self, password: str, kept: str) -> bool:
        """Tell whether a password is the one that was kept."""
        try:
            return self._hasher.verify(kept, password)
        except (VerificationError, InvalidHashError):
            return False

    @cached_property
    def of_nobody(self) -> str:
        """The hash of a password that nobody has: to check against takes as long as any other."""
        return self.hash(new_cookie())
