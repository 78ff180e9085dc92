"""Video and sound devices of Windows, by the names that DirectShow and WASAPI show, through PowerShell."""

import json
from typing import Any, Final

from agent.errors import ProbeError
from agent.probes.capture_device import Device
from agent.probes.program import find_program, run

_ASK_S: Final = 25.0
_VIDEO: Final = frozenset({"camera", "image"})
# Capture cards are of the class Media, as sound cards are; so both kinds are looked for among them.
_BOTH: Final = frozenset({"media"})
_SOUND: Final = frozenset({"audioendpoint"})
_SCRIPT: Final = (
    "[Console]::OutputEncoding=[Text.Encoding]::UTF8;"
    "ConvertTo-Json -Compress @(Get-CimInstance Win32_PnPEntity -Property Name,PNPClass,Status,Present"
    " -Filter \"PNPClass='Camera' OR PNPClass='Image' OR PNPClass='MEDIA' OR PNPClass='AudioEndpoint'\""
    " | Select-Object Name,PNPClass,Status,Present)"
)


def devices() -> list[Device]:
    """Return the video and sound devices that are there.

    Raises:
        ProbeError: PowerShell does not tell.
    """
    program = find_program("powershell")
    done = run([program, "-NoProfile", "-NonInteractive", "-Command", _SCRIPT], _ASK_S)
    try:
        said = json.loads(done.text.lstrip("\ufeff") or "[]")
    except (ValueError, RecursionError) as error:
        raise ProbeError(f"Windows does not tell its devices: {done.complaint()}") from error
    if done.status != 0:
        raise ProbeError(f"Windows does not tell its devices: {done.complaint()}")
    rows = said if isinstance(said, list) else [said]
    return [device for row in rows if isinstance(row, dict) for device in _of(row)]


def _of(row: dict[str, Any]) -> list[Device]:
    name, kind = row.get("Name"), str(row.get("PNPClass", "")).lower()
    if not isinstance(name, str) or not name or row.get("Present") is False:
        return []
    # "Error" is a device with an exclamation mark in the Device Manager.
    is_well = row.get("Status", "OK") in ("OK", None)
    found = []
    if kind in _VIDEO | _BOTH:
        found.append(Device(names=(name,), is_video=True, is_well=is_well))
    if kind in _SOUND | _BOTH:
        found.append(Device(names=(name,), is_video=False, is_well=is_well))
    return found
