"""Every way to a broker that a school lets out: TLS with a certificate or a password, WebSocket, an HTTP proxy."""

import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import pytest

from agent.now import moment
from agent.outbox import Outbox
from agent.sample import Sample
from agent.uplink.address import BrokerAddress, Endpoint, Proxy, split_url
from agent.uplink.birth import NodeIdentity
from agent.uplink.mqtt import MqttUplink
from agent.uplink.session import EdgeSession
from tests.certificates import Authority
from tests.conftest import need_peer
from tests.connect_proxy import ConnectProxy
from tests.contract.edge import agent_at
from tests.path_proxy import PathProxy
from tests.ports import free_ports
from tests.waiting import until
from wire.payload import Datatype


@dataclass
class Doors:
    """A Mosquitto with a listener for each way, and those who vouch for it."""

    authority: Authority
    ports: dict[str, int]
    password: str
    log: Path

    def address(self, way: str, **more: object) -> BrokerAddress:
        scheme = {"certificate": "mqtts", "password": "mqtts", "expired": "mqtts", "web": "ws", "web-tls": "wss"}[way]
        account = {"username": "", "password": ""} if way == "certificate" else {}
        return self.address_of(f"{scheme}://127.0.0.1:{self.ports[way]}", **account, **more)

    def address_of(self, url: str, **more: object) -> BrokerAddress:
        endpoint: Endpoint = split_url(url)
        account = {"username": "roomtone", "password": self.password}
        fields = {"host": endpoint.host, "port": endpoint.port, "tls": endpoint.tls, "path": endpoint.path}
        if endpoint.tls:
            fields["ca_file"] = self.authority.file
        return BrokerAddress(**{**fields, **account, **more})  # type: ignore[arg-type]  # fields of several types


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    program = need_peer("mosquitto")
    folder = tmp_path_factory.mktemp("doors")
    authority = Authority.make(folder / "tls")
    good, old = authority.certify("broker"), authority.certify("old-broker", expired=True)
    ports = dict(zip(("certificate", "password", "expired", "web", "web-tls"), free_ports(5), strict=True))
    passwords = folder / "passwords"
    passwords.write_text("roomtone:let me in\n")
    passwords.chmod(0o600)
    subprocess.run([str(need_peer("mosquitto_passwd")), "-U", str(passwords)], check=True, capture_output=True)

    def listener(way: str, certificate: tuple[Path, Path] | None, *lines: str) -> str:
        tls = f"certfile {certificate[0]}\nkeyfile {certificate[1]}\n" if certificate else ""
        access = "" if way == "certificate" else f"password_file {passwords}\nallow_anonymous false\n"
        return f"listener {ports[way]} 127.0.0.1\n{tls}{access}" + "".join(f"{line}\n" for line in lines)

    config = folder / "mosquitto.conf"
    config.write_text(
        "user root\nper_listener_settings true\nlog_dest stderr\n"
        + listener("certificate", good, f"cafile {authority.file}", "require_certificate true",
                   "use_identity_as_username true")
        + listener("password", good)
        + listener("expired", old)
        + listener("web", None, "protocol websockets")
        + listener("web-tls", good, "protocol websockets")
    )  # fmt: skip
    log = folder / "mosquitto.log"
    with log.open("wb") as output:
        process = subprocess.Popen([str(program), "-c", str(config)], stdout=output, stderr=output)
    try:
        until(lambda: "running" in log.read_text(), what="the broker")
        yield Doors(authority, ports, "let me in", log)
    finally:
        process.terminate()
        process.wait(10)


class Edge:
    """An edge node that nobody waits for, and a log of what it says."""

    def __init__(self, address: BrokerAddress, name: str = "pc1") -> None:
        self.session = EdgeSession(NodeIdentity(site="east", agent=name, interval_s=10), Outbox.open(None))
        self.uplink = MqttUplink(address, name, self.session, wake=lambda: None)
        self.session.report(moment().at_ms, {"": [Sample("system.uptime", 1.0, Datatype.DOUBLE, "s")]}, moment())

    def step(self) -> None:
        self.uplink.step(moment())

    def is_born(self) -> bool:
        self.step()
        return self.session.is_born


@pytest.mark.parametrize("way", ["certificate", "password", "web", "web-tls"])
def test_an_agent_is_born_on_every_way(doors: Doors, way: str) -> None:
    certificate, key = doors.authority.certify("east-pc1")
    own = {"cert_file": certificate, "key_file": key} if way == "certificate" else {}
    edge = Edge(doors.address(way, **own), f"pc-{way}")
    until(edge.is_born, what="the birth", timeout_s=15)
    edge.uplink.farewell("service", moment())
    until(
        lambda: f"Client pc-{way} disconnected." in doors.log.read_text(), what="a goodbye that the broker knows as one"
    )


