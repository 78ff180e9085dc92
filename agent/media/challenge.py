"""Answers a server that asks who we are. In: its challenges, user and password. Out: an `Authorization` header.

Sources: RFC 7617 (Basic), RFC 7616 and RFC 2617 (Digest), which RTSP takes over from HTTP (RFC 2326, D.1).
"""

import hashlib
import re
import secrets
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Final

_PAIR: Final = re.compile(r'([A-Za-z0-9_-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')
_SCHEME: Final = re.compile(r"(?:^|,)\s*(Basic|Digest)(?:\s+|$)", re.IGNORECASE)
# The first that the server offers and we know is taken.
_HASHES: Final = {"SHA-256": "sha256", "MD5": "md5"}


def authorization(challenges: Sequence[str], method: str, uri: str, username: str, password: str) -> str | None:
    """Return the header's value for the strongest challenge that can be answered, None where there is none."""
    offers = [offer for challenge in challenges for offer in _split(challenge)]
    digests = [fields for scheme, fields in offers if scheme == "digest" and "nonce" in fields]
    for name in _HASHES:
        for fields in digests:
            if fields.get("algorithm", "MD5").upper() == name:
                return _digest(fields, name, method, uri, username, password)
    if any(scheme == "basic" for scheme, _ in offers):
        return "Basic " + b64encode(f"{username}:{password}".encode()).decode()
    return None


def _split(challenge: str) -> list[tuple[str, dict[str, str]]]:
    starts = list(_SCHEME.finditer(challenge))
    offers = []
    for number, start in enumerate(starts):
        end = starts[number + 1].start() if number + 1 < len(starts) else len(challenge)
        fields = {key.lower(): quoted or plain for key, quoted, plain in _PAIR.findall(challenge[start.end() : end])}
        offers.append((start[1].lower(), fields))
    return offers


def _digest(fields: Mapping[str, str], algorithm: str, method: str, uri: str, username: str, password: str) -> str:
    def hashed(*parts: str) -> str:
        digest = hashlib.new(_HASHES[algorithm], ":".join(parts).encode(), usedforsecurity=False)
        return digest.hexdigest()

    realm, nonce = fields.get("realm", ""), fields["nonce"]
    secret, asked = hashed(username, realm, password), hashed(method, uri)
    words = [f'username="{_quoted(username)}"', f'realm="{realm}"', f'nonce="{nonce}"', f'uri="{uri}"']
    if "auth" in [option.strip() for option in fields.get("qop", "").split(",")]:
        count, ours = "00000001", secrets.token_hex(8)
        words += ["qop=auth", f"nc={count}", f'cnonce="{ours}"']
        response = hashed(secret, nonce, count, ours, "auth", asked)
    else:
        response = hashed(secret, nonce, asked)
    words.append(f'response="{response}"')
    if "algorithm" in fields:
        words.append(f"algorithm={algorithm}")
    if "opaque" in fields:
        words.append(f'opaque="{fields["opaque"]}"')
    return "Digest " + ", ".join(words)


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
