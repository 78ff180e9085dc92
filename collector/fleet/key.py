"""The collector's signature under what it hands to agents: an Ed25519 key in a file of mode 0600."""

import base64
import json
from pathlib import Path
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from collector.private_file import write_private
from collector.store.errors import StoreDamaged
from wire.control import CONFIGURATION_SIGNED_AS

FILE: Final = "agents.key"


class SigningKey:
    """Signs configurations."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key

    @classmethod
    def open(cls, directory: Path) -> "SigningKey":
        """Return the key kept in a directory, made at the first start.

        Raises:
            StoreDamaged: the file holds no such key.
        """
        file = directory / FILE
        try:
            data = file.read_bytes()
        except FileNotFoundError:
            made = Ed25519PrivateKey.generate()
            pem = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            write_private(file, pem.decode("ascii"))
            return cls(made)
        try:
            key = load_pem_private_key(data, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            key = None
        if not isinstance(key, Ed25519PrivateKey):
            raise StoreDamaged(
                f"{file} is damaged: it signs what agents take from this collector. Put it back from a backup; without "
                "one delete it, and enrol anew the agents whose configuration is to be managed"
            )
        return cls(key)

    @property
    def public(self) -> str:
        """Return the public key as agents keep it: base64 of its 32 bytes."""
        return base64.b64encode(self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode("ascii")

    def seal(self, *, agent: str, version: int, text: str) -> bytes:
        """Return a configuration as an agent takes it: 64 bytes of signature, then JSON of agent, version and text."""
        body = json.dumps({"agent": agent, "version": version, "config": text}, ensure_ascii=False).encode()
        return self._key.sign(CONFIGURATION_SIGNED_AS + body) + body
