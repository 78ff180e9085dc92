"""Streams with known faults, over real RTSP and ONVIF: each is found, none in clean ones; hostility is survived."""

import logging
import os
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from agent.errors import ProbeError
from agent.media.account import Account
from agent.media.kinds import Kind, Source
from agent.media.target import StreamTarget
from agent.probes.stream import Stream
from tests.conftest import need_peer
from tests.contract.media_scene import LIVING, RATE, TONE, Clock, make, tools_for, values
from tests.onvif_camera import OnvifCamera
from tests.onvif_camera import serving as serving_onvif
from tests.rtsp_camera import Camera, Film, record, serving

STEP_S = 30
TIMEOUT_S = 1.0
VIEWER = Account(username="viewer", password="secret")


@pytest.fixture(scope="module")
def ffmpeg() -> Path:
    return need_peer("ffmpeg")


@pytest.fixture(scope="module")
def films(ffmpeg: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Film]:
    """What cameras show, by name, each made once."""
    folder = tmp_path_factory.mktemp("films")
    half = "asplit[a][b];[a]pan=mono|c0=c0[l];[b]pan=mono|c0=c0,volume=0[r];[l][r]join=inputs=2:channel_layout=stereo"
    makers: dict[str, dict[str, str]] = {
        "clean": {},
        "black": {"video": f"{LIVING},drawbox=t=fill:c=black:enable='gte(t,20)'"},
        "frozen": {"video": f"{LIVING},trim=duration=20,tpad=stop_mode=clone:stop_duration=200"},
        "silent": {"audio": f"{TONE},volume=0:enable='gte(t,20)'"},
        "half": {"audio": f"sine=f=440,volume=6dB,{half}"},
        "dropping": {"video": f"{LIVING},select='mod(n\\,7)'"},
    }
    made: dict[str, Film] = {}

    def films(name: str) -> Film:
        if name not in made:
            made[name] = record(ffmpeg, make(ffmpeg, folder / f"{name}.mkv", 180, **makers[name]))
        return made[name]

    return films


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def camera(clock: Clock) -> Iterator[Camera]:
    with serving(Camera(at_s=lambda: clock.s - 1000.0)) as camera:
        yield camera


@pytest.fixture
def onvif() -> Iterator[OnvifCamera]:
    with serving_onvif(OnvifCamera()) as camera:
        yield camera


def probe_of(
    url: str,
    clock: Clock,
    *,
    tools: object = None,
    kind: Kind = Kind.CAMERA,
    account: Account | None = None,
    onvif: str = "",
) -> Stream:
    target = StreamTarget(
        id="cam-1",
        url=url,
        source=Source(name="cam", kind=kind, device="cam-1"),
        account=account or Account(),
        onvif=onvif,
        timeout_s=TIMEOUT_S,
    )
    return Stream(target, tools, clock=clock)  # type: ignore[arg-type]  # tools, or None


