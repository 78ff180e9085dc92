"""One bounded HTTP exchange. In: a request. Out: status, headers and body, never more and never longer than allowed.

Redirects are answers like any other: a page to sign in at is no proof of anything.
"""

import http.client
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from agent.errors import ProbeError
from agent.media.account import Account
from agent.media.challenge import authorization
from agent.now import monotonic_s

_MOST_BYTES: Final = 512 << 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a server answered."""

    status: int
    body: bytes
    challenges: tuple[str, ...] = ()


def fetch(
    url: str,
    *,
    account: Account,
    timeout_s: float,
    method: str = "GET",
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """Return a server's answer; a 401 is answered once with Basic or Digest.

    Raises:
        ProbeError: it cannot be reached, does not speak HTTP, or says too much or too slowly.
    """
    parts = urlsplit(url)
    path = parts.path or "/"
    if parts.query:
        path += f"?{parts.query}"
    answer = _once(parts, path, method, body, dict(headers or {}), timeout_s)
    if answer.status != 401 or not account.username:
        return answer
    proof = authorization(answer.challenges, method, path, account.username, account.password)
    if proof is None:
        return answer
    return _once(parts, path, method, body, {**(headers or {}), "Authorization": proof}, timeout_s)


def _once(
    parts: SplitResult, path: str, method: str, body: bytes | None, headers: dict[str, str], timeout_s: float
) -> Answer:
    end_s = monotonic_s() + timeout_s
    host = parts.hostname or ""
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        connection = http.client.HTTPSConnection(
            host, parts.port, timeout=timeout_s, context=ssl.create_default_context()
        )
    else:
        connection = http.client.HTTPConnection(host, parts.port, timeout=timeout_s)
    try:
        connection.request(method, path, body, {**headers, "Connection": "close"})
        response = connection.getresponse()
        received = b""
        while piece := response.read1(1 << 16):
            received += piece
            if len(received) > _MOST_BYTES:
                raise ProbeError(f"{host} answers with more than {_MOST_BYTES >> 10} KiB")
            if monotonic_s() > end_s:
                raise ProbeError(f"{host} is still answering after {timeout_s:g} s")
        challenges = tuple(response.headers.get_all("WWW-Authenticate", []))
        return Answer(status=response.status, body=received, challenges=challenges)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise ProbeError(f"{host} cannot be asked: {error or type(error).__name__}") from error
    finally:
        connection.close()
