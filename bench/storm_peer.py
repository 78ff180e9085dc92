"""Alertmanager beside bench/storm.py: two of them, which inhibit the rooms of a site while its switch is gone."""

import json
import os
import subprocess
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import Final, Self

import httpx

from tests.conftest import find_peer
from tests.house import wait_for
from tests.ports import free_port

_WAITS: Final = {"alertmanager_0s": "0s", "alertmanager_3s": "3s"}


class Alertmanagers:
    """Both, while the block lasts; without Debian's `prometheus-alertmanager` there are none."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._told: dict[str, Counter[str]] = {}
        self._urls: list[str] = []
        self._processes: list[subprocess.Popen[bytes]] = []
        self._news: SimpleQueue[list[dict[str, object]]] = SimpleQueue()

    def __enter__(self) -> Self:
        program = find_peer("prometheus-alertmanager")
        if program is None:
            return self
        receiver = self._receive()
        for name, wait in _WAITS.items():
            self._told[name] = Counter()
            self._start(program, name, wait, receiver)
        for url in self._urls:
            wait_for(lambda at=url: httpx.get(f"{at}/-/ready").is_success, within_s=30, saying="Alertmanager is ready")  # type: ignore[misc]
        threading.Thread(target=self._post, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._processes:
            process.kill()
            process.wait()

    def tell(self, alert: str, site: str, instance: str, *, until: datetime) -> None:
        """Say that something of a site is gone until a moment; now: it is back."""
        row = {
            "labels": {"alertname": alert, "site": site, "instance": instance},
            "startsAt": (datetime.now(UTC) - timedelta(seconds=1)).isoformat(),  # before it ends
            "endsAt": until.isoformat(),
        }
        self._news.put([row])

    def _post(self) -> None:
        """Pass on what is told, so that nobody waits for it."""
        with httpx.Client(timeout=10) as client:
            while True:
                rows = self._news.get()
                for url in self._urls:
                    client.post(f"{url}/api/v2/alerts", json=rows).raise_for_status()

    def notices(self) -> dict[str, Counter[str]]:
        """Return how many notices each has sent about each site."""
        return self._told

    def _receive(self) -> int:
        told = self._told

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                for site in {alert["labels"]["site"] for alert in body["alerts"]}:
                    told[self.path.strip("/")][site] += 1
                self.send_response(200)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        port = free_port()
        threading.Thread(target=ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever, daemon=True).start()
        return port

    def _start(self, program: Path, name: str, wait: str, receiver: int) -> None:
        home = self._folder / name
        home.mkdir()
        config = {
            "route": {
                "receiver": "bench", "group_by": ["alertname", "instance"], "group_wait": wait, "group_interval": "5m",
                "repeat_interval": "4h",
            },
            "receivers": [
                {
                    "name": "bench",
                    "webhook_configs": [{"url": f"http://127.0.0.1:{receiver}/{name}", "send_resolved": False}],
                }
            ],
            "inhibit_rules": [
                {
                    "source_matchers": ["alertname=SwitchGone"], "target_matchers": ["alertname=RoomGone"],
                    "equal": ["site"],
                }
            ],
        }  # fmt: skip
        (home / "alertmanager.yml").write_text(json.dumps(config), "utf-8")
        port = free_port()
        self._urls.append(f"http://127.0.0.1:{port}")
        words = [
            str(program), f"--config.file={home / 'alertmanager.yml'}", f"--storage.path={home / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address=",
        ]  # fmt: skip
        with (home / "log").open("wb") as log:
            self._processes.append(
                subprocess.Popen(words, stdout=log, stderr=log, env={**os.environ, "GOMAXPROCS": "1"})
            )