def watch(probe: Stream, clock: Clock, seconds: int) -> dict[str, float]:
    """Read in steps for so long by the clock, and return what the last one shows."""
    shown: dict[str, float] = {}
    for _ in range(seconds // STEP_S):
        shown = settled(probe, clock)
        clock.s += STEP_S
    return shown


def settled(probe: Stream, clock: Clock) -> dict[str, float]:
    """Read, and at the same instant read on until the look that was begun has been taken."""
    end = time.monotonic() + 90
    readings = list(probe.read(clock.now))
    while probe._watch is not None and probe._watch.is_looking:
        assert time.monotonic() < end, "a look takes too long"
        time.sleep(0.02)
        readings = list(probe.read(clock.now))
    return values(readings)


@pytest.mark.parametrize("algorithm", ["", "MD5", "SHA-256"])
def test_nothing_is_wrong_with_a_clean_stream(
    algorithm: str, camera: Camera, films: Callable[[str], Film], ffmpeg: Path, clock: Clock, tmp_path: Path
) -> None:
    camera.film = films("clean")
    if algorithm:
        camera.account, camera.algorithm = ("viewer", "secret"), algorithm
    # ffmpeg itself knows no SHA-256.
    tools = tools_for(ffmpeg, tmp_path, clock) if algorithm != "SHA-256" else None
    shown = watch(probe_of(camera.url, clock, tools=tools, account=VIEWER if algorithm else None), clock, 60)
    assert shown["hw.status[rtsp]"] == 0
    assert shown["frame.rate[cam]"] == pytest.approx(RATE, rel=0.05)
    assert shown["frame.age[cam]"] < 2
    assert shown["frame.dropped[cam]"] == 0
    if tools is not None:
        assert shown["video.black.duration[cam]"] == 0
        assert shown["video.freeze.duration[cam]"] == 0
        assert shown["audio.silence.duration[cam]"] == 0
        for instance in ("cam", "cam:1", "cam:2"):
            assert -25 < shown[f"audio.level[{instance}]"] < -5
    # A place at the camera is given back.
    assert "TEARDOWN" in camera.asked or camera.asked.count("PLAY") > 0


@pytest.mark.parametrize(
    ("name", "seconds", "is_found"),
    [
        pytest.param(
            "black",
            120,
            lambda shown: shown["video.black.duration[cam]"] >= 60 and shown["video.freeze.duration[cam]"] == 0,
            id="black",
        ),
        pytest.param(
            "frozen",
            180,
            lambda shown: shown["video.freeze.duration[cam]"] >= 120 and shown["video.black.duration[cam]"] == 0,
            id="frozen",
        ),
        pytest.param(
            "silent",
            120,
            lambda shown: shown["audio.level[cam]"] < -80 and shown["audio.silence.duration[cam]"] >= 60,
            id="silent",
        ),
        pytest.param(
            "half",
            60,
            lambda shown: shown["audio.level[cam:1]"] > -25 and shown["audio.level[cam:2]"] < -80,
            id="one dead channel",
        ),
        pytest.param("dropping", 160, lambda shown: 0.05 < shown["frame.dropped[cam]"] < 0.3, id="dropped frames"),
    ],
)
def test_a_fault_is_found(
    name: str,
    seconds: int,
    is_found: Callable[[dict[str, float]], bool],
    camera: Camera,
    films: Callable[[str], Film],
    ffmpeg: Path,
    clock: Clock,
    tmp_path: Path,
) -> None:
    camera.film = films(name)
    shown = watch(probe_of(camera.url, clock, tools=tools_for(ffmpeg, tmp_path, clock)), clock, seconds)
    assert is_found(shown), shown


def test_slides_are_never_called_frozen(
    camera: Camera, films: Callable[[str], Film], ffmpeg: Path, clock: Clock, tmp_path: Path
) -> None:
    camera.film = films("frozen")
    probe = probe_of(camera.url, clock, tools=tools_for(ffmpeg, tmp_path, clock), kind=Kind.SLIDES)
    assert not [name for name in watch(probe, clock, 180) if name.startswith("video.")]


def test_a_session_that_answers_and_sends_no_frame_is_told_by_the_age_of_the_last_one(
    camera: Camera, films: Callable[[str], Film], clock: Clock
) -> None:
    camera.film = films("clean")
    probe = probe_of(camera.url, clock)
    assert settled(probe, clock)["frame.age[cam]"] < 2
    camera.sends_nothing = True
    for halves in range(1, 4):
        clock.s += 30
        shown = settled(probe, clock)
        assert shown["hw.status[rtsp]"] == 0
        assert shown["frame.age[cam]"] == pytest.approx(30 * halves, abs=3)
    camera.sends_nothing = False
    clock.s += 30
    assert settled(probe, clock)["frame.age[cam]"] < 2


def test_a_wrong_password_says_that_we_cannot_see_and_nothing_of_the_stream(
    camera: Camera, films: Callable[[str], Film], clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    camera.film, camera.account = films("clean"), ("viewer", "another")
    probe = probe_of(camera.url, clock, account=VIEWER)
    with caplog.at_level(logging.WARNING, "agent.media"):
        shown = [settled(probe, clock) for _ in range(3)]
    assert shown == [{"hw.status[rtsp]": 5}] * 3
    assert [record.message.count("refuses the username or password") for record in caplog.records] == [1]


# ---------------------------------------------------------------- ONVIF


def test_onvif_tells_what_the_camera_is_and_how_its_clock_stands(
    camera: Camera, onvif: OnvifCamera, films: Callable[[str], Film], clock: Clock
) -> None:
    camera.film = films("clean")
    onvif.ahead = timedelta(seconds=-95)
    probe = probe_of(camera.url, clock, account=VIEWER, onvif=onvif.url)
    shown = settled(probe, clock)
    assert shown["hw.status[onvif]"] == 0
    assert shown["classroom.clock.offset"] == pytest.approx(-95, abs=1.5)
    assert probe.properties == {
        "vendor": "HIKVISION", "model": "DS-2CD2T47G2", "firmware": "V5.7.3", "serial": "DS-2CD2T47G2-0047"
    }  # fmt: skip
    # Once a minute, not at each step.
    settled(probe, clock)
    assert onvif.asked == ["GetSystemDateAndTime", "GetDeviceInformation"]


def test_onvif_with_a_wrong_password_still_tells_the_time(
    camera: Camera, onvif: OnvifCamera, films: Callable[[str], Film], clock: Clock
) -> None:
    camera.film, onvif.password = films("clean"), "another"
    probe = probe_of(camera.url, clock, account=VIEWER, onvif=onvif.url)
    shown = settled(probe, clock)
    assert shown["hw.status[onvif]"] == 5
    assert shown["classroom.clock.offset"] == pytest.approx(0, abs=1.5)
    assert shown["frame.age[cam]"] < 2
    assert probe.properties == {}


BOMB = b'<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "' + b"x" * 1000 + b'">]><b>' + b"&a;" * 1000 + b"</b>"


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(os.urandom(5000), id="garbage"),
        pytest.param(b"<Envelope><Body>", id="cut"),
        pytest.param(BOMB, id="a document type"),
        pytest.param(b"<a>" * 5000, id="deep"),
        pytest.param(b"<a>" + b" " * (2 << 20), id="endless"),
        pytest.param(b"<html><body>Please sign in</body></html>", id="a web page"),
    ],
)
def test_an_onvif_service_that_talks_nonsense_is_degraded_and_frames_are_counted_on(
    raw: bytes, camera: Camera, onvif: OnvifCamera, films: Callable[[str], Film], clock: Clock
) -> None:
    camera.film, onvif.raw = films("clean"), raw
    shown = settled(probe_of(camera.url, clock, account=VIEWER, onvif=onvif.url), clock)
    assert shown["hw.status[onvif]"] == 1
    assert "classroom.clock.offset" not in shown
    assert shown["frame.rate[cam]"] == pytest.approx(RATE, rel=0.05)


