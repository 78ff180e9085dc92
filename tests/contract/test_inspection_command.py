"""`roomtone inspection collect`: from the stores where no collector runs, and from the collector where one does."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from collector.cli.main import main
from collector.core.inspection import period_of
from collector.inspection.desk import InspectionDesk
from collector.inspection.manifest import check_pack
from collector.inspection.pack import Asked
from collector.store.records.queries import RecordQueries
from collector.store.series.read import SeriesReader
from tests.contract.inspection_scene import END, HOUR, Past, make_past

DAYS = ("--from", "2026-09-01", "--to", "2026-09-02")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory of a collector that is not running."""
    directory = tmp_path_factory.mktemp("data")
    make_past(directory).close()
    return directory


def collect(*words: str, data: Path, to: Path) -> int:
    return main(["inspection", "collect", *words, "--data", str(data), "-o", str(to)])


CAMPUS = """
sites: [{id: east, name: East, time_zone: Asia/Shanghai}]
rooms: [{id: a101, site: east, name: A101}]
devices: [{id: "east:pc-a101", room: a101, role: recorder-pc}]
"""


def test_the_stores_are_read_where_no_collector_runs(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    campus = tmp_path / "campus.yaml"
    campus.write_text(CAMPUS, "utf-8")
    assert collect("--site", "east", *DAYS, "--campus", str(campus), data=data, to=tmp_path / "pack") == 0
    manifest = check_pack(tmp_path / "pack")
    assert manifest["period"]["start"] == "2026-08-31T16:00:00Z"
    assert manifest["site"]["name"] == "East"
    assert manifest["data"]["devices"] == 3
    assert "3 devices" in capsys.readouterr().out


def test_without_a_campus_file_days_are_those_of_utc(data: Path, tmp_path: Path) -> None:
    assert collect("--site", "east", *DAYS, data=data, to=tmp_path / "pack") == 0
    assert check_pack(tmp_path / "pack")["period"]["start"] == "2026-09-01T00:00:00Z"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--site", "mars", *DAYS), "there is no site 'mars'; there are east, west"),
        (("--site", "east", "--from", "autumn", "--to", "winter"), "--to: 'winter' is no date"),
        (("--site", "east", "--from", "2026-09-02", "--to", "2026-09-01"), "would be empty"),
        (("--site", "east", *DAYS, "--url", "ftp://there"), "begins with http"),
        (("--site", "east", *DAYS, "--url", "http://127.0.0.1:9", "--token-file", "/none"), "cannot be read from"),
    ],
    ids=["site", "dates", "backwards", "scheme", "token"],
)
def test_what_cannot_be_collected_is_said(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], says: str
) -> None:
    assert collect(*words, data=data, to=tmp_path / "pack") == 2
    assert says in capsys.readouterr().err
    assert not (tmp_path / "pack").exists()


def test_a_directory_without_readings_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert collect("--site", "east", *DAYS, data=tmp_path, to=tmp_path / "pack") == 2
    assert "holds no readings" in capsys.readouterr().err


# ------------------------------------------------------------ a running collector


class Answering(HTTPServer):
    """A collector's web server as far as this command needs it."""

    past: Past

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Answering

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.headers["Authorization"] != "Bearer sesame":
            self.answer(401, json.dumps({"title": "Not signed in", "detail": "the token is not valid"}).encode())
        elif asked["from"] == "autumn":
            problem = {"detail": "...", "errors": [{"where": "body.from", "what": "'autumn' is no date"}]}
            self.answer(400, json.dumps(problem).encode())
        else:
            past = self.server.past
            desk = InspectionDesk(
                store=past.store, reader=SeriesReader(past.store), queries=RecordQueries(past.records)
            )
            place = past.place(asked["site"])
            period = period_of(asked["from"], asked["to"], place.site.time_zone)
            self.answer(200, b"".join(desk.collect(Asked(place=place, period=period, now=END + HOUR)).chunks()))

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Answering, Path]]:
    """A collector that runs, and its data directory, which nobody else may open."""
    directory = tmp_path_factory.mktemp("running")
    past = make_past(directory)
    server = Answering(("127.0.0.1", 0), Handler)
    server.past = past
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    (directory / "up.json").write_text(json.dumps({"url": server.url}), "utf-8")
    (directory / "admin.token").write_text("sesame\n", "utf-8")
    yield server, directory
    server.shutdown()
    thread.join()
    server.server_close()
    past.close()


def test_a_running_collector_is_asked(running: tuple[Answering, Path], tmp_path: Path) -> None:
    assert collect("--site", "east", *DAYS, data=running[1], to=tmp_path / "pack") == 0
    assert check_pack(tmp_path / "pack")["period"]["time_zone"] == "Asia/Shanghai"


def test_a_collector_elsewhere_is_asked(running: tuple[Answering, Path], tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("sesame")
    words = ("--site", "east", *DAYS, "--url", running[0].url, "--token-file", str(token))
    assert collect(*words, data=tmp_path, to=tmp_path / "pack") == 0


def test_what_the_collector_refuses_is_said(
    running: tuple[Answering, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--site", "east", "--from", "autumn", "--to", "2026-09-01")
    assert collect(*words, data=running[1], to=tmp_path / "pack") == 2
    assert "--from: 'autumn' is no date" in capsys.readouterr().err
    token = tmp_path / "token"
    token.write_text("guess")
    assert collect("--site", "east", *DAYS, "--token-file", str(token), data=running[1], to=tmp_path / "pack") == 2
    assert "the token is not valid" in capsys.readouterr().err


def test_a_collector_that_was_killed_leaves_its_stores_to_be_read(data: Path, tmp_path: Path) -> None:
    (data / "up.json").write_text('{"url": "http://127.0.0.1:9"}')
    (data / "admin.token").write_text("sesame")
    assert collect("--site", "east", *DAYS, data=data, to=tmp_path / "pack") == 0


def test_a_collector_that_was_named_and_does_not_answer_is_said(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (data / "admin.token").write_text("sesame")
    words = ("--site", "east", *DAYS, "--url", "http://127.0.0.1:9")
    assert collect(*words, data=data, to=tmp_path / "pack") == 2
    assert "Is it running?" in capsys.readouterr().err
