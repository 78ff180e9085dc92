"""Digests are those that everybody computes."""

import hashlib

from wire.digest import digest


def test_a_digest_is_blake2b_of_the_text_in_utf8() -> None:
    assert digest("教室") == hashlib.blake2b("教室".encode(), digest_size=8).hexdigest()
    assert len(digest("", size=16)) == 32
