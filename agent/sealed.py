"""What a collector hands over. In: a signed message and the key we trust. Out: a version of our configuration.

Ed25519 over the JSON behind the signature.
"""

import base64
import json
from dataclasses import dataclass
from typing import Final

from agent.signature import SIGNATURE_BYTES, SealError, Verify, verify
from wire.control import CONFIGURATION_SIGNED_AS

_MOST_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """One version of our configuration: the text of an agent.toml."""

    version: int
    text: str


def open_sealed(sealed: bytes, *, key: str, agent: str, verify: Verify = verify) -> Handed:
    """Return what was handed over to `agent` (`site:agent`), signed with the private half of `key` (base64).

    Raises:
        SealError: it is not signed so, not for us, or says nothing.
    """
    if not key:
        raise SealError("a configuration was handed over, and this agent takes none: [manage] key is missing")
    if not SIGNATURE_BYTES < len(sealed) <= _MOST_BYTES:
        raise SealError(f"a configuration was handed over in {len(sealed)} bytes, which cannot be one")
    body = sealed[SIGNATURE_BYTES:]
    verify(base64.b64decode(key), sealed[:SIGNATURE_BYTES], CONFIGURATION_SIGNED_AS + body)
    try:
        said = json.loads(body)
        named, version, text = said["agent"], said["version"], said["config"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise SealError(f"the configuration that was handed over cannot be read: {error}") from error
    if named != agent:
        raise SealError(f"the configuration that was handed over is for {named!r}, and this agent is {agent!r}")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1 or not isinstance(text, str):
        raise SealError("the configuration that was handed over has no version or no text")
    return Handed(version=version, text=text)
