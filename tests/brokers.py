"""Real MQTT brokers for tests: nats-server and Mosquitto, on free loopback ports, with one account.

A broker keeps its ports, its account and its data over stop, kill and start, as one that is restarted does.
"""

import secrets
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Final

from tests.ports import free_ports

KINDS: Final = ("nats", "mosquitto")
PROGRAMS: Final = {"nats": "nats-server", "mosquitto": "mosquitto"}

_START_S: Final = 15.0
_CONNECT: Final = bytes.fromhex(
    "100f00044d5154540402001e000370726f"
)  # MQTT 3.1.1, no account: answered, if only by "no"


class Broker:
    """One broker process. `program` is the binary; `directory` takes its configuration and data."""

    def __init__(self, kind: str, program: Path, directory: Path) -> None:
        self.kind = kind
        self.program = program
        self.directory = directory
        self.host = "127.0.0.1"
        self.port, self._native_port = free_ports(2)
        self.username = "roomtone"
        self.password = secrets.token_hex(8)
        self.process: subprocess.Popen[bytes] | None = None
        directory.mkdir(parents=True, exist_ok=True)
        self._config = directory / f"{kind}.conf"
        self._config.write_text(self._nats_config() if kind == "nats" else self._mosquitto_config())

    @property
    def url(self) -> str:
        return f"mqtt://{self.host}:{self.port}"

    def start(self) -> None:
        """Start the broker and return when it answers MQTT."""
        if self.process is not None:
            raise RuntimeError("the broker is running")
        log = (self.directory / f"{self.kind}.log").open("ab")
        with log:
            self.process = subprocess.Popen(
                [str(self.program), "-c", str(self._config)], stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        deadline = time.monotonic() + _START_S
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"{self.kind} did not start:\n{self.log()[-3000:]}")
            time.sleep(0.02)

    def stop(self) -> None:
        """End the broker as its service manager would; nothing happens where none runs."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End the broker with -9; nothing happens where none runs."""
        self._end(signal.SIGKILL)

    def freeze(self) -> None:
        """Stop the broker in its tracks (SIGSTOP)."""
        self._running().send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen broker go on."""
        self._running().send_signal(signal.SIGCONT)

    def log(self) -> str:
        """Return what the broker has written."""
        return (self.directory / f"{self.kind}.log").read_text(errors="replace")

    def _running(self) -> "subprocess.Popen[bytes]":
        if self.process is None:
            raise RuntimeError("the broker is not running")
        return self.process

    def _end(self, how: signal.Signals) -> None:
        process, self.process = self.process, None
        if process is None:
            return
        if process.poll() is None:
            process.send_signal(signal.SIGCONT)
            process.send_signal(how)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)

    def _answers(self) -> bool:
        try:
            with socket.create_connection((self.host, self.port), timeout=1) as probe:
                probe.sendall(_CONNECT)
                # An answer or a hang-up: either way somebody read what we said.
                probe.recv(4)
                return True
        except ConnectionResetError:
            return True
        except OSError:
            return False

    def _nats_config(self) -> str:
        return f"""\
server_name: tests
host: "{self.host}"
port: {self._native_port}
max_payload: 8MB
jetstream {{ store_dir: "{self.directory / "jetstream"}" }}
mqtt {{ host: "{self.host}", port: {self.port} }}
authorization {{ users = [ {{ user: "{self.username}", password: "{self.password}" }} ] }}
"""

    def _mosquitto_config(self) -> str:
        passwords = self.directory / "passwords"
        passwords.write_text(f"{self.username}:{self.password}\n")
        passwords.chmod(0o600)
        tool = next(
            (p for p in (Path("/usr/bin/mosquitto_passwd"), self.program.parent / "mosquitto_passwd") if p.exists()), ""
        )
        subprocess.run([str(tool), "-U", str(passwords)], check=True, capture_output=True)
        return f"""\
user root
listener {self.port} {self.host}
password_file {passwords}
persistence true
persistence_location {self.directory}/
max_queued_messages 0
max_queued_bytes 0
log_dest stderr
"""
