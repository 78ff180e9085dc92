"""Video and sound devices of Linux: V4L2 in sysfs, ALSA in /proc.

The signal at a video input is asked for through v4l2-ctl, the capture switch of a sound card through amixer.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from agent.errors import ProbeError
from agent.probes.capture_device import Device
from agent.probes.program import find_program, run

VIDEO: Final = Path("/sys/class/video4linux")
CARDS: Final = Path("/proc/asound/cards")
_ASK_S: Final = 5.0
_CARD: Final = re.compile(r"^ *(\d+) \[(.+?) *\]: (.+?) - (.+)$")
# What VIDIOC_QUERY_DV_TIMINGS fails with when there is no signal, or none to lock to: ENOLINK, ENOLCK, ERANGE.
_NO_SIGNAL: Final = ("Link has been severed", "No locks available", "Numerical result out of range")
_TIMINGS: Final = re.compile(r"Active width: (\d+)")
# One control of `amixer`: its name and number, what it can do, and the switch of each channel.
_CONTROL: Final = re.compile(r"^Simple mixer control '(.*)',(\d+)$")
_SWITCH: Final = re.compile(r"^  .+?: .*\bCapture\b.*\[(on|off)\]")
_INPUT: Final = re.compile(r"Video input *: \d+ \(.*: (.+)\)")


def devices() -> list[Device]:
    """Return the video and sound devices that are there."""
    return [*_video(VIDEO), *_audio(CARDS)]


def _video(folder: Path) -> Iterator[Device]:
    try:
        nodes = sorted(folder.iterdir())
    except OSError:
        return
    for node in nodes:
        # A device may have more nodes than one, as for its metadata; the first is the picture.
        if node.name.startswith("video") and _said(node / "index") in ("", "0"):
            name = _said(node / "name")
            yield Device(names=(name or node.name, node.name), is_video=True, node=f"/dev/{node.name}")


def _audio(file: Path) -> Iterator[Device]:
    lines = _said(file).splitlines()
    for n, line in enumerate(lines):
        found = _CARD.match(line)
        if found is not None:
            long_name = lines[n + 1].strip() if n + 1 < len(lines) else ""
            names = tuple(x for x in (found[4].strip(), found[2], long_name) if x)
            yield Device(names=names, is_video=False, node=f"hw:{found[1]}")


def _said(file: Path) -> str:
    try:
        # Only the end is blank for sure: cards' numbers are aligned.
        return file.read_text("utf-8", "replace").rstrip()
    except OSError:
        return ""


def signal_lock(node: str) -> bool | None:
    """Return whether a signal is at a device's input; None where it cannot tell, as a camera cannot."""
    try:
        done = run([find_program("v4l2-ctl"), f"--device={node}", "--get-input", "--query-dv-timings"], _ASK_S)
    except ProbeError:
        return None
    said = done.text + done.error.decode("utf-8", "replace")
    if any(sign in said for sign in _NO_SIGNAL):
        return False
    width = _TIMINGS.search(said)
    if width is not None:
        return int(width[1]) > 0
    state = _INPUT.search(said)
    # "ok" is also what drivers say that do not look.
    return False if state is not None and ("no signal" in state[1] or "no power" in state[1]) else None


def is_muted(card: str) -> bool | None:
    """Return whether a sound card's capture switch is off; None where it has none, or cannot be asked.

    Of several switches that of the first `Capture` counts, which is the one in the way of all inputs; of a card that
    has none of this name, as a USB microphone, all must be off.
    """
    try:
        done = run([find_program("amixer"), f"--device={card}"], _ASK_S)
    except ProbeError:
        return None
    switches: dict[str, list[bool]] = {}
    control = ""
    for line in done.text.splitlines():
        begins = _CONTROL.match(line)
        if begins is not None:
            control = f"{begins[1]},{begins[2]}"
        elif (switch := _SWITCH.match(line)) is not None:
            switches.setdefault(control, []).append(switch[1] == "on")
    counting = [switches["Capture,0"]] if "Capture,0" in switches else list(switches.values())
    return not any(on for channels in counting for on in channels) if counting else None
