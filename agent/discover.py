"""Which devices are in a network? In: ranges of addresses. Out: what answers SNMP, PJLink, ONVIF or RTSP there.

Only the ranges that are given are asked, so many addresses a second and no more, each by one or two datagrams and a
connection for each protocol. Nothing is tried that needs a password, but for the SNMP communities and the user that a
person names.
"""

import http.client
import re
import socket
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final

from agent.errors import AgentError, ProbeError
from agent.media.account import Account
from agent.media.soap import envelope, texts_of
from agent.now import monotonic_s, now
from agent.probe_tables import PjlinkTable
from agent.probes.pjlink import PJLink
from agent.snmp.engine import engine_for
from agent.snmp.identify import identify
from agent.snmp.library import our_library
from agent.snmp.session import Session
from agent.snmp.target import SnmpTarget, SnmpUser

MOST_ADDRESSES: Final = 4096
AT_ONCE: Final = 32
_DISCOVERY_PORT: Final = 3702
_ONVIF_PATH: Final = "/onvif/device_service"
_LONGEST_ANSWER: Final = 65_535
_DATE: Final = '<GetSystemDateAndTime xmlns="http://www.onvif.org/ver10/device/wsdl"/>'
_PROBE: Final = (
    '<?xml version="1.0" encoding="UTF-8"?><e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"'
    ' xmlns:w="http://schemas.xmlsoap.org/ws/2004/08/addressing"'
    ' xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"'
    ' xmlns:n="http://www.onvif.org/ver10/network/wsdl"><e:Header><w:MessageID>uuid:{id}</w:MessageID>'
    "<w:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</w:To>"
    "<w:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</w:Action></e:Header>"
    "<e:Body><d:Probe><d:Types>n:NetworkVideoTransmitter</d:Types></d:Probe></e:Body></e:Envelope>"
)

