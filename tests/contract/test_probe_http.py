"""Web addresses over real sockets: answers, refusals, and servers that trickle, flood, hang or lie."""

import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agent.config import load_config
from agent.errors import ProbeError
from agent.probe_tables import HttpTable, ValueTable
from agent.probes.http import Http
from agent.reading import Reading
from tests.certificates import make_authority

NOW = datetime(2026, 11, 22, tzinfo=UTC)
Serve = Callable[[socket.socket, bytes], None]


def answers(body: bytes, status: str = "200 OK", more: str = "") -> Serve:
    def serve(connection: socket.socket, _request: bytes) -> None:
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
        connection.sendall(head.encode() + body)

    return serve


def says(data: bytes) -> Serve:
    return lambda connection, _request: connection.sendall(data)


@contextmanager
def server(serve: Serve, wrap: Callable[[socket.socket], socket.socket] = lambda sock: sock) -> Iterator[int]:
    """Serve one connection after the other on a loopback port until the block ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def work() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                try:
                    with wrap(connection) as wrapped:
                        serve(wrapped, wrapped.recv(65536))
                except OSError:
                    connection.close()

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(5)


def http(port: int, **settings: Any) -> Http:
    return Http(
        HttpTable(**({"name": "amp", "url": f"http://127.0.0.1:{port}/status?x=1", "timeout_s": 2.0} | settings))
    )


def told(probe: Http) -> dict[str, float]:
    return {f"{r.metric}[{r.instance}]@{r.device}": float(r.value) for r in probe.read(NOW)}


def test_an_answer_is_mapped() -> None:
    heard: list[bytes] = []

    def serve(connection: socket.socket, request: bytes) -> None:
        heard.append(request)
        answers(b'{"temp": 41.5}')(connection, request)

    value = (ValueTable(path="temp", metric="hw.temperature", instance="amp"),)
    with server(serve) as port:
        probe = http(port, value=value, device="amp-1", role="mixer", token="s3cret")
        assert told(probe) == {"hw.temperature[amp]@amp-1": 41.5}
    assert heard[0].startswith(b"GET /status?x=1 HTTP/1.1\r\n")
    assert b"Authorization: Bearer s3cret\r\n" in heard[0]
    assert (probe.name, probe.device, probe.role) == ("http:amp", "amp-1", "mixer")
    assert "s3cret" not in repr(HttpTable(name="a", url="http://h", token="s3cret"))


def test_chunks_are_put_together() -> None:
    chunks = b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7\r\n{"a": 4\r\n2\r\n2}\r\n0\r\n\r\n'
    with server(says(chunks)) as port:
        assert told(http(port)) == {"amp.a[]@": 42}


def test_that_it_answers_may_be_all_that_is_asked() -> None:
    with server(answers(b"<html>")) as port:
        assert told(http(port, format="none", status="web:amp")) == {"hw.status[web:amp]@": 0}
    with server(answers(b"", "503 Service Unavailable")) as port:
        probe = http(port, format="none", status="web:amp")
        assert told(probe) == {"hw.status[web:amp]@": 2}
        assert probe.troubles == [f"http://127.0.0.1:{port}/status?x=1: answers 503 Service Unavailable"]


@pytest.mark.parametrize(
    ("serve", "what"),
    [
        (answers(b"", "404 Not Found"), "answers 404 Not Found"),
        (answers(b"", "401 Unauthorized"), "answers 401 Unauthorized: check token_file"),
        (answers(b"", "302 Found", "Location: http://127.0.0.1:1/\r\n"), "answers 302 Found"),
        (answers(b"garbage"), "it prints no JSON"),
        (answers(b""), "it prints nothing"),
        (answers(b"x" * (1 << 20) + b"x"), "gives more than 1048576 bytes"),
        (says(b"220 mail.example ESMTP\r\n"), "gives no HTTP answer"),
        (says(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"), "its answer was cut off"),
        (says(b""), "gives no HTTP answer|cannot be reached"),
    ],
    ids=["404", "401", "redirect", "garbage", "nothing", "flood", "no http", "cut", "hangs up"],
)
def test_an_answer_that_is_none_is_told(serve: Serve, what: str) -> None:
    with server(serve) as port, pytest.raises(ProbeError, match=what):
        told(http(port))


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\n\r\n"], ids=["in its head", "in its body"])
def test_a_server_that_trickles_is_left_at_the_deadline(head: bytes) -> None:
    over = threading.Event()

    def serve(connection: socket.socket, _request: bytes) -> None:
        connection.sendall(head)
        while not over.wait(0.05):
            connection.sendall(b"X")

    with server(serve) as port:
        start = time.monotonic()
        with pytest.raises(ProbeError, match=r"no whole answer within 0\.5 s"):
            told(http(port, timeout_s=0.5))
        assert time.monotonic() - start < 15
        over.set()


def test_nobody_there_is_told(free_port: Callable[[], int]) -> None:
    with pytest.raises(ProbeError, match="cannot be reached: Connection refused"):
        told(http(free_port()))
    with pytest.raises(ProbeError, match=r"no-such-host\.invalid cannot be found"):
        told(Http(HttpTable(name="x", url="http://no-such-host.invalid/")))


def test_tls_is_checked_against_the_authority(tmp_path: Path) -> None:
    authority = make_authority(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority, authority.with_name("key.pem"))
    with server(answers(b'{"a": 1}'), lambda sock: context.wrap_socket(sock, server_side=True)) as port:
        url = f"https://127.0.0.1:{port}/"
        assert told(http(port, url=url, ca_file=authority)) == {"amp.a[]@": 1}
        with pytest.raises(ProbeError, match=r"its certificate is not to be trusted: .*; see ca_file"):
            told(http(port, url=url))
        (tmp_path / "none.pem").write_text("x")
        with pytest.raises(ProbeError, match="cannot be used as ca_file"):
            told(http(port, url=url, ca_file=tmp_path / "none.pem"))


def test_the_example_of_a_camera_that_counts_people_is_read(tmp_path: Path) -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "probes" / "http.md").read_text("utf-8")
    example = page.partition("How many people are in the room")[2].partition("```toml\n")[2].partition("```")[0]
    said = re.search(r"# (\{.*\})", example)
    assert said is not None
    with server(answers(said[1].encode())) as port:
        file = tmp_path / "agent.toml"
        url = f'url = "http://127.0.0.1:{port}/"'
        file.write_text('[agent]\nsite = "east"\n' + re.sub(r'url = "[^"]+"', url, example), "utf-8")
        (table,) = load_config(file, {}).http
        assert Http(table).read(NOW) == [Reading("classroom.occupancy", 17, "door", "cam-1")]
