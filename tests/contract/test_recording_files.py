"""A recorder's files on a real disk: when a recording is on, grows, fits, is uploaded, and kept to the timetable."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from agent.errors import ProbeError
from agent.media.account import Account
from agent.media.kinds import Kind, Source
from agent.media.target import Acknowledgement, FileSource, RecordingTarget
from agent.probes.recording import Recording
from tests.contract.media_scene import START, Clock, values

MB = 1_000_000
ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="who holds a file is told to all on Linux only")


class Desk:
    """A recorder's folder, a clock, and the probe that watches both."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "recordings"
        self.folder.mkdir()
        self.clock = Clock()
        self.put_back_s = 0.0
        self._state = folder / "state.json"
        self._target: dict[str, Any] = {}
        self.probe = self.agent()

    def agent(self, **target: Any) -> Recording:
        """Begin an agent anew, with these settings and those before."""
        self._target |= target
        wanted: dict[str, Any] = {"folders": (self.folder,), "files": ("*.mkv", "*.part"), **self._target}
        self.probe = Recording(RecordingTarget(**wanted), None, state=self._state, clock=self.clock)
        return self.probe

    def read(self) -> dict[str, float]:
        return values(list(self.probe.read(self.clock.now - timedelta(seconds=self.put_back_s))))

    def write(self, name: str, size: int) -> None:
        """Append to a file, without keeping it open."""
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        with path.open("ab") as file:
            file.truncate(path.stat().st_size + size)
        stamp = (self.clock.now - timedelta(seconds=self.put_back_s)).timestamp()
        os.utime(path, (stamp, stamp))

    def record(self, *names: str, minutes: float, step_s: float = 10.0, rate: int = MB) -> dict[str, float]:
        """Let files grow by so many bytes a second, and return what the last step shows."""
        shown: dict[str, float] = {}
        for _ in range(round(minutes * 60 / step_s)):
            self.clock.s += step_s
            for name in names:
                self.write(name, round(step_s * rate))
            shown = self.read()
        return shown


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_recording_is_on_since_then_and_so_large_and_grows_at_that_rate(desk: Desk) -> None:
    assert desk.read() == {"active": 0, "bytes": 0, "growth": 0}
    shown = desk.record("a.mkv", minutes=5)
    assert (shown["active"], shown["growth"], shown["bytes"]) == (1, MB, 300 * MB)
    assert shown["duration"] == pytest.approx(300, abs=10)
    assert shown["hours_left"] > 0
    desk.clock.s += 60
    desk.read()
    shown = desk.record(minutes=1)
    assert (shown["active"], shown["bytes"]) == (0, 0)
    assert "duration" not in shown


def test_a_file_that_was_there_before_the_agent_is_on_and_nobody_knows_since_when(desk: Desk) -> None:
    desk.write("a.mkv", MB)
    shown = desk.record("a.mkv", minutes=0.5)
    assert shown["active"] == 1
    assert "duration" not in shown


def test_a_file_that_is_renamed_while_it_grows_is_the_same_recording(desk: Desk) -> None:
    desk.agent(acknowledgement=Acknowledgement(markers=("{name}.uploaded",)))
    desk.read()
    desk.record("lecture.part", minutes=2)
    (desk.folder / "lecture.part").rename(desk.folder / "lecture.mkv")
    shown = desk.record("lecture.mkv", minutes=1)
    assert (shown["active"], shown["growth"], shown["bytes"]) == (1, MB, 180 * MB)
    assert shown["duration"] == pytest.approx(180, abs=10)
    assert shown["upload.backlog"] == 0
    desk.record(minutes=2)
    assert desk.read()["upload.backlog"] == 1


def test_several_recorders_at_once_are_told_together_and_each_by_its_name(desk: Desk) -> None:
    cameras = Source(name="camera", kind=Kind.CAMERA), Source(name="slides", kind=Kind.SLIDES)
    desk.agent(sources=tuple(FileSource(source=s, files=(f"{s.name}/*",)) for s in cameras))
    desk.read()
    shown = desk.record("camera/a.mkv", "slides/a.mkv", minutes=1)
    assert shown["growth"] == 2 * MB
    assert (shown["growth[camera]"], shown["growth[slides]"]) == (MB, MB)


