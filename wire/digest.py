"""A digest of a text, for ids and comparisons. In: a text. Out: hexadecimal digits. Source: RFC 7693 (BLAKE2b).

`hashlib` loads all of OpenSSL, 3.6 MB of an agent's 24; Python's own BLAKE2 behind it comes without.
"""

try:
    from _blake2 import blake2b
except ImportError:  # a Python that keeps it elsewhere
    from hashlib import blake2b


def digest(text: str, *, size: int = 8) -> str:
    """Return the digest of a text, two digits for each of `size` bytes (at most 64)."""
    return blake2b(text.encode(), digest_size=size).hexdigest()
