"""Asks a running collector for a pack. In: where it is and what is wanted. Out: the pack, unpacked and checked."""

import json
import shutil
import tempfile
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from collector.inspection.column import Headings
from collector.inspection.errors import InspectionError
from collector.inspection.manifest import Manifest
from collector.inspection.zipped import unzip_pack
from collector.settings import UP_FILE

PATH: Final = "/api/v1/inspections/collect"
TOKEN_FILE: Final = "admin.token"  # noqa: S105  the name of the file
_CHUNK_BYTES: Final = 1 << 18
# A quarter of a large site takes minutes, and nothing is sent before the pack is made.
_LONGEST_S: Final = 4 * 3600.0


class NobodyThere(InspectionError):
    """Nobody listens at the collector's address."""


class Refused(InspectionError):
    """The collector would not, or could not; the text is its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a pack is wanted of; borders as people write them."""

    site: str
    room: str | None
    start: str
    end: str
    language: Headings = Headings.BOTH


@dataclass(frozen=True, slots=True, kw_only=True)
class Collector:
    """Where a collector answers, and the token that opens it."""

    url: str
    token: str = field(repr=False)


def collector_of(data: Path, *, url: str | None, token_file: Path | None) -> Collector | None:
    """Return the collector that `url` names, or that has (had) this data directory; None where there is no trace.

    Raises:
        InspectionError: its token cannot be read.
    """
    if url is None:
        try:
            url = str(json.loads((data / UP_FILE).read_text("utf-8"))["url"])
        except (OSError, ValueError, KeyError, TypeError):
            return None
    if not url.startswith(("http://", "https://")):
        raise InspectionError(f"{url!r} is no address of a collector: it begins with http:// or https://")
    file = token_file or data / TOKEN_FILE
    try:
        return Collector(url=url.rstrip("/"), token=file.read_text("utf-8").strip())
    except (OSError, UnicodeDecodeError) as error:
        raise InspectionError(
            f"the token for {url} cannot be read from {file}: {error}. Make one with `roomtone token create --role "
            "viewer`, put it into a file, and name that with --token-file."
        ) from error


def fetch_pack(collector: Collector, request: Request, directory: Path) -> Manifest:
    """Have the collector make a pack, unpack it into `directory`, and return its manifest.

    Raises:
        NobodyThere: nobody listens there.
        Refused: the collector refused, in its words.
        PackDamaged, PackNotWritable: what came is not whole, or cannot be kept.
    """
    body = {"site": request.site, "from": request.start, "to": request.end, "language": request.language}
    if request.room is not None:
        body["room"] = request.room
    asked = urllib.request.Request(  # noqa: S310  the address was checked to be http(s)
        collector.url + PATH,
        data=json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {collector.token}", "Content-Type": "application/json"},
        method="POST",
    )
    with tempfile.TemporaryFile() as file:
        try:
            with _opener(collector.url).open(asked, timeout=_LONGEST_S) as answer:
                shutil.copyfileobj(answer, file, _CHUNK_BYTES)
        except urllib.error.HTTPError as error:
            raise Refused(_words_of(error)) from error
        except urllib.error.URLError as error:
            raise NobodyThere(f"no collector answers at {collector.url}: {error.reason}. Is it running?") from error
        except OSError as error:
            raise Refused(f"{collector.url} stopped answering: {error}. Try again.") from error
        return unzip_pack(file, directory)


def fetch_bytes(collector: Collector, path: str, body: Mapping[str, object] | None = None) -> bytes:
    """Return what the collector answers at a path of its API; with a body it is posted there.

    Raises:
        NobodyThere: nobody listens there.
        Refused: the collector refused, in its words.
    """
    asked = urllib.request.Request(  # noqa: S310  the address was checked to be http(s)
        collector.url + path,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {collector.token}", "Content-Type": "application/json"},
    )
    try:
        with _opener(collector.url).open(asked, timeout=_LONGEST_S) as answer:
            found: bytes = answer.read()
            return found
    except urllib.error.HTTPError as error:
        raise Refused(_words_of(error)) from error
    except urllib.error.URLError as error:
        raise NobodyThere(f"no collector answers at {collector.url}: {error.reason}. Is it running?") from error
    except OSError as error:
        raise Refused(f"{collector.url} stopped answering: {error}. Try again.") from error


def _opener(url: str) -> urllib.request.OpenerDirector:
    """Return what opens a URL: for this machine itself without the proxy that the environment may name."""
    host = urlsplit(url).hostname or ""
    here = host == "localhost" or host.startswith("127.") or host == "::1"
    return urllib.request.build_opener(urllib.request.ProxyHandler({})) if here else urllib.request.build_opener()


def _words_of(error: urllib.error.HTTPError) -> str:
    """Return what a problem document says."""
    try:
        said: dict[str, Any] = json.loads(error.read())
        mistakes = [f"--{str(one['where']).removeprefix('body.')}: {one['what']}" for one in said.get("errors") or ()]
        return "\n".join(mistakes) if mistakes else str(said.get("detail") or said.get("title") or error)
    except (ValueError, OSError, AttributeError, TypeError, KeyError):
        return f"{error.url} answered {error.code} {error.reason}"
