"""A camera's ONVIF device service over a real socket: time without an account, all else with a WS-Security digest."""

import hashlib
import re
import threading
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_FRESH = timedelta(seconds=5)
_ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?><env:Envelope xmlns:env="http://www.w3.org/2003/05/soap-envelope"'
    ' xmlns:tds="http://www.onvif.org/ver10/device/wsdl" xmlns:tt="http://www.onvif.org/ver10/schema"'
    ' xmlns:ter="http://www.onvif.org/ver10/error"><env:Body>{}</env:Body></env:Envelope>'
)
_REFUSAL = (
    "<env:Fault><env:Code><env:Value>env:Sender</env:Value><env:Subcode><env:Value>ter:NotAuthorized</env:Value>"
    '</env:Subcode></env:Code><env:Reason><env:Text xml:lang="en">Sender not authorized</env:Text></env:Reason>'
    "</env:Fault>"
)


@dataclass
class OnvifCamera:
    """Its account, how far its clock is ahead, and bytes that it answers instead, if any."""

    username: str = "viewer"
    password: str = "secret"
    ahead: timedelta = timedelta()
    raw: bytes | None = None
    asked: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/onvif/device_service"

    def answer(self, body: str) -> tuple[int, bytes]:
        """Return status and body for a request."""
        found = re.search(r"<(Get\w+)", body)
        operation = found[1] if found else ""
        self.asked.append(operation)
        if self.raw is not None:
            return 200, self.raw
        now = datetime.now(UTC) + self.ahead
        if operation == "GetSystemDateAndTime":
            return 200, _ENVELOPE.format(_time(now)).encode()
        if not self._is_proven(body, now):
            return 400, _ENVELOPE.format(_REFUSAL).encode()
        return 200, _ENVELOPE.format(
            "<tds:GetDeviceInformationResponse><tds:Manufacturer>HIKVISION</tds:Manufacturer>"
            "<tds:Model>DS-2CD2T47G2</tds:Model><tds:FirmwareVersion>V5.7.3</tds:FirmwareVersion>"
            "<tds:SerialNumber>DS-2CD2T47G2-0047</tds:SerialNumber><tds:HardwareId>88</tds:HardwareId>"
            "</tds:GetDeviceInformationResponse>"
        ).encode()

    def _is_proven(self, body: str, now: datetime) -> bool:
        said = dict(re.findall(r"<(Username|Password|Nonce|Created)(?:\s[^>]*)?>([^<]*)<", body))
        if said.keys() != {"Username", "Password", "Nonce", "Created"} or said["Username"] != self.username:
            return False
        digest = hashlib.sha1(b64decode(said["Nonce"]) + said["Created"].encode() + self.password.encode()).digest()
        is_fresh = abs(datetime.fromisoformat(said["Created"]) - now) < _FRESH
        return is_fresh and said["Password"] == b64encode(digest).decode()


def _time(now: datetime) -> str:
    return (
        "<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:DateTimeType>NTP</tt:DateTimeType>"
        "<tt:DaylightSavings>false</tt:DaylightSavings><tt:TimeZone><tt:TZ>CST-8</tt:TZ></tt:TimeZone><tt:UTCDateTime>"
        f"<tt:Time><tt:Hour>{now.hour}</tt:Hour><tt:Minute>{now.minute}</tt:Minute><tt:Second>{now.second}</tt:Second>"
        f"</tt:Time><tt:Date><tt:Year>{now.year}</tt:Year><tt:Month>{now.month}</tt:Month><tt:Day>{now.day}</tt:Day>"
        "</tt:Date></tt:UTCDateTime></tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>"
    )


@contextmanager
def serving(camera: OnvifCamera) -> Iterator[OnvifCamera]:
    """Let a camera answer at a free port of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            status, content = camera.answer(body)
            self.send_response(status)
            self.send_header("Content-Type", "application/soap+xml")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    camera.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield camera
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
