"""What looking into recordings costs: the share of a core over a lecture, with the budget that agents have by default.

SOURCES recordings (1280x720, 25 frames a second, sound) grow for MINUTES by a clock of their own, are read each 10 s
as an agent does, and are looked into as often as the budget allows. The share is the processor time of all ffmpeg
runs, by the kernel's count, over that time. The promise is at most 2 % of a core on average.
Usage: bench/media.py [MINUTES [SOURCES]], 45 and 4 by default.
"""

import resource
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from agent.media.kinds import Kind, Source  # noqa: E402
from agent.media.tables import SamplingTable  # noqa: E402
from agent.media.target import FileSource, RecordingTarget  # noqa: E402
from agent.probes.recording import Recording  # noqa: E402
from bench.figures import figure  # noqa: E402
from tests.conftest import find_peer  # noqa: E402
from tests.contract.media_scene import Clock, Growing, read_until_looked, tools_for  # noqa: E402

STEP_S = 10
FILM_S = 60
VIDEO = "testsrc2=s=1280x720:r=25,noise=alls=12:allf=t"


def film(ffmpeg: Path, file: Path, seconds: int) -> None:
    """Write a recording as a classroom's is: one minute, again and again."""
    minute = file.with_name("minute.mkv")
    words = [str(ffmpeg), "-v", "error", "-y", "-f", "lavfi", "-i", VIDEO, "-f", "lavfi", "-i", "sine=f=440"]
    words += ["-t", str(FILM_S), "-c:v", "libx264", "-preset", "ultrafast", "-b:v", "2M", "-maxrate", "2M"]
    words += ["-bufsize", "2M", "-g", "50", "-pix_fmt", "yuv420p", "-c:a", "aac", str(minute)]
    subprocess.run(words, check=True)
    words = [str(ffmpeg), "-v", "error", "-y", "-stream_loop", str(seconds // FILM_S), "-i", str(minute)]
    subprocess.run([*words, "-c", "copy", str(file)], check=True)


def main() -> int:
    minutes = int(sys.argv[1]) if len(sys.argv) > 1 else 45
    names = [f"camera-{n}" for n in range(int(sys.argv[2]) if len(sys.argv) > 2 else 4)]
    ffmpeg, ffprobe = find_peer("ffmpeg"), find_peer("ffprobe")
    if ffmpeg is None or ffprobe is None:
        print("ffmpeg and ffprobe are not here; script/peers installs them where it may", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as scratch:
        folder, clock = Path(scratch), Clock()
        film(ffmpeg, folder / "whole.mkv", minutes * 60)
        (folder / "recordings").mkdir()
        share = SamplingTable().cpu_share
        tools = tools_for(ffmpeg, folder, clock, share=share, window_s=SamplingTable().window_s)
        sources = tuple(FileSource(source=Source(name=name, kind=Kind.CAMERA), files=(f"{name}*",)) for name in names)
        target = RecordingTarget(folders=(folder / "recordings",), files=("*.mkv",), sources=sources)
        probe = Recording(target, tools, state=folder / "state.json", clock=clock)
        list(probe.read(clock.now))
        files = [folder / "recordings" / f"{name}.mkv" for name in names]
        growing = [Growing(ffprobe, folder / "whole.mkv", file) for file in files]
        before, looks = _children_s(), 0
        for at in range(STEP_S, minutes * 60 + 1, STEP_S):
            clock.s += STEP_S
            for one in growing:
                one.grow_to(at)
            list(probe.read(clock.now))
            looks += probe.is_looking
            read_until_looked(probe, clock)
        taken_s = _children_s() - before
    figure("looking_share_of_core", taken_s / (minutes * 60), "1", ratio=taken_s / (minutes * 60) / 0.02, against="2 %")
    figure("looks_per_minute", looks / minutes, "1/min")
    figure("look_cpu_seconds", taken_s / max(1, looks), "s")
    return 0


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.exit(main())
