"""Known faults in recordings that grow, made and looked at by the real ffmpeg: each is found, none in clean ones."""

import logging
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.media.kinds import Kind, Sound, Source
from agent.media.target import FileSource, RecordingTarget
from agent.probes.recording import Recording
from tests.conftest import need_peer
from tests.contract.media_scene import (
    LIVING,
    RATE,
    TONE,
    Clock,
    Growing,
    make,
    read_until_looked,
    remux,
    tools_for,
    values,
)

CAMERA = Source(name="cam", kind=Kind.CAMERA)
STEP_S = 20


@pytest.fixture(scope="module")
def ffmpeg() -> Path:
    return need_peer("ffmpeg")


@pytest.fixture(scope="module")
def ffprobe() -> Path:
    return need_peer("ffprobe")


@pytest.fixture(scope="module")
def films(ffmpeg: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Recordings by name, each made once."""
    folder = tmp_path_factory.mktemp("films")
    half = "asplit[a][b];[a]pan=mono|c0=c0[l];[b]pan=mono|c0=c0,volume=0[r];[l][r]join=inputs=2:channel_layout=stereo"
    makers: dict[str, Callable[[Path], Path]] = {
        "clean.mkv": lambda file: make(ffmpeg, file, 64),
        "black.mkv": lambda file: make(ffmpeg, file, 104, video=f"{LIVING},drawbox=t=fill:c=black:enable='gte(t,21)'"),
        "frozen.mkv": lambda file: make(
            ffmpeg, file, 164, video=f"{LIVING},trim=duration=21,tpad=stop_mode=clone:stop_duration=150"
        ),
        "silent.mkv": lambda file: make(
            ffmpeg, file, 64, video=films("clean.mkv"), audio=f"{TONE},volume=0:enable='gte(t,11)'"
        ),
        "half.mkv": lambda file: make(
            ffmpeg, file, 64, video=films("clean.mkv"), audio=f"sine=f=440,volume=6dB,{half}"
        ),
        "clipped.mkv": lambda file: make(ffmpeg, file, 64, video=films("clean.mkv"), audio=f"{TONE},volume=30dB"),
        "dropping.mkv": lambda file: make(ffmpeg, file, 64, video=f"{LIVING},select='mod(n\\,7)'"),
        "stalled.ts": lambda file: make(ffmpeg, file, 64, video=f"{LIVING},trim=duration=21"),
    }

    def films(name: str) -> Path:
        file = folder / name
        if not file.exists():
            if name in makers:
                makers[name](file)
            else:
                remux(ffmpeg, films(f"{file.stem}.mkv"), file)
        return file

    return films


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "recordings").mkdir()
    return tmp_path / "recordings"


@pytest.fixture
def recorder(ffmpeg: Path, folder: Path, tmp_path: Path, clock: Clock) -> Callable[..., Recording]:
    def build(*sources: Source, share: float = 1.0, **target: object) -> Recording:
        files = tuple(FileSource(source=source) for source in sources or (CAMERA,))
        wanted = RecordingTarget(folders=(folder,), files=("*.*",), sources=files, **target)  # type: ignore[arg-type]
        probe = Recording(
            wanted, tools_for(ffmpeg, tmp_path, clock, share=share), state=tmp_path / "state.json", clock=clock
        )
        list(probe.read(clock.now))
        return probe

    return build


def film(probe: Recording, clock: Clock, growing: Growing, seconds: int) -> Iterator[dict[str, float]]:
    """Record for `seconds` in steps, and yield what each step shows."""
    for at in range(STEP_S, seconds + 1, STEP_S):
        clock.s = 1000.0 + at
        growing.grow_to(at)
        yield values(read_until_looked(probe, clock))


@pytest.mark.parametrize("kind", ["mkv", "ts", "mp4", "flv"])
def test_nothing_is_wrong_with_a_clean_recording(
    kind: str,
    films: Callable[[str], Path],
    ffprobe: Path,
    folder: Path,
    recorder: Callable[..., Recording],
    clock: Clock,
) -> None:
    probe = recorder()
    growing = Growing(ffprobe, films(f"clean.{kind}"), folder / f"lecture.{kind}")
    steps = list(film(probe, clock, growing, 60))
    for shown in steps:
        assert shown["active"] == 1
        assert shown["frame.rate[cam]"] == pytest.approx(RATE, rel=0.05)
        assert shown["frame.age[cam]"] < 2
        assert shown["frame.dropped[cam]"] < 0.03
        assert shown["video.black.duration[cam]"] == 0
        assert shown["video.freeze.duration[cam]"] == 0
        assert shown["audio.silence.duration[cam]"] == 0
        assert shown["audio.clipping[cam]"] == 0
        for instance in ("cam", "cam:1", "cam:2"):
            assert -25 < shown[f"audio.level[{instance}]"] < -5
    assert steps[-1]["growth"] > 1000
    assert steps[-1]["bytes"] == growing.file.stat().st_size


@pytest.mark.parametrize(
    ("name", "seconds", "is_found"),
    [
        pytest.param(
            "black.mkv",
            100,
            lambda shown: shown["video.black.duration[cam]"] >= 60 and shown["video.freeze.duration[cam]"] == 0,
            id="black",
        ),
        pytest.param(
            "frozen.mkv",
            160,
            lambda shown: shown["video.freeze.duration[cam]"] >= 120 and shown["video.black.duration[cam]"] == 0,
            id="frozen",
        ),
        pytest.param(
            "silent.mkv",
            60,
            lambda shown: (
                shown["audio.level[cam]"] < -80
                and shown["audio.silence.duration[cam]"] == pytest.approx(49, abs=5)
                and "audio.level[cam:1]" not in shown
            ),
            id="silent",
        ),
        pytest.param(
            "half.mkv",
            40,
            lambda shown: shown["audio.level[cam:1]"] > -25 and shown["audio.level[cam:2]"] < -80,
            id="one dead channel",
        ),
        pytest.param("clipped.mkv", 40, lambda shown: shown["audio.clipping[cam]"] > 0.1, id="clipping"),
        pytest.param(
            "dropping.mkv",
            40,
            lambda shown: (
                shown["frame.dropped[cam]"] == pytest.approx(1 / 7, abs=0.05) and shown["frame.rate[cam]"] < RATE
            ),
            id="dropped frames",
        ),
        pytest.param("stalled.ts", 60, lambda shown: shown["frame.age[cam]"] > 30, id="picture stopped, sound goes on"),
    ],
)
def test_a_fault_is_found(
    name: str,
    seconds: int,
    is_found: Callable[[dict[str, float]], bool],
    films: Callable[[str], Path],
    ffprobe: Path,
    folder: Path,
    recorder: Callable[..., Recording],
    clock: Clock,
) -> None:
    growing = Growing(ffprobe, films(name), folder / name)
    *_, shown = film(recorder(), clock, growing, seconds)
    assert is_found(shown), shown


def test_slides_may_stand_still_and_be_black(
    films: Callable[[str], Path], ffprobe: Path, folder: Path, recorder: Callable[..., Recording], clock: Clock
) -> None:
    probe = recorder(Source(name="slides", kind=Kind.SLIDES))
    *_, shown = film(probe, clock, Growing(ffprobe, films("black.mkv"), folder / "slides.mkv"), 60)
    assert shown["frame.rate[slides]"] == pytest.approx(RATE, rel=0.05)
    assert not [name for name in shown if name.startswith("video.")]


def test_a_recording_without_sound_is_silent_where_sound_is_expected(
    ffmpeg: Path, films: Callable[[str], Path], folder: Path, recorder: Callable[..., Recording], clock: Clock
) -> None:
    probe = recorder(Source(name="cam", sound=Sound.EXPECTED))
    subprocess.run(
        [str(ffmpeg), "-v", "error", "-i", str(films("clean.mkv")), "-an", "-c", "copy", str(folder / "mute.mkv")],
        check=True,
    )
    clock.s += STEP_S
    shown = values(read_until_looked(probe, clock))
    assert shown["audio.level[cam]"] == -120


@pytest.mark.parametrize("kind", ["mkv", "mp4"])
def test_a_file_that_was_never_finished_can_be_looked_into(
    kind: str, ffmpeg: Path, folder: Path, recorder: Callable[..., Recording], clock: Clock
) -> None:
    probe = recorder()
    file = folder / f"lecture.{kind}"
    words = [str(ffmpeg), "-v", "error", "-f", "lavfi", "-i", LIVING, "-f", "lavfi", "-i", TONE]
    words += ["-c:v", "libx264", "-preset", "ultrafast", "-g", str(2 * RATE), "-c:a", "aac", "-flush_packets", "1"]
    words += ["-movflags", "frag_keyframe+empty_moov"] if kind == "mp4" else []
    with subprocess.Popen([*words, str(file)], stdin=subprocess.DEVNULL) as running:
        try:
            end = time.monotonic() + 30
            while not file.exists() or file.stat().st_size < 1_200_000:
                assert time.monotonic() < end
                time.sleep(0.02)
        finally:
            running.send_signal(signal.SIGKILL)
    clock.s += STEP_S
    shown = values(read_until_looked(probe, clock))
    assert shown["frame.rate[cam]"] == pytest.approx(RATE, rel=0.05)
    assert shown["video.freeze.duration[cam]"] == 0
    assert shown["audio.level[cam]"] > -25


def test_a_recorder_that_holds_its_file_and_writes_nothing_is_found(
    films: Callable[[str], Path], ffprobe: Path, folder: Path, recorder: Callable[..., Recording], clock: Clock
) -> None:
    file = folder / "lecture.mkv"
    growing = Growing(ffprobe, films("clean.mkv"), file)
    program = Path(sys.executable).name
    probe = recorder(programs=(program,))
    *_, shown = film(probe, clock, growing, 20)
    hold = f"import sys; f = open({str(file)!r}, 'ab'); print('holds', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        holder.stdout.readline()
        growing.grow_to(40)
        clock.s += STEP_S
        read_until_looked(probe, clock)
        for _ in range(6):
            clock.s += 10
            shown = values(read_until_looked(probe, clock))
            assert (shown["active"], shown["growth"]) == (1, 0)
        assert shown["frame.age[cam]"] >= 60
        holder.stdin.close()
        holder.wait(10)
    clock.s += 10
    shown = values(probe.read(clock.now))
    assert (shown["active"], shown["growth"]) == (0, 0)


def test_an_mp4_in_one_piece_is_said_to_be_unreadable_once_and_all_else_goes_on(
    ffmpeg: Path,
    films: Callable[[str], Path],
    folder: Path,
    recorder: Callable[..., Recording],
    clock: Clock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    probe = recorder()
    whole = folder.parent / "whole.mp4"
    subprocess.run([str(ffmpeg), "-v", "error", "-i", str(films("clean.mkv")), "-c", "copy", str(whole)], check=True)
    data = whole.read_bytes()
    file = folder / "lecture.mp4"
    with caplog.at_level(logging.WARNING, "agent.media"):
        for part in range(1, 8):
            file.write_bytes(data[: part * len(data) // 10])
            clock.s += 60
            shown = values(read_until_looked(probe, clock))
            assert shown["active"] == 1
            assert shown["growth"] > 0
            assert "frame.rate[cam]" not in shown
    said = [record.message for record in caplog.records if "fragmented MP4" in record.message]
    assert len(said) == 1


def test_garbage_costs_only_its_own_picture(
    films: Callable[[str], Path], ffprobe: Path, folder: Path, recorder: Callable[..., Recording], clock: Clock
) -> None:
    junk = Source(name="junk", kind=Kind.CAMERA)
    probe = recorder()
    probe = Recording(
        RecordingTarget(
            folders=(folder,),
            files=("*.*",),
            sources=(FileSource(source=CAMERA, files=("lecture*",)), FileSource(source=junk, files=("junk*",))),
        ),
        tools_for(need_peer("ffmpeg"), folder.parent, clock),
        state=folder.parent / "state.json",
        clock=clock,
    )
    list(probe.read(clock.now))
    growing = Growing(ffprobe, films("clean.mkv"), folder / "lecture.mkv")
    heads = [
        b"",
        b"\x1a\x45\xdf\xa3",
        b"\0\0\0\x18ftypisom",
        b"FLV\x01\x05\0\0\0\x09",
        b"G" + b"\0" * 187 + b"G" + b"\0" * 187 + b"G",
    ]
    for number, head in enumerate(heads):
        (folder / f"junk{number}.mkv").write_bytes(head + os.urandom(400_000))
        clock.s += STEP_S
        growing.grow_to((number + 1) * 12)
        for _ in range(2):
            shown = values(read_until_looked(probe, clock))
        assert shown["active"] == 1
    assert shown["frame.rate[cam]"] == pytest.approx(RATE, rel=0.05)
    assert shown["audio.level[cam]"] > -25


def test_looks_keep_to_their_share_of_a_core(
    films: Callable[[str], Path], ffprobe: Path, folder: Path, recorder: Callable[..., Recording], clock: Clock
) -> None:
    share, seconds = 0.004, 600
    probe = recorder(share=share)
    growing = Growing(ffprobe, films("clean.mkv"), folder / "lecture.mkv")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for step in range(seconds // 10):
        clock.s += 10
        growing.grow_to(step)
        read_until_looked(probe, clock)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    taken_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    looks = probe._views["cam"].watch.looks
    assert looks >= 3
    # What may be saved up before, the share of the time, and one look too many.
    assert taken_s <= 1.0 + share * seconds + 2 * taken_s / looks
    assert taken_s == pytest.approx(probe._views["cam"].watch._tools.budget.spent_s, rel=0.05, abs=0.05)
