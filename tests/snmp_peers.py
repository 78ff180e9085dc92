"""Real SNMP agents for tests: snmpsim with recordings, net-snmp's snmpd, and one that misbehaves on purpose.

A UPS whose state a test can switch (tests/data/snmp/ups.snmprec, RFC 1628, invented numbers)::

    with Snmpsim(UPS_DIRECTORY) as simulator:
        ...                                       # an agent polls 127.0.0.1:simulator.port, community "ups"
        simulator.set_ups(source=ON_BATTERY)      # the mains fail
        simulator.set_ups(minutes_left=8)         # it will not last
        simulator.set_ups(source=ON_MAINS, minutes_left=47)

The community is the name of the recording, without its suffix.
"""

import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final

import pytest

from tests.conftest import need_peer
from tests.ports import free_ports

UPS_DIRECTORY: Final = Path(__file__).resolve().parent / "data" / "snmp"
ON_MAINS: Final = 3
ON_BYPASS: Final = 4
ON_BATTERY: Final = 5
OUTPUT_SOURCE: Final = "1.3.6.1.2.1.33.1.4.1.0"
MINUTES_LEFT: Final = "1.3.6.1.2.1.33.1.2.3.0"
CHARGE_LEFT: Final = "1.3.6.1.2.1.33.1.2.4.0"
SYS_OBJECT_ID: Final = "1.3.6.1.2.1.1.2.0"
V3_ENGINE_ID: Final = "8000000001020305"
START_S: Final = 60.0


def free_udp_port() -> int:
    """Return a loopback UDP port that nobody listens on."""
    return free_ports(1, socket.SOCK_DGRAM)[0]


