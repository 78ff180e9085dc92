"""Capture and sound devices: a tree like Linux's sysfs, and a PowerShell that prints what Windows does."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.errors import ProbeError
from agent.probe_tables import CaptureTable
from agent.probes import capture_linux
from agent.probes.capture import Capture
from tests.fake_programs import Programs

NOW = datetime(2026, 11, 22, tzinfo=UTC)
CARDS = """\
 0 [PCH            ]: HDA-Intel - HDA Intel PCH
                      HDA Intel PCH at 0xf7f10000 irq 32
 1 [Pro            ]: USB-Audio - Scarlett 2i2 USB
                      Focusrite Scarlett 2i2 USB at usb-0000:00:14.0-1, high speed
"""


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    return Programs(tmp_path / "bin", monkeypatch)


@pytest.fixture
def computer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, programs: Programs) -> Path:
    """A Linux computer with two cards of one kind, a camera and two sound cards."""
    monkeypatch.setattr(capture_linux, "VIDEO", tmp_path / "video4linux")
    monkeypatch.setattr(capture_linux, "CARDS", tmp_path / "cards")
    (tmp_path / "cards").write_text(CARDS)
    for n, (name, index) in enumerate(
        [("Pro Capture HDMI", 0), ("Pro Capture HDMI", 0), ("HD Pro Webcam C920", 0), ("HD Pro Webcam C920", 1)]
    ):
        node = tmp_path / "video4linux" / f"video{n}"
        node.mkdir(parents=True)
        (node / "name").write_text(f"{name}\n")
        (node / "index").write_text(f"{index}\n")
    return tmp_path


def told(probe: Capture) -> dict[str, float]:
    return {f"{r.metric}[{r.instance}]": float(r.value) for r in probe.read(NOW)}


def linux(*video: str, audio: tuple[str, ...] = ()) -> Capture:
    return Capture(CaptureTable(video=video, audio=audio), platform="linux")


def test_devices_that_are_there_are_ok(computer: Path) -> None:
    probe = linux("Pro Capture HDMI", "HD Pro Webcam*", audio=("scarlett*", "PCH"))
    assert told(probe) == {
        "hw.status[capture:Pro Capture HDMI]": 0,
        "hw.status[capture:HD Pro Webcam*]": 0,
        "hw.status[audio:scarlett*]": 0,
        "hw.status[audio:PCH]": 0,
    }
    assert probe.troubles == []


def test_a_device_that_is_missing_has_failed_and_those_there_are_named(computer: Path) -> None:
    probe = linux("DeckLink*", audio=("Yeti*",))
    assert told(probe) == {"hw.status[capture:DeckLink*]": 2, "hw.status[audio:Yeti*]": 2}
    assert probe.troubles == [
        "not all capture devices of [capture] are there; there is HD Pro Webcam C920, Pro Capture HDMI",
        "not all audio devices of [capture] are there; there is HDA Intel PCH, Scarlett 2i2 USB",
    ]


def test_a_device_that_is_named_three_times_must_be_there_three_times(computer: Path) -> None:
    assert told(linux(*["Pro Capture HDMI"] * 3)) == {
        "hw.status[capture:Pro Capture HDMI]": 0,
        "hw.status[capture:Pro Capture HDMI 2]": 0,
        "hw.status[capture:Pro Capture HDMI 3]": 2,
    }


def test_the_second_node_of_a_camera_is_no_second_camera(computer: Path) -> None:
    assert told(linux(*["HD Pro Webcam C920"] * 2))["hw.status[capture:HD Pro Webcam C920 2]"] == 2


def test_a_device_can_be_named_by_its_node(computer: Path) -> None:
    assert told(linux("video1")) == {"hw.status[capture:video1]": 0}


def test_a_computer_without_any_is_told(computer: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(capture_linux, "VIDEO", computer / "none")
    monkeypatch.setattr(capture_linux, "CARDS", computer / "none")
    probe = linux("a", audio=("b",))
    assert list(told(probe).values()) == [2, 2]
    assert probe.troubles[0].endswith("there is none")


@pytest.mark.parametrize(
    ("out", "error", "status", "lock"),
    [
        ("Video input : 0 (HDMI: ok)\n\tActive width: 1920\n\tActive height: 1080\n", "", 0, 1),
        ("\tActive width: 0\n", "VIDIOC_QUERY_DV_TIMINGS: failed: Link has been severed\n", 1, 0),
        ("", "VIDIOC_QUERY_DV_TIMINGS: failed: No locks available\n", 1, 0),
        ("", "VIDIOC_QUERY_DV_TIMINGS: failed: Numerical result out of range\n", 1, 0),
        ("Video input : 0 (Composite: no signal)\n", "VIDIOC_QUERY_DV_TIMINGS: failed: Inappropriate ioctl\n", 1, 0),
        ("Video input : 0 (Camera 1: ok)\n", "VIDIOC_QUERY_DV_TIMINGS: failed: Inappropriate ioctl\n", 1, None),
        ("", "Cannot open device /dev/video0, exiting.\n", 1, None),
        ("\x00garbage", "", 0, None),
    ],
)
def test_the_signal_at_an_input_is_told_where_it_can_be(
    computer: Path, programs: Programs, out: str, error: str, status: int, lock: int | None
) -> None:
    programs.prints("v4l2-ctl", out, error=error, status=status)
    said = told(linux("Pro Capture HDMI"))
    assert said.get("classroom.signal.lock[Pro Capture HDMI]") == lock
    assert said["hw.status[capture:Pro Capture HDMI]"] == 0


def test_the_right_input_is_asked(computer: Path, programs: Programs) -> None:
    programs.records("v4l2-ctl", "print('Active width: 1280')")
    said = told(linux("Pro Capture HDMI", "Pro Capture HDMI"))
    assert said["classroom.signal.lock[Pro Capture HDMI 2]"] == 1
    assert [words[0] for words in programs.asked("v4l2-ctl")] == ["--device=/dev/video0", "--device=/dev/video1"]


PULSE = """\
Simple mixer control 'Master',0
  Capabilities: pvolume pswitch pswitch-joined
  Playback channels: Front Left - Front Right
  Front Left: Playback 65 [75%] [-16.50dB] [off]
