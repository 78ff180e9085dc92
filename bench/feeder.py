"""What feeds a broker for a bench: a process of its own that sends ready messages at a pace, by MQTT 3.1.1 at QoS 0."""

import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from tests.brokers import Broker

# ------------------------------------------------------------ in the process that feeds


def text(content: str) -> bytes:
    data = content.encode()
    return len(data).to_bytes(2, "big") + data


def packet(kind: int, content: bytes) -> bytes:
    size, length = len(content), bytearray()
    while True:
        size, low = divmod(size, 128)
        length.append(low | (128 if size else 0))
        if not size:
            return bytes([kind]) + bytes(length) + content


def publish(topic: str, payload: bytes) -> bytes:
    return packet(0x30, text(topic) + payload)


@contextmanager
def connected(port: int, username: str, password: str) -> Iterator[socket.socket]:
    """Connect to a broker of this machine."""
    with socket.create_connection(("127.0.0.1", port)) as broker:
        hello = text("MQTT") + b"\x04\xc2\x00\x00" + text("feeder") + text(username) + text(password)
        broker.sendall(packet(0x10, hello))
        broker.recv(4)
        yield broker


def send_paced(broker: socket.socket, parts: Iterable[bytes], *, every_s: float) -> None:
    """Say that all is ready, wait for a line on stdin, send a part each `every_s`, and stay until the next line."""
    print("ready", flush=True)
    sys.stdin.readline()
    begun = time.monotonic()
    for number, part in enumerate(parts, start=1):
        broker.sendall(part)
        ahead = begun + number * every_s - time.monotonic()
        if ahead > 0:
            time.sleep(ahead)
    # Stay, or the broker might drop what it has not delivered.
    sys.stdin.readline()


# ------------------------------------------------------------ in the process that measures


@contextmanager
def feeder(script: str, broker: Broker, messages: int) -> Iterator["subprocess.Popen[str]"]:
    """Run a bench as the process that feeds; it is ready when this returns."""
    process = subprocess.Popen(
        [sys.executable, script, "--feed", str(broker.port), broker.username, broker.password, str(messages)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.kill()
        process.wait()


def go(process: "subprocess.Popen[str]") -> None:
    """Let it send."""
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


def cpu_s() -> float:
    """Return the seconds of CPU that this process has used, all its threads."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
