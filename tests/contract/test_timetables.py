"""Timetables with an address, over a real web server: fetched, kept, and kept in force when the server is no good."""

from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from typer.testing import CliRunner

from collector.campus_file import RETRY_S, CampusFile
from collector.cli.campus import app
from collector.core.model import RoomId
from collector.now import now
from collector.packs.timetable_copies import TimetableCopies, shown

ROOM = RoomId("east/a101")


def calendar(title: str) -> bytes:
    day = datetime.now(UTC).strftime("%Y%m%d")
    event = f"UID:1\r\nDTSTART:{day}T100000Z\r\nDTEND:{day}T110000Z\r\nSUMMARY:{title}"
    text = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:t\r\nBEGIN:VEVENT\r\n{event}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    return text.encode()


class School(ThreadingHTTPServer):
    """A school's calendar server. `status` and `body` are what it answers, `asked` the versions it was asked about."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.status = 200
        self.body = calendar("maths")
        self.asked: list[str | None] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/a101.ics?key=secret"


class _Answer(BaseHTTPRequestHandler):
    server: School

    def do_GET(self) -> None:
        version = f'"{hash(self.server.body)}"'
        known = self.headers["If-None-Match"]
        self.server.asked.append(known)
        same = self.server.status == 200 and known == version
        self.send_response(304 if same else self.server.status)
        self.send_header("ETag", version)
        self.end_headers()
        if not same:
            self.wfile.write(self.server.body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def school() -> Iterator[School]:
    server = School()
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def campus_file(folder: Path, url: str) -> CampusFile:
    file = folder / "campus.yaml"
    room = f"{{id: a101, site: east, timetable: '{url}'}}"
    file.write_text(f"sites: [{{id: east, time_zone: UTC}}]\nrooms: [{room}]\n", "utf-8")
    return CampusFile(file, folder)


def titles(file: CampusFile) -> list[str]:
    return [lesson.title for lesson in file.load().rooms[ROOM].lessons]


def test_a_timetable_is_fetched_and_the_room_has_none_until_then(tmp_path: Path, school: School) -> None:
    file = campus_file(tmp_path, school.url)
    assert not file.load().rooms[ROOM].has_timetable
    assert file.load_changed().rooms[ROOM].has_timetable
    assert titles(file) == ["maths"]


def test_a_timetable_that_has_not_changed_is_not_sent_again(tmp_path: Path, school: School) -> None:
    file = campus_file(tmp_path, school.url)
    file.renew()
    file.renew()
    assert school.asked[0] is None
    assert school.asked[1] is not None
    school.body = calendar("physics")
    file.renew()
    assert titles(file) == ["physics"]


@pytest.mark.parametrize("trouble", ["gone", "an error page", "half a calendar", "no server"])
def test_the_last_good_copy_stays_in_force(tmp_path: Path, school: School, trouble: str) -> None:
    file = campus_file(tmp_path, school.url)
    file.renew()
    if trouble == "gone":
        school.status = 500
    elif trouble == "an error page":
        school.body = b"<html>please sign in</html>"
    elif trouble == "half a calendar":
        school.body = calendar("history")[:60]
    else:
        school.socket.close()
    campus, again_s = file.renew()
    assert campus is not None
    assert again_s == RETRY_S
    assert titles(file) == ["maths"]
    assert [lesson.title for lesson in CampusFile(tmp_path / "campus.yaml", tmp_path).load().rooms[ROOM].lessons] == [
        "maths"
    ]


def test_what_may_be_a_key_in_an_address_is_not_told(tmp_path: Path, school: School) -> None:
    school.status = 404
    (trouble,) = TimetableCopies(tmp_path).renew([school.url], now())
    assert "secret" not in f"{trouble}"
    assert trouble.why == "the server answers 404 Not Found"
    assert shown("https://u:p@school.example/x.ics?k=1") == "https://school.example/x.ics"


def test_campus_check_fetches_timetables_and_says_what_is_wrong(tmp_path: Path, school: School) -> None:
    campus_file(tmp_path, school.url)
    command = [str(tmp_path / "campus.yaml")]
    assert CliRunner().invoke(app, ["check", *command]).exit_code == 0
    school.status = 403
    told = CliRunner().invoke(app, ["check", *command])
    assert told.exit_code == 1
    assert "the server answers 403" in told.output


def test_campus_check_names_the_events_that_are_left_out(tmp_path: Path, school: School) -> None:
    school.body = calendar("maths").replace(b"END:VCALENDAR", b"BEGIN:VEVENT\r\nUID:2\r\nEND:VEVENT\r\nEND:VCALENDAR")
    file = campus_file(tmp_path, school.url)
    file.renew()
    assert titles(file) == ["maths"]
    told = CliRunner().invoke(app, ["check", str(tmp_path / "campus.yaml")])
    assert told.exit_code == 1
    assert "a101.ics:10: an event is left out: it has no DTSTART" in told.output
    assert "secret" not in told.output