@pytest.fixture
def hold() -> Iterator[Callable[[Path], None]]:
    """A recorder that holds a file open and writes nothing."""
    with ExitStack() as stack:

        def held(path: Path) -> None:
            script = "import sys, time; f = open(sys.argv[1], 'ab'); print('held', flush=True); time.sleep(120)"
            words = [sys.executable, "-c", script, str(path)]
            writer = stack.enter_context(subprocess.Popen(words, stdout=subprocess.PIPE))
            stack.callback(writer.kill)
            assert writer.stdout is not None
            writer.stdout.readline()

        yield held


@ON_LINUX
def test_one_of_two_folders_that_stands_still_does_not_hide_in_the_sum(
    desk: Desk, hold: Callable[[Path], None], tmp_path: Path
) -> None:
    desk.agent(folders=(desk.folder, tmp_path / "backup"))
    (tmp_path / "backup").mkdir()
    desk.read()
    shown = desk.record("a.mkv", "../backup/b.mkv", minutes=1)
    assert (shown["growth"], shown["growth[recordings]"], shown["growth[backup]"]) == (2 * MB, MB, MB)
    hold(tmp_path / "backup" / "b.mkv")
    shown = desk.record("a.mkv", minutes=2)
    assert (shown["growth"], shown["growth[recordings]"], shown["growth[backup]"]) == (0, MB, 0)
    shown = desk.record("a.mkv", "../backup/b.mkv", minutes=0.5)
    assert (shown["growth"], shown["growth[backup]"]) == (2 * MB, MB), "it goes on"


@ON_LINUX
def test_one_of_two_files_that_stands_still_is_a_recording_that_does(desk: Desk, hold: Callable[[Path], None]) -> None:
    desk.read()
    assert desk.record("a.mkv", "b.mkv", minutes=1)["growth"] == 2 * MB
    hold(desk.folder / "b.mkv")
    assert desk.record("a.mkv", minutes=0.3)["growth"] == MB, "it may be a pause"
    shown = desk.record("a.mkv", minutes=2)
    assert (shown["active"], shown["growth"]) == (1, 0)


@ON_LINUX
def test_a_file_that_another_took_over_from_may_stay_open(desk: Desk, hold: Callable[[Path], None]) -> None:
    desk.read()
    desk.record("a-1.mkv", minutes=5)
    hold(desk.folder / "a-1.mkv")
    assert desk.record("a-2.mkv", minutes=3)["growth"] == MB


def test_a_source_that_falls_silent_where_nobody_sees_who_writes_stands_still(desk: Desk) -> None:
    """Without a program's name others may write, from another computer, so nobody can say that it is done."""
    sources = [FileSource(source=Source(name=n, kind=Kind.CAMERA), files=(f"{n}/*",)) for n in ("one", "two", "spare")]
    desk.agent(sources=tuple(sources))
    desk.read()
    shown = desk.record("one/a.mkv", "two/a.mkv", minutes=1)
    assert (shown["growth"], shown["growth[spare]"]) == (2 * MB, 0), "what was never recorded is none that stopped"
    shown = desk.record("one/a.mkv", minutes=1)
    assert (shown["growth"], shown["growth[one]"], shown["growth[two]"]) == (0, MB, 0)
    assert desk.record("one/a.mkv", "two/a.mkv", minutes=0.5)["growth"] == 2 * MB
    assert desk.record(minutes=3)["active"] == 0
    shown = desk.record("one/b.mkv", minutes=5)
    assert shown["growth"] == MB, "the next recording is another"


def test_a_folder_that_nothing_is_recorded_to_is_none_that_stands_still(desk: Desk, tmp_path: Path) -> None:
    desk.agent(folders=(desk.folder, tmp_path / "spare"))
    (tmp_path / "spare").mkdir()
    desk.read()
    shown = desk.record("a.mkv", minutes=1)
    assert (shown["growth"], shown["growth[recordings]"]) == (MB, MB)
    assert "growth[spare]" not in shown


