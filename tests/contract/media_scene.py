"""Recordings with known faults, made by ffmpeg, and a recorder that writes them little by little."""

import subprocess
import time
from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path

from agent.media.budget import Budget
from agent.media.watch import Tools
from agent.probes.recording import Recording
from agent.reading import Reading

RATE = 5
START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
# Every pixel changes in every picture, as in a living camera's.
LIVING = f"testsrc2=s=64x36:r={RATE},noise=alls=20:allf=t"
STEREO = "aformat=channel_layouts=stereo:sample_rates=8000"
TONE = f"sine=f=440,volume=6dB,{STEREO}"
_MUXER = {
    "mkv": ("-f", "matroska"),
    "ts": ("-f", "mpegts"),
    "mp4": ("-f", "mp4", "-movflags", "frag_keyframe+empty_moov"),
    "flv": ("-f", "flv"),
}


def make(ffmpeg: Path, file: Path, seconds: float, *, video: str | Path = LIVING, audio: str = TONE) -> Path:
    """Write a recording with a key frame each two seconds; `video` is a filter graph, or a file to take it from."""
    words = [str(ffmpeg), "-v", "error", "-y"]
    words += ["-i", str(video)] if isinstance(video, Path) else ["-f", "lavfi", "-i", video]
    words += ["-f", "lavfi", "-i", audio, "-map", "0:v", "-map", "1:a", "-t", str(seconds)]
    if isinstance(video, Path):
        words += ["-c:v", "copy"]
    else:
        words += ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", str(2 * RATE)]
        words += ["-fps_mode", "passthrough"]
    words += ["-c:a", "aac", "-flush_packets", "1", *_MUXER[file.suffix[1:]], str(file)]
    subprocess.run(words, check=True, timeout=60)
    return file


def remux(ffmpeg: Path, whole: Path, file: Path) -> Path:
    """Write the same recording into another kind of file."""
    words = [str(ffmpeg), "-v", "error", "-y", "-i", str(whole), "-c", "copy", *_MUXER[file.suffix[1:]], str(file)]
    subprocess.run(words, check=True, timeout=60)
    return file


class Growing:
    """A file that a recorder writes: `grow_to` appends what it would have written by then."""

    def __init__(self, ffprobe: Path, whole: Path, file: Path) -> None:
        self.file = file
        self._whole = whole
        self._size = whole.stat().st_size
        listed = subprocess.run(
            [str(ffprobe), "-v", "error", "-show_entries", "packet=pts_time,pos", "-of", "csv=p=0", str(whole)],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        rows = [line.split(",")[:2] for line in listed.splitlines() if "," in line]
        pairs = sorted((float(at), int(pos)) for at, pos in rows if pos not in ("N/A", "") and at != "N/A")
        self._first = pairs[0][0]
        self._times = [at for at, _ in pairs]
        self._ends = list(accumulate((pos for _, pos in pairs), max))

    def grow_to(self, seconds: float) -> None:
        """Write all that belongs to the first `seconds`."""
        number = bisect_right(self._times, seconds + self._first) - 1
        end = self._size if number == len(self._times) - 1 else self._ends[max(0, number)]
        have = self.file.stat().st_size if self.file.exists() else 0
        with self._whole.open("rb") as source, self.file.open("ab") as stream:
            source.seek(have)
            stream.write(source.read(max(0, end - have)))


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.s = 1000.0

    def __call__(self) -> float:
        return self.s

    @property
    def now(self) -> datetime:
        return START + timedelta(seconds=self.s - 1000.0)


def tools_for(ffmpeg: Path, scratch: Path, clock: Clock, *, share: float = 1.0, window_s: float = 10.0) -> Tools:
    """Return tools that never wait for the computer, only for the budget."""
    return Tools(
        ffmpeg=str(ffmpeg),
        budget=Budget(share=share, clock=clock),
        busy=lambda: False,
        window_s=window_s,
        scratch=scratch / "looks",
        clock=clock,
        steps_back=False,  # behind every other test of a busy machine, a look would never end
    )


def read_until_looked(probe: Recording, clock: Clock, *, within_s: float = 90.0) -> list[Reading]:
    """Read, and read on at the same instant, until each look that was begun has been taken."""
    end = time.monotonic() + within_s
    readings = list(probe.read(clock.now))
    while probe.is_looking:
        assert time.monotonic() < end, "a look takes too long"
        time.sleep(0.02)
        readings = list(probe.read(clock.now))
    return readings


def values(readings: Sequence[Reading]) -> dict[str, float]:
    """Return values by metric and instance, without the prefix that all share."""
    return {
        r.metric.removeprefix("classroom.recording.") + (f"[{r.instance}]" if r.instance else ""): float(r.value)
        for r in readings
    }