"""
CODEC = """\
Simple mixer control 'Capture',0
  Capabilities: cvolume cswitch
  Capture channels: Front Left - Front Right
  Limits: Capture 0 - 31
  Front Left: Capture {volume} [65%] [12.00dB] [{left}]
  Front Right: Capture {volume} [65%] [12.00dB] [{right}]
Simple mixer control 'Capture',1
  Capabilities: cvolume cswitch
  Front Left: Capture 0 [0%] [-17.25dB] [off]
  Front Right: Capture 0 [0%] [-17.25dB] [off]
"""
USB = """\
Simple mixer control 'Mic',0
  Capabilities: pvolume pvolume-joined cvolume cvolume-joined pswitch pswitch-joined cswitch cswitch-joined
  Playback channels: Mono
  Capture channels: Mono
  Limits: Playback 0 - 31 Capture 0 - 16
  Mono: Playback 23 [74%] [34.36dB] [{play}] Capture 8 [50%] [0.06dB] [{capture}]
"""


@pytest.mark.parametrize(
    ("out", "mute"),
    [
        pytest.param(CODEC.format(volume=20, left="on", right="on"), 0, id="on"),
        pytest.param(CODEC.format(volume=20, left="off", right="on"), 0, id="one side is on"),
        pytest.param(CODEC.format(volume=20, left="off", right="off"), 1, id="off"),
        pytest.param(PULSE + CODEC.format(volume=0, left="on", right="on"), 0, id="only the output is off"),
        pytest.param(USB.format(play="off", capture="on"), 0, id="usb: not played back to the speaker"),
        pytest.param(USB.format(play="on", capture="off"), 1, id="usb: off"),
        pytest.param(PULSE, None, id="no input"),
        pytest.param("\x00garbage\n'", None, id="garbage"),
    ],
)
def test_the_capture_switch_of_a_sound_card_is_told(
    computer: Path, programs: Programs, out: str, mute: int | None
) -> None:
    programs.records("amixer", f"sys.stdout.write({out!r})")
    assert told(linux(audio=("Scarlett*",))).get("classroom.microphone.mute[Scarlett*]") == mute
    assert programs.asked("amixer") == [["--device=hw:1"]]


# ---------------------------------------------------------------- Windows


def windows(programs: Programs, rows: object) -> None:
    programs.records("powershell", f"sys.stdout.write({json.dumps(rows, ensure_ascii=True)!r})")


def test_windows_tells_its_devices_by_their_friendly_names(programs: Programs) -> None:
    windows(
        programs,
        [
            {"Name": "Logitech BRIO", "PNPClass": "Camera", "Status": "OK", "Present": True},
            {"Name": "Magewell Pro Capture", "PNPClass": "MEDIA", "Status": "Error", "Present": True},
            {"Name": "麦克风 (USB Audio)", "PNPClass": "AudioEndpoint", "Status": "OK", "Present": True},
            {"Name": "Old Camera", "PNPClass": "Camera", "Status": "Unknown", "Present": False},
            {"Name": None, "PNPClass": "Camera"},
            7,
        ],
    )
    probe = Capture(CaptureTable(video=("logitech*", "Magewell*", "Old*"), audio=("*USB Audio*",)), platform="win32")
    assert told(probe) == {
        "hw.status[capture:logitech*]": 0,
        "hw.status[capture:Magewell*]": 2,
        "hw.status[capture:Old*]": 2,
        "hw.status[audio:*USB Audio*]": 0,
    }
    assert probe.interval_s == 300
    assert programs.asked("powershell")[0][:3] == ["-NoProfile", "-NonInteractive", "-Command"]


@pytest.mark.parametrize(("out", "status"), [("garbage", 0), ("[]", 1), ("", 5)])
def test_a_windows_that_does_not_tell_is_told(programs: Programs, out: str, status: int) -> None:
    programs.prints("powershell", out, status=status, error="Access denied\n" if status else "")
    with pytest.raises(ProbeError, match=r"Windows does not tell its devices: (garbage|Access denied)"):
        told(Capture(CaptureTable(video=("a",)), platform="win32"))


def test_other_systems_are_told() -> None:
    with pytest.raises(ProbeError, match="on Linux and Windows"):
        told(Capture(CaptureTable(video=("a",)), platform="darwin"))
