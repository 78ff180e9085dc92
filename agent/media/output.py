"""Reads what ffmpeg printed. In: its standard output (`framecrc`) and its log. Out: a `Look`.

Sources: the ffmpeg filters blackdetect, freezedetect, silencedetect, astats and showinfo, and the framecrc muxer.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from agent.media.look import Look

# Digital silence is minus infinity, which no reading can say.
SILENCE_DB: Final = -120.0
_FULL_SCALE_DB: Final = -0.05
# A silence that ends with the sound itself is one that goes on.
_AT_THE_END_S: Final = 0.3
_MOST_FRAMES: Final = 100_000
_NUMBER: Final = r"(-?(?:\d+(?:\.\d+)?(?:e[-+]?\d+)?|inf|nan))"
_PICTURE: Final = re.compile(rf"\] n: *\d+ pts: *-?\d+ pts_time:{_NUMBER}")
# What the black filter writes onto pictures, and what the others log; each start and end is there once.
_MARK: Final = re.compile(
    r"(?:lavfi\.(black_start|black_end)=|lavfi\.freezedetect\.(freeze_start|freeze_end): "
    rf"|\b(silence_start|silence_end): ){_NUMBER}"
)
_STATISTIC: Final = re.compile(
    rf"astats[^\]]*\] (Channel|Overall|Peak level dB|RMS level dB|Peak count|Number of samples):? ?{_NUMBER}?"
)
_STREAM: Final = re.compile(r"^ +Stream #0:\d+.*?: (Video|Audio): ", re.MULTILINE)


def look_of(output: str, log: str) -> Look:
    """Return what ffmpeg saw; what it did not say, or garbled, is left out."""
    packets = dict(_packets(output))
    frames = sorted(set(packets.get("video", ())))
    sound = sorted(packets.get("audio", ()))
    streams = set(_STREAM.findall(log.partition("\nOutput #")[0]))
    pictures = [float(found) for found in _PICTURE.findall(log) if found not in ("nan", "inf", "-inf")]
    marks = _Marks.of(log)
    statistics = _Statistics.of(log)
    silent = marks.since("silence_start", "silence_end", ending_at=sound[-1] - _AT_THE_END_S if sound else None)
    return Look(
        frames=tuple(frames),
        sound_span=(sound[0], sound[-1]) if sound else None,
        has_video="Video" in streams or bool(frames),
        has_audio="Audio" in streams or bool(sound),
        decoded=len(pictures),
        first_picture=pictures[0] if pictures else None,
        last_picture=pictures[-1] if pictures else None,
        black_since=marks.since("black_start", "black_end"),
        frozen_since=marks.since("freeze_start", "freeze_end"),
        silent_since=silent,
        levels=tuple(channel.rms_db for channel in statistics.channels),
        level=statistics.overall.rms_db if statistics.channels else None,
        clipping=statistics.clipping,
    )


def _packets(output: str) -> Iterator[tuple[str, list[float]]]:
    kinds: dict[str, str] = {}
    ticks: dict[str, float] = {}
    stamps: dict[str, list[float]] = {}
    for line in output.splitlines()[: 2 * _MOST_FRAMES]:
        if line.startswith("#tb "):
            stream, _, ratio = line[4:].partition(": ")
            top, _, bottom = ratio.partition("/")
            if top.isdigit() and bottom.isdigit() and int(bottom):
                ticks[stream] = int(top) / int(bottom)
        elif line.startswith("#media_type "):
            stream, _, kinds[stream] = line[12:].partition(": ")
        elif not line.startswith("#"):
            stream, *rest = (part.strip() for part in line.split(",", 4))
            # dts, pts, duration, size: a packet without a time stamp has NOPTS there.
            if len(rest) >= 4 and rest[1].lstrip("-").isdigit() and stream in ticks:
                stamps.setdefault(stream, []).append(int(rest[1]) * ticks[stream])
    for stream, kind in kinds.items():
        if stream in stamps:
            yield kind, stamps[stream]


@dataclass(slots=True)
class _Marks:
    """The last start and end of each condition, in the order they were printed."""

    last: dict[str, float] = field(default_factory=dict)
    order: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, log: str) -> "_Marks":
        marks = cls()
        for number, (black, freeze, silence, value) in enumerate(_MARK.findall(log)):
            name = black or freeze or silence
            if (at := float(value)) == at:
                marks.last[name], marks.order[name] = at, number
        return marks

    def since(self, start: str, end: str, *, ending_at: float | None = None) -> float | None:
        begun = self.last.get(start)
        if begun is None:
            return None
        ended = self.last.get(end)
        is_over = ended is not None and self.order[end] > self.order[start]
        if is_over and (ending_at is None or (ended is not None and ended < ending_at)):
            return None
        return begun


@dataclass(slots=True)
class _Channel:
    rms_db: float = SILENCE_DB
    peak_db: float = SILENCE_DB
    peaks: float = 0.0


@dataclass(slots=True)
class _Statistics:
    channels: list[_Channel] = field(default_factory=list)
    overall: _Channel = field(default_factory=_Channel)
    samples: float = 0.0

    @classmethod
    def of(cls, log: str) -> "_Statistics":
        statistics = cls()
        current = statistics.overall
        for name, text in _STATISTIC.findall(log):
            value = _finite(text)
            match name:
                case "Channel":
                    current = _Channel()
                    statistics.channels.append(current)
                case "Overall":
                    current = statistics.overall
                case "RMS level dB":
                    current.rms_db = value
                case "Peak level dB":
                    current.peak_db = value
                case "Peak count":
                    current.peaks = max(0.0, value)
                case _:
                    statistics.samples = max(0.0, value)
        return statistics

    @property
    def clipping(self) -> float | None:
        if not self.channels or not self.samples:
            return None
        clipped = sum(c.peaks for c in self.channels if c.peak_db >= _FULL_SCALE_DB)
        return min(1.0, clipped / (self.samples * len(self.channels)))


def _finite(text: str) -> float:
    if text in ("", "nan", "inf", "-inf", "-nan"):
        return SILENCE_DB
    return max(SILENCE_DB, float(text))