class Snmpsim:
    """snmpsim on a free loopback port, serving every recording of a directory until the block ends.

    The v3 user `simulator` (SHA-256 `auctoritas`, AES-128 `privatus`) reads a recording by its context.
    """

    def __init__(self, directory: Path, names: Sequence[str] = ()) -> None:
        self.port = free_udp_port()
        self._names = list(names) or [path.stem for path in sorted(directory.glob("*.snmprec"))]
        self._directory = directory
        self._folder = Path(tempfile.mkdtemp(prefix="snmpsim-"))
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Snmpsim":
        data, cache = self._folder / "data", self._folder / "cache"
        data.mkdir()
        cache.mkdir()
        for name in self._names:
            shutil.copy(self._directory / f"{name}.snmprec", data)
        command = [*_python_with_dbm(), "-m", "snmpsim.commands.responder", f"--cache-dir={cache}"]
        if os.geteuid() == 0:  # it refuses to run as root
            for path in (self._folder, data, cache, *data.iterdir()):
                shutil.chown(path, "nobody")
            self._folder.chmod(0o755)
            command += ["--process-user=nobody", "--process-group=nogroup"]
        command += [
            f"--v3-engine-id={V3_ENGINE_ID}",
            "--v3-user=simulator",
            "--v3-auth-key=auctoritas",
            "--v3-auth-proto=SHA256",
            "--v3-priv-key=privatus",
            "--v3-priv-proto=AES",
            f"--data-dir={data}",
            f"--agent-udpv4-endpoint=127.0.0.1:{self.port}",
        ]
        environment = os.environ | {"PYTHONPATH": sysconfig.get_path("purelib")}
        self._process = subprocess.Popen(
            command, env=environment, cwd=self._folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        _wait_until(lambda: ask(self.port, self._names[-1], SYS_OBJECT_ID) is not None, self._process, "snmpsim")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _stop(self._process)
        shutil.rmtree(self._folder, ignore_errors=True)

    def set_value(self, name: str, oid: str, value: int) -> None:
        """Change an INTEGER that the recording marks `writecache`."""
        answer = ask(self.port, name, oid, value)
        assert answer is not None, f"{name} did not take {oid} = {value}"

    def set_ups(self, *, source: int | None = None, minutes_left: int | None = None, charge: int | None = None) -> None:
        """Put the UPS of tests/data/snmp on battery, on mains, ...; say how long it lasts and how full it is (%)."""
        for oid, value in ((OUTPUT_SOURCE, source), (MINUTES_LEFT, minutes_left), (CHARGE_LEFT, charge)):
            if value is not None:
                self.set_value("ups", oid, value)


class Snmpd:
    """net-snmp's snmpd on a free loopback port, with community `public` and a user for each kind of SNMPv3.

    Users: `u256` (SHA-256 authpass1, AES-128 privpass1), `u512` (SHA-512 authpass2, AES-256 privpass2),
    `usha` (SHA authpass3, no privacy).
    """

    def __init__(self, port: int = 0) -> None:
        self.port = port or free_udp_port()
        self._folder = Path(tempfile.mkdtemp(prefix="snmpd-"))
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Snmpd":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def start(self, *, new_engine_id: str = "") -> None:
        """Start it, as after a reboot; with `new_engine_id` (hexadecimal) as another engine."""
        program = need_peer("snmpd")
        lines = [
            "rocommunity public",
            "createUser u256 SHA-256 authpass1 AES privpass1",
            "createUser u512 SHA-512 authpass2 AES-256 privpass2",
            "createUser usha SHA authpass3",
            "rouser u256 priv",
            "rouser u512 priv",
            "rouser usha auth",
            "sysLocation test",
            f"agentaddress udp:127.0.0.1:{self.port}",
        ]
        if new_engine_id:
            shutil.rmtree(self._folder / "state", ignore_errors=True)
            lines.append(f"exactEngineID 0x{new_engine_id}")
        (self._folder / "state").mkdir(exist_ok=True)
        config = self._folder / "snmpd.conf"
        config.write_text("\n".join(lines) + "\n", encoding="utf-8")
        environment = os.environ | {"SNMP_PERSISTENT_DIR": str(self._folder / "state"), "MIBS": ""}
        self._process = subprocess.Popen(
            [str(program), "-f", "-Lo", "-C", "-c", str(config)],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        _wait_until(lambda: ask(self.port, "public", SYS_OBJECT_ID) is not None, self._process, "snmpd")

    def stop(self) -> None:
        """Stop it."""
        _stop(self._process)
        self._process = None


NULL: Final = b"\x05\x00"
TOO_BIG: Final = 1
NO_SUCH_NAME: Final = 2
Answer = Callable[[int, list[str]], "list[tuple[str, bytes]] | bytes | int | None"]


class HostileAgent:
    """An SNMP agent that answers what a function says: variable bindings, an error status, raw bytes, or nothing.

    The function gets the kind of request (0xA0 GET, 0xA1 GETNEXT, 0xA5 GETBULK) and its OIDs.
    """

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.requests = 0
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> "HostileAgent":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                data, peer = self._socket.recvfrom(65535)
            except OSError:
                return
            self.requests += 1
            version, community, kind, request, oids = _parse(data)
            answer = self._answer(kind, oids)
            if answer is None:
                continue
            if isinstance(answer, bytes):
                self._socket.sendto(answer, peer)
                continue
            status = answer if isinstance(answer, int) else 0
            bindings = [(oid, NULL) for oid in oids] if isinstance(answer, int) else answer
            rows = b"".join(tlv(0x30, oid_tlv(oid) + value) for oid, value in bindings)
            pdu = tlv(2, request) + integer(status) + integer(0) + tlv(0x30, rows)
            self._socket.sendto(tlv(0x30, tlv(2, version) + tlv(4, community) + tlv(0xA2, pdu)), peer)


def ask(port: int, community: str, oid: str, value: int | None = None) -> bytes | None:
    """GET (or, with a value, SET) one OID over v2c; return the raw answer, None where there is none without error."""
    binding = tlv(0x30, oid_tlv(oid) + (NULL if value is None else integer(value)))
    body = integer(1) + integer(0) + integer(0) + tlv(0x30, binding)
    message = tlv(0x30, integer(1) + tlv(4, community.encode()) + tlv(0xA0 if value is None else 0xA3, body))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(1.0)
        client.connect(("127.0.0.1", port))
        try:
            client.send(message)
            answer = client.recv(65535)
        except OSError:
            return None
    _, inside, _ = _read(answer, 0)
    at = _read(inside, _read(inside, 0)[2])[2]
    _, pdu, _ = _read(inside, at)
    _, status, _ = _read(pdu, _read(pdu, 0)[2])
    return answer if int.from_bytes(status, "big") == 0 else None


def tlv(tag: int, body: bytes) -> bytes:
    """Return a BER element."""
    size = bytes([len(body)]) if len(body) < 128 else bytes([0x82, len(body) >> 8, len(body) & 255])
    return bytes([tag]) + size + body


def integer(value: int, tag: int = 2) -> bytes:
    """Return a BER integer."""
    return tlv(tag, value.to_bytes(max(1, (value.bit_length() + 8) // 8), "big", signed=True))


def oid_tlv(oid: str) -> bytes:
    """Return a BER object identifier."""
    parts = [int(part) for part in oid.split(".")]
    out = [parts[0] * 40 + parts[1]]
    for part in parts[2:]:
        piece = [part & 127]
        while part := part >> 7:
            piece.append(0x80 | (part & 127))
        out += reversed(piece)
    return tlv(6, bytes(out))


def _parse(data: bytes) -> tuple[bytes, bytes, int, bytes, list[str]]:
    _, body, _ = _read(data, 0)
    _, version, at = _read(body, 0)
    _, community, at = _read(body, at)
    kind, pdu, _ = _read(body, at)
    _, request, at = _read(pdu, 0)
    _, _, at = _read(pdu, at)
    _, _, at = _read(pdu, at)
    _, rows, _ = _read(pdu, at)
    oids, at = [], 0
    while at < len(rows):
        _, row, at = _read(rows, at)
        oids.append(_oid(_read(row, 0)[1]))
    return version, community, kind, request, oids


def _read(data: bytes, at: int) -> tuple[int, bytes, int]:
    tag, size = data[at], data[at + 1]
    at += 2
    if size & 128:
        count = size & 127
        size = int.from_bytes(data[at : at + count], "big")
        at += count
    return tag, data[at : at + size], at + size


def _oid(data: bytes) -> str:
    parts, value = [data[0] // 40, data[0] % 40], 0
    for octet in data[1:]:
        value = value << 7 | (octet & 127)
        if not octet & 128:
            parts.append(value)
            value = 0
    return ".".join(map(str, parts))


def _python_with_dbm() -> list[str]:
    """Return a Python of our version with a working dbm, which snmpsim keeps its index in."""
    candidates = [
        sys.executable,
        "/usr/bin/python3",
        *(shutil.which(f"python3.{minor}") or "" for minor in range(11, 15)),
    ]
    for python in candidates:
        if not python or not Path(python).exists():
            continue
        test = (
            "import sys, importlib\n"
            f"assert sys.version_info[:2] == {sys.version_info[:2]}\n"
            "for name in ('dbm.gnu', 'dbm.ndbm', 'dbm.sqlite3'):\n"
            "    try:\n        importlib.import_module(name)\n        break\n    except ImportError:\n        pass\n"
            "else:\n    sys.exit(1)\n"
        )
        if subprocess.run([python, "-c", test], capture_output=True, check=False).returncode == 0:
            return [python]
    reason = "snmpsim needs a Python of our version with a working dbm, and this machine has none"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def _wait_until(ready: Callable[[], bool], process: "subprocess.Popen[bytes]", name: str) -> None:
    end = time.monotonic() + START_S
    while not ready():
        if process.poll() is not None or time.monotonic() > end:
            _stop(process)
            raise AssertionError(f"{name} did not start")
        time.sleep(0.05)


def _stop(process: "subprocess.Popen[bytes] | None") -> None:
    if process is None:
        return
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