def test_a_recording_over_midnight_in_parts_and_folders_of_two_days_is_one(desk: Desk) -> None:
    desk.read()
    desk.record("2026-11-23/a-1.mkv", minutes=3)
    shown = desk.record("2026-11-24/a-2.mkv", minutes=2)
    assert (shown["active"], shown["bytes"], shown["growth"]) == (1, 300 * MB, MB)
    assert shown["duration"] == pytest.approx(300, abs=20)


@pytest.mark.parametrize("jump_s", [-3600, 3600, -400 * 86400])
def test_a_clock_that_jumps_begins_and_ends_no_recording(desk: Desk, jump_s: float) -> None:
    desk.read()
    desk.record("a.mkv", minutes=1)
    desk.put_back_s = -jump_s
    shown = desk.record("a.mkv", minutes=1)
    assert (shown["active"], shown["growth"], shown["bytes"]) == (1, MB, 120 * MB)
    assert shown["duration"] >= 0
    assert desk.record(minutes=2)["active"] == 0


@ON_LINUX
def test_a_recorder_that_lets_go_is_done_also_when_the_clock_was_put_back(desk: Desk) -> None:
    """Who holds a file is asked now and then; a clock that is put back must not make that never."""
    desk.read()
    desk.record("a.mkv", minutes=1)
    hold = "import sys, time; f = open(sys.argv[1], 'ab'); print('held', flush=True); time.sleep(60)"
    words = [sys.executable, "-c", hold, str(desk.folder / "a.mkv")]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as writer, closing(writer.stdout):  # type: ignore[type-var]
        assert writer.stdout is not None
        writer.stdout.readline()
        shown = desk.record(minutes=2)
        assert (shown["active"], shown["growth"]) == (1, 0), "held, and nothing is written: it is stuck"
        writer.kill()
        writer.wait()
    desk.put_back_s = 86400
    assert desk.record(minutes=3)["active"] == 0


