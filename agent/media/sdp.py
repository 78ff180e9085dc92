"""What a stream consists of. In: a session description. Out: its tracks. Source: RFC 8866, RFC 2326 C.1."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin

_MOST_TRACKS: Final = 16
# Payload types with a clock that needs no rtpmap (RFC 3551).
_CLOCKS: Final = {0: 8000, 3: 8000, 8: 8000, 9: 8000, 10: 44100, 11: 44100, 14: 90000, 26: 90000, 32: 90000, 33: 90000}


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """One track: `media` is video, audio or application; `clock` ticks a second of its time stamps."""

    media: str
    url: str
    payload_type: int
    codec: str
    clock: int


def tracks_of(text: str, base: str) -> list[Track]:
    """Return the tracks of a description; `base` is what their addresses are relative to."""
    return list(_tracks(text, base))[:_MOST_TRACKS]


def _tracks(text: str, base: str) -> Iterator[Track]:
    session, *sections = ("\n" + text.replace("\r", "")).split("\nm=")
    aggregate = _address(base, _attribute(session, "control"))
    for section in sections:
        words = section.split("\n", 1)[0].split()
        if len(words) < 4 or not words[3].isdigit():
            continue
        number = int(words[3])
        codec, clock = "", _CLOCKS.get(number, 90000 if words[0] == "video" else 8000)
        for line in section.splitlines():
            name, _, described = line.removeprefix("a=rtpmap:").partition(" ")
            if line.startswith("a=rtpmap:") and name == words[3]:
                codec, _, rate = described.partition("/")
                ticks = rate.split("/")[0].strip()
                clock = int(ticks) if ticks.isdigit() and int(ticks) > 0 else clock
        url = _address(aggregate, _attribute(section, "control"))
        yield Track(media=words[0], url=url, payload_type=number, codec=codec.strip().upper(), clock=clock)


def _attribute(section: str, name: str) -> str:
    for line in section.splitlines():
        if line.startswith(f"a={name}:"):
            return line[len(name) + 3 :].strip()
    return ""


def _address(base: str, control: str) -> str:
    if control in ("", "*"):
        return base
    if control.lower().startswith(("rtsp://", "rtspu://")):
        return control
    # RTSP's base is a folder, with or without a slash at its end; urljoin does not know the scheme.
    folder = base if base.endswith("/") else base + "/"
    if control.startswith("/"):
        return "rtsp" + urljoin("http" + base.removeprefix("rtsp"), control).removeprefix("http")
    return folder + control