@pytest.mark.parametrize(
    ("way", "account"), [("web-tls", ""), ("password", "lab:s3cret")], ids=["wss", "mqtts, with an account"]
)
def test_an_http_proxy_lets_it_through(doors: Doors, way: str, account: str) -> None:
    with closing(ConnectProxy(account)) as proxy:
        edge = Edge(doors.address(way, proxy=Proxy(host="127.0.0.1", port=proxy.port, account=account)))
        until(edge.is_born, what="the birth", timeout_s=15)
        assert proxy.asked == [f"CONNECT 127.0.0.1:{doors.ports[way]} HTTP/1.0"] or "HTTP/1.1" in proxy.asked[0]
        edge.uplink.farewell("service", moment())


@pytest.mark.parametrize(
    ("way", "says"),
    [
        ("expired", "certificate has expired"),
        ("certificate", "does it accept our certificate?"),
        ("password", "check username and password_file"),
        ("web", "check username and password_file"),
    ],
    ids=[
        "the broker's certificate expired",
        "our certificate expired",
        "wrong password",
        "wrong password over WebSocket",
    ],
)
def test_a_door_that_stays_shut_is_said_once_and_waited_for(
    doors: Doors, way: str, says: str, caplog: pytest.LogCaptureFixture
) -> None:
    certificate, key = doors.authority.certify("old-pc", expired=True)
    own: dict[str, object] = {"password": "wrong"} if way in ("password", "web") else {}
    if way == "certificate":
        own = {"cert_file": certificate, "key_file": key}
    edge = Edge(doors.address(way, **own))

    def said() -> bool:
        edge.step()
        return says in caplog.text

    until(said, what=says, timeout_s=15)
    assert len(caplog.records) == 1, caplog.text
    assert edge.uplink.next_due() > moment().mono_s + 0.3, "it waits before it tries again"


@pytest.mark.parametrize(
    ("way", "says"),
    [("expired", "certificate has expired"), ("certificate", "does it accept our certificate?")],
    ids=["the broker's", "our own"],
)
def test_an_expired_certificate_costs_next_to_no_cpu(doors: Doors, way: str, says: str, tmp_path: Path) -> None:
    certificate, key = doors.authority.certify("old-pc", expired=True)
    own = f'cert_file = "{certificate}"\nkey_file = "{key}"\n' if way == "certificate" else ""
    door = SimpleNamespace(url=str(doors.address(way)), username="roomtone", password=doors.password)
    with agent_at(door, tmp_path / "pc", extra=f'ca_file = "{doors.authority.file}"\n{own}') as agent:
        until(lambda: says in agent.log, what=says, timeout_s=20)
        # A handshake costs a few hundredths of a second; without a pause they would take a whole core.
        assert agent.cpu_share(3) < 0.25
        assert agent.log.count("readings wait in the outbox") == 1


def test_a_proxy_that_says_no_is_named(doors: Doors, caplog: pytest.LogCaptureFixture) -> None:
    with closing(ConnectProxy("lab:s3cret")) as proxy:
        edge = Edge(doors.address("password", proxy=Proxy(host="127.0.0.1", port=proxy.port)))

        def said() -> bool:
            edge.step()
            return f"the proxy 127.0.0.1:{proxy.port} does not let us through" in caplog.text

        until(said, what="the line")
        assert "407" in caplog.text


@pytest.mark.parametrize("scheme", ["ws", "wss"])
def test_a_path_of_a_web_server_leads_to_the_broker_and_no_other_does(
    doors: Doors, scheme: str, caplog: pytest.LogCaptureFixture
) -> None:
    certificate = doors.authority.certify("web-server") if scheme == "wss" else None
    with closing(PathProxy("/roomtone/mqtt", doors.ports["web"], certificate)) as proxy:
        url = f"{scheme}://127.0.0.1:{proxy.port}"
        edge = Edge(doors.address_of(f"{url}/roomtone/mqtt"), f"pc-{scheme}-path")
        until(edge.is_born, what="the birth", timeout_s=15)
        edge.uplink.farewell("service", moment())
        lost = Edge(doors.address_of(url), f"pc-{scheme}-lost")

        def said() -> bool:
            lost.step()
            return "no WebSocket of a broker; is /mqtt the path" in caplog.text

        caplog.clear()
        until(said, what="the line", timeout_s=15)
        assert proxy.asked == ["/roomtone/mqtt", "/mqtt"]
        assert len(caplog.records) == 1, caplog.text


def test_a_web_server_that_is_no_broker_is_told(doors: Doors, caplog: pytest.LogCaptureFixture) -> None:
    edge = Edge(doors.address("web", port=doors.ports["web-tls"]))

    def said() -> bool:
        edge.step()
        return "cannot be reached" in caplog.text

    until(said, what="the line")