Network = IPv4Network | IPv6Network
Pause = Callable[[float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Where each protocol is asked for."""

    snmp: int = 161
    pjlink: int = 4352
    onvif: tuple[int, ...] = (80, 8080)
    discovery: int = _DISCOVERY_PORT
    rtsp: int = 554


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked, and as whom."""

    communities: tuple[str, ...] = ("public",)
    user: SnmpUser | None = None
    timeout_s: float = 1.0
    per_s: float = 20.0
    ports: Ports = field(default_factory=Ports)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One device. `needs` says what a person still has to add, "" for nothing."""

    address: str
    protocol: str
    port: int
    role: str = "other"
    vendor: str = ""
    model: str = ""
    serial: str = ""
    name: str = ""
    # SNMP: the community that it answered to; ONVIF and RTSP: the address to ask.
    community: str = ""
    url: str = ""
    needs: str = ""


class TooMany(AgentError):
    """The ranges hold more addresses than are asked."""


def addresses_in(ranges: Sequence[str]) -> list[str]:
    """Return every host's address in ranges such as 10.0.7.0/24 or 10.0.7.21.

    Raises:
        ValueError: one is none; the text says why.
        TooMany: they hold too many.
    """
    found: dict[str, None] = {}
    for text in ranges:
        network: Network = ip_network(text, strict=False)
        if network.num_addresses > MOST_ADDRESSES:
            raise TooMany(f"{text} has {network.num_addresses} addresses; at most {MOST_ADDRESSES} are asked at a time")
        hosts = network.hosts() if network.num_addresses > 1 else [network.network_address]
        found.update(dict.fromkeys(map(str, hosts)))
    if len(found) > MOST_ADDRESSES:
        raise TooMany(f"the ranges have {len(found)} addresses; at most {MOST_ADDRESSES} are asked at a time")
    return list(found)


def discover(
    addresses: Iterable[str], wanted: Wanted, *, pause: Pause, clock: Callable[[], float] = monotonic_s
) -> Iterator[Found]:
    """Ask each address, `wanted.per_s` a second; yield what is found, in the order of the addresses."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        asked = []
        next_s = clock()
        for address in addresses:
            pause(max(0.0, next_s - clock()))
            next_s = max(next_s, clock()) + 1 / wanted.per_s
            asked.append(pool.submit(look_at, address, wanted))
        for each in asked:
            yield from each.result()


def look_at(address: str, wanted: Wanted) -> list[Found]:
    """Return what answers at one address; SNMP first, since it knows most, then what the others add."""
    found = [
        one for ask in (_snmp, _pjlink, _onvif, _rtsp) for one in [_or_none(ask, address, wanted)] if one is not None
    ]
    # A camera's stream is its ONVIF service's, too; what speaks SNMP may speak PJLink as well.
    kinds = {one.protocol for one in found}
    return [one for one in found if not (one.protocol == "rtsp" and "onvif" in kinds)]


def _or_none(ask: Callable[[str, Wanted], Found | None], address: str, wanted: Wanted) -> Found | None:
    try:
        return ask(address, wanted)
    except (AgentError, OSError, ValueError, http.client.HTTPException):
        return None


def _snmp(address: str, wanted: Wanted) -> Found | None:
    port = wanted.ports.snmp
    plain = SnmpTarget(id="device", host=address, port=port, timeout_s=wanted.timeout_s, retries=0)
    targets = [replace(plain, community=community) for community in wanted.communities]
    if wanted.user is not None:
        targets.insert(0, replace(plain, version="3", user=wanted.user))
    for target in targets:
        session = Session(engine_for(target))
        try:
            who = identify(session, our_library())
        except ProbeError:
            continue
        finally:
            session.close()
        return Found(
            address=address,
            protocol="snmp",
            port=port,
            role=who.role or "other",
            vendor=who.vendor,
            model=who.model,
            serial=who.serial,
            name=who.name,
            community="" if target.user else target.community,
        )
    from agent.snmp.protocol.inquiry import engine_at

    if engine_at(address, port, wanted.timeout_s):
        return Found(address=address, protocol="snmp", port=port, needs="its community, or its SNMPv3 user")
    return None


def _pjlink(address: str, wanted: Wanted) -> Found | None:
    port = wanted.ports.pjlink
    with socket.create_connection((address, port), timeout=wanted.timeout_s) as link:
        link.settimeout(wanted.timeout_s)
        greeting = link.recv(64)
    if not greeting.startswith(b"PJLINK "):
        return None
    found = Found(address=address, protocol="pjlink", port=port, role="projector")
    if not greeting.startswith(b"PJLINK 0"):
        return replace(found, needs="its PJLink password")
    probe = PJLink(PjlinkTable(id="device", host=address, port=port, timeout_s=max(wanted.timeout_s, 2.0)))
    try:
        probe.read(now())
    except ProbeError:
        return found
    said = probe.properties
    return replace(
        found,
        vendor=said.get("vendor", ""),
        model=said.get("model", ""),
        serial=said.get("serial", ""),
        name=said.get("name", ""),
    )


def _onvif(address: str, wanted: Wanted) -> Found | None:
    url, scopes = _by_discovery(address, wanted)
    if not url:
        url = next((url for port in wanted.ports.onvif if (url := _by_http(address, port, wanted.timeout_s))), "")
    if not url:
        return None
    said = dict(re.findall(r"onvif://www\.onvif\.org/(name|hardware)/(\S+)", scopes))
    return Found(
        address=address,
        protocol="onvif",
        port=wanted.ports.discovery if scopes else 80,
        role="camera",
        name=said.get("name", "").replace("%20", " "),
        model=said.get("hardware", "").replace("%20", " "),
        url=url,
        needs="its stream's address, and a username and password",
    )


def _by_discovery(address: str, wanted: Wanted) -> tuple[str, str]:
    """Return (service, scopes) of a device that answers WS-Discovery, asked alone instead of the whole network."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as asker:
        asker.settimeout(wanted.timeout_s)
        asker.connect((address, wanted.ports.discovery))
        try:
            asker.send(_PROBE.format(id=uuid.uuid4()).encode())
            texts = texts_of(asker.recv(_LONGEST_ANSWER))
        except (OSError, ProbeError):
            return "", ""
    match = ("ProbeMatches", "ProbeMatch")
    services = texts.get((*match, "XAddrs"), "").split()
    # What it says of itself must be at the address that was asked: no other is to be met.
    own = next((url for url in services if f"//{address}" in url or f"//[{address}]" in url), "")
    return own, texts.get((*match, "Scopes"), "") if own else ""


def _by_http(address: str, port: int, timeout_s: float) -> str:
    """Return the device service at a port that says the time, "" where there is none."""
    link = http.client.HTTPConnection(address, port, timeout=timeout_s)
    try:
        body = envelope(_DATE, Account(), now())
        link.request("POST", _ONVIF_PATH, body, {"Content-Type": "application/soap+xml; charset=utf-8"})
        texts = texts_of(link.getresponse().read(_LONGEST_ANSWER))
    except (OSError, http.client.HTTPException, ProbeError):
        return ""
    finally:
        link.close()
    host = f"[{address}]" if ":" in address else address
    where = host if port == 80 else f"{host}:{port}"
    return f"http://{where}{_ONVIF_PATH}" if ("GetSystemDateAndTimeResponse",) in texts else ""


def _rtsp(address: str, wanted: Wanted) -> Found | None:
    host = f"[{address}]" if ":" in address else address
    url = f"rtsp://{host}:{wanted.ports.rtsp}/"
    with socket.create_connection((address, wanted.ports.rtsp), timeout=wanted.timeout_s) as link:
        link.settimeout(wanted.timeout_s)
        link.sendall(f"OPTIONS {url} RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: Roomtone\r\n\r\n".encode())
        answer = link.recv(4096)
    if not answer.startswith(b"RTSP/1."):
        return None
    server = re.search(rb"\r\nServer: *([^\r\n]{1,100})", answer, re.IGNORECASE)
    return Found(
        address=address,
        protocol="rtsp",
        port=wanted.ports.rtsp,
        role="camera",
        model=server[1].decode(errors="replace").strip() if server else "",
        url=url,
        needs="its stream's path, perhaps a username and password",
    )