def test_a_folder_that_cannot_be_read_is_an_error_and_one_of_two_is_said(
    desk: Desk, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    desk.record("a.mkv", minutes=1)
    desk.agent(folders=(desk.folder, tmp_path / "gone"))
    desk.read()
    desk.read()
    assert caplog.text.count("gone cannot be read") == 1
    desk.agent(folders=(tmp_path / "gone",))
    with pytest.raises(ProbeError, match="gone cannot be read"):
        desk.read()


# ---------------------------------------------------------------- uploads


class Opencast(BaseHTTPRequestHandler):
    """A server that knows some recordings, asks for an account, or is ill."""

    known: dict[str, str]
    status: int
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        body = self.known.get(self.path, "").encode()
        status = self.status or (200 if self.path in self.known else 404)
        if "Authorization" not in self.headers:
            status, body = 401, b""
        self.send_response(status)
        self.send_header("WWW-Authenticate", 'Basic realm="oc"')
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def opencast() -> Iterator[Callable[[], Any]]:
    class Handler(Opencast):
        status = 0

    Handler.known, Handler.asked = {}, []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    Handler.port = server.server_address[1]  # type: ignore[attr-defined]
    yield Handler  # type: ignore[misc]
    server.shutdown()
    thread.join(5)
    server.server_close()


def finished(desk: Desk, *names: str) -> None:
    desk.read()
    for name in names:
        desk.record(name, minutes=2, step_s=30)
        desk.record(minutes=2, step_s=30)


def test_what_no_marker_acknowledges_is_the_backlog_and_its_age_that_of_the_oldest(desk: Desk) -> None:
    desk.agent(acknowledgement=Acknowledgement(markers=("{name}.uploaded", "done/{stem}.ok")))
    finished(desk, "a.mkv", "b.mkv", "c.mkv")
    assert desk.read()["upload.backlog"] == 3
    oldest_s = desk.read()["upload.oldest"]
    (desk.folder / "a.mkv.uploaded").touch()
    (desk.folder / "done").mkdir()
    (desk.folder / "done" / "c.ok").touch()
    shown = desk.record(minutes=1, step_s=30)
    assert shown["upload.backlog"] == 1
    assert shown["upload.oldest"] == pytest.approx(oldest_s - 240 + 60, abs=31)


def test_a_recording_that_was_deleted_before_its_upload_stays_in_the_backlog_over_a_restart(desk: Desk) -> None:
    desk.agent(acknowledgement=Acknowledgement(markers=("{name}.uploaded",)))
    finished(desk, "a.mkv")
    (desk.folder / "a.mkv").unlink()
    assert desk.read()["upload.backlog"] == 1
    desk.agent()
    assert desk.read()["upload.backlog"] == 1


@pytest.mark.skipif(sys.platform != "linux", reason="names that are no text are there on Linux only")
def test_an_address_acknowledges_uploads_whatever_recordings_are_called(
    desk: Desk, opencast: Any, caplog: pytest.LogCaptureFixture
) -> None:
    url = f"http://127.0.0.1:{opencast.port}/recordings/{{stem}}"
    account = Account(username="ca", password="secret")
    desk.agent(acknowledgement=Acknowledgement(url=url, says="upload_finished", account=account))
    names = ["高等数学 第1讲.mkv", "100%?.mkv", os.fsdecode(b"caf\xe9.mkv")]
    finished(desk, *names)
    assert desk.read()["upload.backlog"] == 3
    done = "/recordings/%E9%AB%98%E7%AD%89%E6%95%B0%E5%AD%A6%20%E7%AC%AC1%E8%AE%B2"
    opencast.known |= {done: "<state>upload_finished</state>", "/recordings/caf%E9": "upload_finished"}
    opencast.known["/recordings/100%25%3F"] = "<state>uploading</state>"
    shown = desk.record(minutes=6, step_s=30)
    assert shown["upload.backlog"] == 1
    assert "cannot be confirmed" not in caplog.text
    opencast.status = 503
    desk.record(minutes=11, step_s=30)
    assert caplog.text.count("answers 503") == 1
    opencast.status, opencast.known["/recordings/100%25%3F"] = 0, "upload_finished"
    assert desk.record(minutes=6, step_s=30)["upload.backlog"] == 0


# ---------------------------------------------------------------- the timetable


def test_late_starts_and_short_recordings_are_told_against_the_timetable(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "lessons.json"
    lessons = [
        {"start": (START + timedelta(minutes=a)).isoformat(), "end": (START + timedelta(minutes=b)).isoformat()}
        for a, b in ((10, 30), (40, 60))
    ]
    file.write_text(json.dumps({"lessons": [*lessons, {**lessons[1], "recorded": False}]}), "utf-8")
    desk.agent(timetable=file)
    assert "start.delay" not in desk.read()
    assert "start.delay" not in desk.record(minutes=9, step_s=60)
    shown = desk.record(minutes=6, step_s=60)  # 08:15, and nothing is recorded
    assert shown["start.delay"] == 300
    shown = desk.record("a.mkv", minutes=10, step_s=20)  # until 08:25
    assert shown["start.delay"] == pytest.approx(300, abs=20)
    shown = desk.record(minutes=6, step_s=20)  # it ended five minutes early
    assert shown["duration.ratio"] == pytest.approx(0.5, abs=0.03)
    shown = desk.record("b.mkv", minutes=20, step_s=20)  # 08:31 to 08:51: begun before the lesson
    assert shown["start.delay"] == 0
    assert "duration.ratio" not in shown


def test_the_hours_that_fit_are_those_at_the_rate_that_was_measured(desk: Desk) -> None:
    import psutil

    desk.agent(byte_rate=10.0 * MB)
    free = psutil.disk_usage(str(desk.folder)).free
    assert desk.read()["hours_left"] == pytest.approx(free / (10 * MB) / 3600, rel=0.05)
    shown = desk.record("a.mkv", minutes=5)
    assert shown["hours_left"] == pytest.approx(free / MB / 3600, rel=0.1)
