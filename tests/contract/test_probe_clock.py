"""The clock probe against time servers over real sockets, and the time services of Linux and Windows."""

import struct
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.errors import ProbeError
from agent.probe_tables import ClockTable
from agent.probes import sntp
from agent.probes.clock import Clock
from tests.fake_programs import Programs
from tests.ntp_server import HEADER, TimeServer, at_work

NOW = datetime(2026, 11, 22, tzinfo=UTC)
TRACKING = """\
Reference ID    : C0A80001 (192.168.0.1)
Stratum         : 3
Ref time (UTC)  : Sun Nov 22 08:00:00 2026
System time     : {offset} of NTP time
Last offset     : -0.000012345 seconds
RMS offset      : 0.000098765 seconds
Frequency       : 12.345 ppm fast
Leap status     : {leap}
"""


def offset_s(clock: Clock) -> float:
    (reading,) = clock.read(NOW)
    assert (reading.metric, reading.instance) == ("classroom.clock.offset", "")
    return float(reading.value)


def clock(*servers: TimeServer, hosts: tuple[str, ...] = ("127.0.0.1",), timeout_s: float = 1.0) -> Clock:
    return Clock(ClockTable(servers=hosts, timeout_s=timeout_s), port=servers[0].port if servers else 1)


@pytest.mark.parametrize("ahead_s", [0.0, 2.5, -40.0, 86400 * 365 * 30])
def test_the_offset_is_how_far_this_clock_is_behind(ahead_s: float) -> None:
    with at_work(TimeServer(ahead_s=ahead_s)) as server:
        assert offset_s(clock(server)) == pytest.approx(ahead_s, abs=0.05)


def test_a_time_beyond_2036_is_understood() -> None:
    """The seconds of NTP begin anew on 2036-02-07."""
    near = 2_085_978_500.0  # 2036-02-07 06:28:20, four seconds into the new era
    stamp = 6 << 32
    packet = HEADER.pack(4 << 3 | 4, 1, 6, -20, 0, 0, b"GPS\0", stamp, 77, stamp, stamp)
    answer = sntp.understood("h", packet, 77, near, near)
    assert answer is not None
    assert answer.offset_s == pytest.approx(2.0)


def test_the_formula_is_that_of_the_standard() -> None:
    def stamp(unix_s: float) -> int:
        return int((unix_s + 2_208_988_800) * (1 << 32))

    packet = HEADER.pack(4 << 3 | 4, 1, 6, -20, 0, 0, b"GPS\0", 0, 7, stamp(1010.1), stamp(1010.2))
    answer = sntp.understood("h", packet, 7, 1000.0, 1000.5)
    assert answer is not None
    assert answer.offset_s == pytest.approx(((1010.1 - 1000.0) + (1010.2 - 1000.5)) / 2)
    assert answer.delay_s == pytest.approx(0.4)


def test_of_several_servers_the_median_counts_and_the_silent_are_named() -> None:
    with at_work(TimeServer(ahead_s=3)) as server:
        probe = clock(server, hosts=("127.0.0.1", "no-such-host.invalid", "127.0.0.1"))
        assert offset_s(probe) == pytest.approx(3, abs=0.05)
        assert probe.troubles == ["no-such-host.invalid cannot be found: Name or service not known"]


@pytest.mark.parametrize(
    ("server", "what"),
    [
        (TimeServer(leap=3), "does not know the time itself"),
        (TimeServer(stratum=16), "does not know the time itself"),
        (TimeServer(dispersion_s=20), "too far from the true time"),
        (TimeServer(spoil=lambda answer: answer[:40] + bytes(8)), "does not know the time itself"),
        (TimeServer(spoil=lambda answer: answer[:24] + bytes(8) + answer[32:]), "does not answer as a time server"),
        (TimeServer(spoil=lambda answer: answer[:20]), "does not answer as a time server"),
        (TimeServer(spoil=lambda _: b"garbage" * 20), "does not answer as a time server"),
        (TimeServer(spoil=lambda _: None), "does not answer as a time server within 0.2 s"),
        (TimeServer(mode=3), "does not answer as a time server"),
    ],
    ids=["leap", "stratum", "dispersion", "no time", "not our question", "short", "garbage", "silent", "mode"],
)
def test_a_server_that_is_not_to_be_trusted_is_told(server: TimeServer, what: str) -> None:
    with at_work(server), pytest.raises(ProbeError, match=what):
        offset_s(clock(server, timeout_s=0.2))


