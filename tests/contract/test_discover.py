"""Real devices on loopback are found by what they speak, and what is written can be run. Nothing else is asked."""

import http.server
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from agent.cli import main
from agent.config import load_config
from agent.discover import Ports, TooMany, Wanted, addresses_in, discover, look_at
from tests.pjlink_projector import Projector, at_work
from tests.ports import free_port
from tests.snmp_peers import UPS_DIRECTORY, Snmpsim, free_udp_port

DATE = (
    b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>'
    b'<GetSystemDateAndTimeResponse xmlns="http://www.onvif.org/ver10/device/wsdl"/></s:Body></s:Envelope>'
)
MATCHES = (
    '<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"'
    ' xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"><e:Body><d:ProbeMatches><d:ProbeMatch>'
    "<d:Scopes>onvif://www.onvif.org/name/Front%20left onvif://www.onvif.org/hardware/PTZ-20</d:Scopes>"
    "<d:XAddrs>{}</d:XAddrs></d:ProbeMatch></d:ProbeMatches></e:Body></e:Envelope>"
)


class Soap(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(DATE)))
        self.end_headers()
        self.wfile.write(DATE)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def ports() -> Ports:
    """Where nobody is."""
    return Ports(
        snmp=free_udp_port(),
        pjlink=free_port(),
        onvif=(free_port(),),
        discovery=free_udp_port(),
        rtsp=free_port(),
    )


@pytest.fixture
def camera() -> Iterator[int]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Soap)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def answering(kind: socket.SocketKind, answer: bytes) -> tuple[socket.socket, int]:
    """Return a server that gives one answer to whatever it is asked."""
    server = socket.socket(socket.AF_INET, kind)
    server.bind(("127.0.0.1", 0))

    def serve() -> None:
        try:
            if kind is socket.SOCK_DGRAM:
                while True:
                    _, peer = server.recvfrom(65535)
                    server.sendto(answer, peer)
            server.listen()
            while True:
                link, _ = server.accept()
                with link:
                    link.recv(4096)
                    link.sendall(answer)
        except OSError:
            return

    threading.Thread(target=serve, daemon=True).start()
    return server, server.getsockname()[1]


def wanted(ports: Ports, **more: object) -> Wanted:
    return Wanted(ports=ports, timeout_s=1.0, **more)  # type: ignore[arg-type]


def test_nobody_there_is_nothing_found(ports: Ports) -> None:
    assert look_at("127.0.0.1", wanted(ports)) == []


def test_a_ups_a_projector_and_a_stream_are_found_and_the_files_can_be_run(ports: Ports, tmp_path: Path) -> None:
    rtsp, rtsp_port = answering(socket.SOCK_STREAM, b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nServer: Cam/2\r\n\r\n")
    secret = tmp_path / "ups.community"
    secret.write_text("ups\n")
    with Snmpsim(UPS_DIRECTORY) as simulator, at_work(Projector()) as projector:
        words = ["agent", "discover", "127.0.0.1/32", "--site", "east", "--agent", "gw", "-o", str(tmp_path)]
        words += ["--community-file", str(secret), "--port", f"snmp={simulator.port}", "--port", f"rtsp={rtsp_port}"]
        words += ["--port", f"pjlink={projector.port}", "--port", f"onvif={ports.onvif[0]}"]
        assert main([*words, "--port", f"discovery={ports.discovery}"]) == 0
        assert main(words) == 2  # the files are there
    rtsp.close()
    config = load_config(tmp_path / "discovered-agent.toml", {})
    assert [(t.id, t.role, t.host, t.port, t.community) for t in config.snmp] == [
        ("ups-127-0-0-1", "ups", "127.0.0.1", simulator.port, "ups")
    ]
    assert [(t.id, t.role, t.port) for t in config.pjlink] == [("projector-127-0-0-1", "projector", projector.port)]
    assert config.stream == ()  # its path is for a person to say
    assert f'# url = "rtsp://127.0.0.1:{rtsp_port}/"' in (tmp_path / "discovered-agent.toml").read_text("utf-8")
    devices = yaml.safe_load((tmp_path / "discovered-campus.yaml").read_text("utf-8"))["devices"]
    assert [(d["id"], d["role"]) for d in devices] == [
        ("east:gw:ups-127-0-0-1", "ups"),
        ("east:gw:projector-127-0-0-1", "projector"),
        ("east:gw:camera-127-0-0-1", "camera"),
    ]
    assert devices[0]["name"] == "ups-1"


def test_a_camera_is_found_by_its_service(ports: Ports, camera: int) -> None:
    from dataclasses import replace

    (found,) = look_at("127.0.0.1", wanted(replace(ports, onvif=(camera,))))
    assert (found.protocol, found.role) == ("onvif", "camera")
    assert found.url == f"http://127.0.0.1:{camera}/onvif/device_service"


@pytest.mark.parametrize(
    ("service", "count"),
    [("http://127.0.0.1/onvif/device_service", 1), ("http://192.0.2.7/onvif/device_service", 0)],
    ids=["its own service", "a service elsewhere"],
)
def test_a_camera_is_found_by_ws_discovery_where_it_speaks_of_itself(ports: Ports, service: str, count: int) -> None:
    from dataclasses import replace

    server, port = answering(socket.SOCK_DGRAM, MATCHES.format(service).encode())
    found = look_at("127.0.0.1", wanted(replace(ports, discovery=port)))
    server.close()
    assert [(f.url, f.name, f.model) for f in found] == [(service, "Front left", "PTZ-20")] * count


@pytest.mark.parametrize("answer", [b"", b"\xff" * 300, b"HTTP/1.1 400 Bad\r\n\r\n"], ids=["nothing", "noise", "http"])
def test_what_makes_no_sense_is_no_device(ports: Ports, answer: bytes) -> None:
    from dataclasses import replace

    stream, port = answering(socket.SOCK_STREAM, answer)
    datagrams, udp = answering(socket.SOCK_DGRAM, answer)
    assert (
        look_at("127.0.0.1", wanted(replace(ports, pjlink=port, rtsp=port, onvif=(port,), discovery=udp, snmp=udp)))
        == []
    )
    stream.close()
    datagrams.close()


def test_no_more_addresses_are_asked_in_a_second_than_was_said(ports: Ports) -> None:
    now_s, pauses = 0.0, []

    def pause(seconds: float) -> None:
        nonlocal now_s
        pauses.append(seconds)
        now_s += seconds

    addresses = ["127.0.0.1"] * 5
    assert list(discover(addresses, wanted(ports, per_s=2.0), pause=pause, clock=lambda: now_s)) == []
    assert pauses == [0.0, 0.5, 0.5, 0.5, 0.5]


def test_only_the_ranges_that_are_given_are_asked() -> None:
    assert addresses_in(["127.0.0.0/30", "127.0.0.9"]) == ["127.0.0.1", "127.0.0.2", "127.0.0.9"]
    with pytest.raises(TooMany):
        addresses_in(["10.0.0.0/8"])
    with pytest.raises(ValueError, match="does not appear"):
        addresses_in(["everything"])


@pytest.mark.parametrize(
    "words",
    [["10.0.0.0/8"], ["everything"], ["127.0.0.1", "--port", "telnet=23"], ["127.0.0.1", "--site", "Site 1"]],
    ids=["too large", "no range", "unknown protocol", "no id"],
)
def test_what_cannot_be_asked_is_told(words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["agent", "discover", "-o", str(tmp_path), *words]) == 2
    assert capsys.readouterr().err.startswith("roomtone: ")
