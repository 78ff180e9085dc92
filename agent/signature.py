"""Is this the collector's word? In: a public key, a signature, what was signed. Out: nothing, or why not.

The library that knows costs 8 MB, which an agent would keep for the rest of its life: a process that ends asks it.
"""

import subprocess
import sys
from collections.abc import Callable
from typing import Final

from agent.errors import AgentError

Verify = Callable[[bytes, bytes, bytes], None]

KEY_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64
# A slow disk has to find Python and the library; the broker waits longer than that for us.
_ASK_S: Final = 12.0


class SealError(AgentError):
    """What was handed over is not the collector's word to us; the sentence says why."""


def verify(key: bytes, signature: bytes, signed: bytes) -> None:
    """Verify an Ed25519 signature (RFC 8032) in a process of its own.

    Raises:
        SealError: it is not the key's, or cannot be verified here.
    """
    if len(key) != KEY_BYTES:
        raise SealError(f"[manage] key has {len(key)} bytes, and an Ed25519 key has {KEY_BYTES}")
    words = [sys.executable, *(["-P"] if sys.flags.safe_path else []), "-OO", "-m", __name__]
    try:
        done = subprocess.run(words, input=key + signature + signed, capture_output=True, timeout=_ASK_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SealError(f"a signature cannot be verified here: {error}") from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines() or [f"status {done.returncode}"]
        raise SealError(said[-1])


def verify_here(key: bytes, signature: bytes, signed: bytes) -> None:
    """Verify an Ed25519 signature in this process, which keeps the library.

    Raises:
        SealError: it is not the key's, or cannot be verified here.
    """
    try:
        from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError as error:
        raise SealError(f"a signature cannot be verified here: {error}") from error
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, signed)
    except InvalidSignature:
        raise SealError(
            "a configuration was handed over whose signature is not of [manage] key: it is not from our collector"
        ) from None
    except (ValueError, UnsupportedAlgorithm) as error:
        raise SealError(f"a signature cannot be verified here: {error}") from error


def main() -> int:
    """Verify what comes in: key, signature and what was signed, one behind the other."""
    said = sys.stdin.buffer.read()
    signed_at = KEY_BYTES + SIGNATURE_BYTES
    try:
        verify_here(said[:KEY_BYTES], said[KEY_BYTES:signed_at], said[signed_at:])
    except SealError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
