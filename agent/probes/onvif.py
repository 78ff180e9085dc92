"""Asks a camera's ONVIF service. Out: `classroom.clock.offset`, `hw.status[onvif]`, and what the device is.

Source: ONVIF Core Specification, GetSystemDateAndTime and GetDeviceInformation.
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from agent.errors import ProbeError
from agent.media.account import Account
from agent.media.soap import Texts, envelope, texts_of
from agent.media.web import fetch
from agent.now import monotonic_s
from agent.now import now as present
from agent.reading import Reading
from wire.catalogue import HwState

log = logging.getLogger("agent.media")

COMPONENT: Final = "onvif"
_NAMESPACE: Final = "http://www.onvif.org/ver10/device/wsdl"
_TIME: Final = ("GetSystemDateAndTimeResponse", "SystemDateAndTime", "UTCDateTime")
_INFORMATION: Final = "GetDeviceInformationResponse"
_PROPERTIES: Final = {
    "Manufacturer": "vendor",
    "Model": "model",
    "SerialNumber": "serial",
    "FirmwareVersion": "firmware",
}
_EVERY_S: Final = 60.0
_INFORMATION_EVERY_S: Final = 3600.0
_LONGEST_TEXT: Final = 100


class Onvif:
    """The device service of one camera. It is asked once a minute; between, the last answers hold."""

    def __init__(
        self,
        url: str,
        *,
        account: Account,
        device: str,
        timeout_s: float = 5.0,
        clock: Callable[[], float] = monotonic_s,
        present: Callable[[], datetime] = present,
    ) -> None:
        """`url` is the device service, as in http://camera/onvif/device_service."""
        self.properties: Mapping[str, str] = {}
        self._url = url
        self._account = account
        self._device = device
        self._timeout_s = timeout_s
        self._clock = clock
        self._present = present
        self._asked_s = float("-inf")
        self._informed_s = float("-inf")
        self._offset_s: float | None = None
        self._status: HwState | None = None
        self._said = ""

    @property
    def is_there(self) -> bool:
        """Tell whether the service answered when it was last asked, be it to refuse us."""
        return self._status in (HwState.OK, HwState.UNKNOWN)

    def read(self, *, again: bool = False) -> Iterator[Reading]:
        """Return the offset of the camera's clock (positive: it is ahead) and how its service is.

        With `again` it is asked now, whenever it was asked last.
        """
        if again or self._clock() - self._asked_s >= _EVERY_S:
            self._asked_s = self._clock()
            self._status, said = self._ask()
            if said and said != self._said:
                log.warning("ONVIF: %s", said)
            self._said = said
        if self._offset_s is not None:
            yield Reading("classroom.clock.offset", self._offset_s, "", self._device)
        if self._status is not None:
            yield Reading("hw.status", int(self._status), COMPONENT, self._device)

    def _ask(self) -> tuple[HwState | None, str]:
        """Return how the service is and what is wrong with it. A refused account says nothing of the camera."""
        try:
            self._offset_s = self._clock_offset()
            if self._account.username and self._clock() - self._informed_s >= _INFORMATION_EVERY_S:
                information = self._call("GetDeviceInformation", self._account)
                self.properties = _properties(information)
                self._informed_s = self._clock()
        except _NotLetInError as error:
            return HwState.UNKNOWN, str(error)
        except ProbeError as error:
            self._offset_s = None
            return HwState.DEGRADED, str(error)
        return HwState.OK, ""

    def _clock_offset(self) -> float | None:
        before = self._present()
        texts = self._call("GetSystemDateAndTime", Account())
        after = self._present()
        theirs = _instant(texts)
        if theirs is None:
            return None
        # They say whole seconds, cut off: half a second is added back, and half the way is taken off.
        return (theirs + timedelta(seconds=0.5) - (before + (after - before) / 2)).total_seconds()

    def _call(self, operation: str, account: Account) -> Texts:
        # A digest is good by the camera's clock, which may be wrong.
        created = self._present() + timedelta(seconds=self._offset_s or 0.0)
        answer = fetch(
            self._url,
            account=self._account,
            timeout_s=self._timeout_s,
            method="POST",
            body=envelope(f'<{operation} xmlns="{_NAMESPACE}"/>', account, created),
            headers={"Content-Type": f'application/soap+xml; charset=utf-8; action="{_NAMESPACE}/{operation}"'},
        )
        if answer.status in (401, 403):
            raise _NotLetInError(f"{self._url} refuses the username or password for {operation}")
        texts = texts_of(answer.body) if answer.body else {}
        if (f"{operation}Response",) in texts:
            return texts
        reasons = [text for path, text in texts.items() if path[:1] == ("Fault",) and text]
        what = f"{self._url} answers {operation} with {answer.status} {' '.join(reasons)[:200]}".rstrip()
        if any("NotAuthorized" in reason or "not authorized" in reason.lower() for reason in reasons):
            raise _NotLetInError(what)
        raise ProbeError(what)


class _NotLetInError(ProbeError):
    """The service answers, and refuses who we are."""


def _instant(texts: Texts) -> datetime | None:
    def number(*names: str) -> int:
        return int(texts[(*_TIME, *names)])

    try:
        return datetime(
            number("Date", "Year"),
            number("Date", "Month"),
            number("Date", "Day"),
            number("Time", "Hour"),
            number("Time", "Minute"),
            min(59, number("Time", "Second")),
            tzinfo=UTC,
        )
    except (KeyError, ValueError):
        return None


def _properties(texts: Texts) -> Mapping[str, str]:
    found = {name: texts.get((_INFORMATION, element), "") for element, name in _PROPERTIES.items()}
    return {name: "".join(c for c in text if c.isprintable())[:_LONGEST_TEXT] for name, text in found.items() if text}
