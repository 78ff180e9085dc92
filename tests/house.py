"""A whole Roomtone for tests: real processes on free loopback ports, started and stopped by the test."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import httpx

from tests.ports import free_port

ROOT = Path(__file__).resolve().parent.parent
T = TypeVar("T")


def wait_for(what: Callable[[], T | None], *, within_s: float, saying: str, every_s: float = 0.1) -> T:
    """Return the first truthy answer of `what`; fail after `within_s` seconds."""
    end = time.monotonic() + within_s
    last: BaseException | None = None
    while time.monotonic() < end:
        try:
            answer = what()
        except (httpx.HTTPError, ConnectionError) as error:
            answer, last = None, error
        if answer:
            return answer
        time.sleep(every_s)
    raise AssertionError(f"not within {within_s} s: {saying}" + (f" ({last})" if last else ""))


class Process:
    """One process of ours, with its output in a file."""

    def __init__(self, words: list[str], *, log: Path, environment: Mapping[str, str] | None = None) -> None:
        self.log = log
        with log.open("ab") as output:
            self.popen = subprocess.Popen(
                [sys.executable, "-m", "roomtone", *words],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=ROOT,
                env={**os.environ, **(environment or {})},
            )

    @property
    def text(self) -> str:
        return self.log.read_text("utf-8", "replace")

    def signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            self.popen.send_signal(number)

    def kill(self) -> None:
        """End it as a power cut would."""
        self.signal(signal.SIGKILL)
        self.popen.wait(20)

    def stop(self, within_s: float = 30) -> int:
        """End it politely and return its exit status."""
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        try:
            return self.popen.wait(within_s)
        except subprocess.TimeoutExpired:
            self.kill()
            raise


class House:
    """`roomtone up` in `directory`, and agents that report to it."""

    def __init__(self, directory: Path, *options: str) -> None:
        self.directory = directory
        self.data = directory / "data"
        self.http = free_port()
        self.mqtt = free_port()
        self.options = list(options)
        self.process: Process | None = None
        self.agents: dict[str, Process] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http}"

    def up(self, within_s: float = 60) -> None:
        """Start it and wait until it says that it is ready."""
        self.process = Process(
            [
                *("up", "--data", str(self.data), "--http", f"127.0.0.1:{self.http}"),
                *("--mqtt", f"127.0.0.1:{self.mqtt}", *self.options),
            ],
            log=self.directory / "up.log",
        )
        process = self.process
        seen = process.text.count(self.url)

        def ready() -> bool:
            assert process.popen.poll() is None, process.text
            return process.text.count(self.url) > seen

        wait_for(ready, within_s=within_s, saying="roomtone up says its URL")

    @property
    def token(self) -> str:
        return (self.data / "admin.token").read_text("utf-8").strip()

    def get(self, path: str, **query: Any) -> Any:
        """Return what the API answers to GET /api/v1`path`."""
        answer = httpx.get(
            f"{self.url}/api/v1{path}",
            params={k: v for k, v in query.items() if v is not None},
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=10,
        )
        answer.raise_for_status()
        return answer.json()

    def post(self, path: str, body: Mapping[str, Any] | None = None, **headers: str) -> httpx.Response:
        """Return the answer to POST /api/v1`path`."""
        return httpx.post(
            f"{self.url}/api/v1{path}",
            json=body or {},
            headers={"Authorization": f"Bearer {self.token}", **headers},
            timeout=10,
        )

    def items(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """Return all items of a list, page after page."""
        found: list[dict[str, Any]] = []
        cursor = None
        while True:
            page = self.get(path, cursor=cursor, limit=1000, **query)
            found += page["items"]
            cursor = page["next"]
            if cursor is None:
                return found

    def events(self) -> Iterator[tuple[str, Any]]:
        """Listen to /events for ever: kind and document of each, the snapshot first."""
        headers = {"Authorization": f"Bearer {self.token}"}
        with httpx.stream("GET", f"{self.url}/api/v1/events", headers=headers, timeout=None) as answer:
            kind = ""
            for line in answer.iter_lines():
                if line.startswith("event:"):
                    kind = line[6:].strip()
                elif line.startswith("data:"):
                    yield kind, json.loads(line[5:])

    def agent(
        self,
        name: str,
        *,
        site: str = "east",
        room: str = "a101",
        extra: str = "",
        interval_s: float = 1,
        broker: str = "",
    ) -> Process:
        """Start an agent that reports to this house; a second call with the same name starts it again.

        `broker` is the address at which it finds the house's broker, where that is not the broker's own.
        """
        home = self.directory / f"agent-{name}"
        home.mkdir(exist_ok=True)
        account = json.loads((self.data / "mqtt.json").read_text("utf-8"))
        secret = home / "mqtt.password"
        secret.touch(mode=0o600)
        secret.write_text(account["password"], "utf-8")
        config = home / "agent.toml"
        config.write_text(
            f'[agent]\nid = "{name}"\nsite = "{site}"\nroom = "{room}"\ninterval_s = {interval_s}\n'
            f'data_dir = "{home / "data"}"\n\n'
            f'[broker]\nurl = "{broker or account["url"]}"\nusername = "{account["username"]}"\n'
            f'password_file = "{secret}"\nkeepalive_s = 4\n{extra}',
            "utf-8",
        )
        process = Process(["agent", "run", "--config", str(config)], log=home / "agent.log")
        self.agents[name] = process
        return process

    def stop(self) -> None:
        for process in self.agents.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.stop()
        if self.process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.stop()


@contextlib.contextmanager
def house(directory: Path, *options: str) -> Iterator[House]:
    """A house that is up while the block runs."""
    made = House(directory, *options)
    try:
        made.up()
        yield made
    finally:
        made.stop()
