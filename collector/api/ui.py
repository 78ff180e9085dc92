"""The dashboard's files at `/`; every path that is none of them is the dashboard's own and gets its page.

Where it was not built, a 503 page says with which command it is. Files under `assets/` carry a hash in their name and
never change; all others are asked for again each time, and answered with 304 when they are the same.
"""

import gzip
import mimetypes
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from collector.api.blocking import Pool
from collector.api.problems import problem

_FOREVER: Final = "public, max-age=31536000, immutable"
_ASK_AGAIN: Final = "no-cache"
_WORTH_ZIPPING: Final = frozenset({".html", ".js", ".css", ".svg", ".json", ".map", ".txt", ".webmanifest"})
_SMALL_BYTES: Final = 1024
_MOST_KEPT_BYTES: Final = 32 << 20
_NOT_BUILT: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Roomtone</title></head>
<body style="font-family: sans-serif; max-width: 40em; margin: 4em auto; line-height: 1.6">
<h1>The dashboard is not built</h1>
<p>Collector and API work; their readings and tickets are kept. Only the pages are missing. Build them with</p>
<pre>{mend}</pre>
<p>and load this page again; nothing needs to be restarted.</p>
<h1 lang="zh-CN">看板还没有构建</h1>
<p lang="zh-CN">采集器和接口都在工作，数据和工单都有保存，只差页面。运行上面的命令，再刷新本页，不用重启。</p>
</body></html>
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """A file as it is sent; `zipped` is None where that gains nothing."""

    tag: str
    media_type: str
    plain: bytes
    zipped: bytes | None

    @property
    def size(self) -> int:
        return len(self.plain) + len(self.zipped or b"")


class Dashboard:
    """Serves one folder. `mend` is the command that builds it."""

    def __init__(self, *, folder: Path | None, mend: str) -> None:
        self._folder = folder.resolve() if folder else None
        self._mend = mend
        self._kept: OrderedDict[Path, _File] = OrderedDict()
        self._keeping = threading.Lock()  # files are read by the threads of a pool

    async def serve(self, request: Request, pool: Pool) -> Response:
        """Answer a request for a page or a file."""
        path = request.path_params["path"]
        if path.startswith(("api/", "assets/")):
            found = None if path.startswith("api/") else await pool.run(self._load, path)
            if found is None:
                return problem(404, f"there is nothing at {request.url.path}", path=request.url.path)
            return _answer(request, found, _FOREVER)
        found = await pool.run(self._load, path) if path else None
        found = found or await pool.run(self._load, "index.html")
        if found is None:
            return HTMLResponse(_NOT_BUILT.format(mend=self._mend), status_code=503, headers={"Retry-After": "30"})
        return _answer(request, found, _ASK_AGAIN)

    def _load(self, path: str) -> _File | None:
        """Return a file of the folder; None where there is none, or where it lies outside."""
        if self._folder is None or "\0" in path:
            return None
        try:
            file = (self._folder / path).resolve()
            if not file.is_relative_to(self._folder) or not file.is_file():
                return None
            stat = file.stat()
            tag = f'"{stat.st_mtime_ns:x}-{stat.st_size:x}"'
            kept = self._kept.get(file)
            return kept if kept is not None and kept.tag == tag else self._keep(file, _read(file, tag))
        except OSError:  # it went away while it was looked at, or its name is too long to be one
            return None

    def _keep(self, file: Path, read: _File) -> _File:
        with self._keeping:
            self._kept[file] = read
            while sum(one.size for one in self._kept.values()) > _MOST_KEPT_BYTES and len(self._kept) > 1:
                self._kept.popitem(last=False)
        return read


def _read(file: Path, tag: str) -> _File:
    plain = file.read_bytes()
    media_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    is_worth_it = file.suffix in _WORTH_ZIPPING and len(plain) >= _SMALL_BYTES
    return _File(tag=tag, media_type=media_type, plain=plain, zipped=gzip.compress(plain, 6) if is_worth_it else None)


def _answer(request: Request, file: _File, caching: str) -> Response:
    headers = {"ETag": file.tag, "Cache-Control": caching, "Vary": "Accept-Encoding"}
    if file.tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if file.zipped is not None and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(file.zipped, media_type=file.media_type, headers=headers | {"Content-Encoding": "gzip"})
    return Response(file.plain, media_type=file.media_type, headers=headers)