# ---------------------------------------------------------------- hostile servers


def endless(piece: bytes) -> Callable[[], Iterator[bytes]]:
    def pieces() -> Iterator[bytes]:
        while True:
            yield piece

    return pieces


def slowly(text: bytes) -> Callable[[], Iterator[bytes]]:
    def pieces() -> Iterator[bytes]:
        for letter in text:
            yield bytes([letter])
            time.sleep(0.05)

    return pieces


HOSTILE = [
    pytest.param(lambda: iter([os.urandom(4000)]), id="garbage"),
    pytest.param(lambda: iter([b"HTTP/1.1 400 Bad Request\r\n\r\n"]), id="a web server"),
    pytest.param(lambda: iter([b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nPub"]), id="a cut answer"),
    pytest.param(
        lambda: iter([b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 99999999999\r\n\r\n"]), id="a vast body"
    ),
    pytest.param(lambda: iter([b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 100\r\n\r\nv=0"]), id="a cut body"),
    pytest.param(lambda: iter([b"RTSP/1.0 2oo OK\r\nCSeq: 1\r\n\r\n"]), id="no status"),
    pytest.param(lambda: iter(()), id="silence"),
    pytest.param(endless(b"X-Header: more\r\n"), id="endless headers"),
    pytest.param(endless(b"RTSP/1.0 200 OK\r\nCSeq: 77\r\n\r\n"), id="endless answers to other questions"),
    pytest.param(endless(b"\r\n" * 500), id="endless empty lines"),
    pytest.param(endless(b"$\x00\xff\xff" + b"\0" * 65535), id="endless packets"),
    pytest.param(slowly(b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nServer: " + b"x" * 1000), id="a letter at a time"),
]


@pytest.mark.parametrize("says", HOSTILE)
def test_a_hostile_server_is_an_error_within_bounds(
    says: Callable[[], Iterator[bytes]], camera: Camera, clock: Clock
) -> None:
    camera.says = says
    probe = probe_of(camera.url, clock)
    before, began = psutil.Process().memory_info().rss, time.monotonic()
    with pytest.raises(ProbeError) as caught:
        list(probe.read(clock.now))
    assert time.monotonic() - began < 2 * TIMEOUT_S + 1
    assert psutil.Process().memory_info().rss - before < 100 << 20
    assert str(caught.value).isprintable()


def test_a_hostile_stream_costs_nothing_of_what_onvif_tells(camera: Camera, onvif: OnvifCamera, clock: Clock) -> None:
    camera.says = lambda: iter([os.urandom(4000)])
    shown = settled(probe_of(camera.url, clock, account=VIEWER, onvif=onvif.url), clock)
    assert shown["hw.status[onvif]"] == 0
    assert shown["classroom.clock.offset"] == pytest.approx(0, abs=1.5)
    assert [name for name in shown if "[cam]" in name] == ["frame.age[cam]"]


def test_a_camera_that_does_not_answer_is_gone(clock: Clock) -> None:
    with serving(Camera()) as camera:
        url = camera.url
    with pytest.raises(ProbeError, match="does not answer"):
        list(probe_of(url, clock).read(clock.now))