def test_a_forged_answer_before_the_true_one_is_stepped_over() -> None:
    """Whoever does not know our question cannot answer it."""
    forged = HEADER.pack(4 << 3 | 4, 1, 6, -20, 0, 0, b"GPS\0", 1 << 60, 12345, 1 << 60, 1 << 60)
    true = TimeServer()
    packet = true.answer(HEADER.pack(0, 0, 0, 0, 0, 0, b"", 0, 0, 0, 99))
    assert packet is not None
    assert sntp.understood("h", forged, 99, 0.0, 0.0) is None
    assert sntp.understood("h", packet, 99, 0.0, 0.0) is not None


def test_a_server_that_wants_no_more_questions_is_left_alone() -> None:
    with at_work(TimeServer(stratum=0, reference=b"RATE")) as server:
        probe = clock(server)
        for _ in range(3):
            with pytest.raises(ProbeError, match=r"wants no more questions \(RATE\)"):
                offset_s(probe)
        assert server.asked == 1


def test_nobody_at_the_port_is_told(free_port: Callable[[], int]) -> None:
    probe = Clock(ClockTable(servers=("127.0.0.1",), timeout_s=0.5), port=free_port())
    with pytest.raises(ProbeError, match=r"127\.0\.0\.1 (cannot be asked|does not answer)"):
        offset_s(probe)


def test_a_question_does_not_tell_our_clock() -> None:
    heard: list[bytes] = []
    with at_work(TimeServer()) as server:
        answer = server.answer

        def listen(question: bytes) -> bytes | None:
            heard.append(question)
            return answer(question)

        server.answer = listen  # type: ignore[method-assign]
        offset_s(clock(server))
    assert len(heard[0]) == 48
    assert heard[0][0] == 0x23
    sent = struct.unpack("!Q", heard[0][40:])[0] / (1 << 32) - 2_208_988_800
    assert heard[0][1:40] == bytes(39)
    assert sent != pytest.approx(datetime.now(UTC).timestamp(), abs=3600)


# ---------------------------------------------------------------- the computer's own service


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    return Programs(tmp_path / "bin", monkeypatch)


@pytest.mark.parametrize(
    ("said", "wanted"), [("0.000002584 seconds slow", 0.000002584), ("1557.763061523 seconds fast", -1557.763061523)]
)
def test_chrony_is_asked_where_no_server_is_named(programs: Programs, said: str, wanted: float) -> None:
    programs.prints("chronyc", TRACKING.format(offset=said, leap="Normal"))
    assert offset_s(Clock(ClockTable(), platform="linux")) == wanted


@pytest.mark.parametrize(
    ("text", "status", "what"),
    [
        (TRACKING.format(offset="0.0 seconds slow", leap="Not synchronised"), 0, "chrony is not synchronised"),
        ("506 Cannot talk to daemon\n", 1, "chrony does not tell the time: 506 Cannot talk to daemon"),
        ("\x00garbage", 0, "chrony does not tell the time"),
    ],
)
def test_chrony_that_does_not_know_is_told(programs: Programs, text: str, status: int, what: str) -> None:
    programs.prints("chronyc", text, status=status)
    with pytest.raises(ProbeError, match=what):
        offset_s(Clock(ClockTable(), platform="linux"))


def test_without_a_time_service_a_person_is_told_what_to_do(programs: Programs) -> None:
    with pytest.raises(ProbeError, match=r"chronyc is not on this computer: install chrony, or name NTP servers"):
        offset_s(Clock(ClockTable(), platform="linux"))


def test_windows_time_is_measured_against_the_server_that_it_follows(programs: Programs) -> None:
    chart = "Tracking time.windows.com [20.101.57.9:123].\nCollecting 1 samples.\n12:00:00, {}s\n"
    programs.records(
        "w32tm",
        f"print('time.windows.com,0x9' if args[:2] == ['/query', '/source'] else {chart.format('-00.0123456')!r})",
    )
    assert offset_s(Clock(ClockTable(), platform="win32")) == pytest.approx(-0.0123456)
    assert programs.asked("w32tm")[1] == ["/stripchart", "/computer:time.windows.com", "/samples:1", "/dataonly"]


@pytest.mark.parametrize(
    ("source", "chart", "what"),
    [
        ("Local CMOS Clock", "", "Windows Time follows no server: Local CMOS Clock"),
        ("本地 CMOS 时钟", "", "Windows Time follows no server"),
        ("ntp.example.org", "Tracking.\n12:00:00, error: 0x800705B4", "cannot measure against ntp.example.org: 12:00"),
    ],
)
def test_windows_time_that_cannot_tell_is_told(programs: Programs, source: str, chart: str, what: str) -> None:
    programs.script("w32tm", f"print({source!r} if args[0] == '/query' else {chart!r})")
    with pytest.raises(ProbeError, match=what):
        offset_s(Clock(ClockTable(), platform="win32"))
