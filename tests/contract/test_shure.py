"""Wireless microphones, by what a Shure receiver says over a real socket."""

import socket
import threading
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from agent.errors import ProbeError
from agent.probe_tables import ShureTable
from agent.probes.shure import Shure
from tests.shure_receiver import Receiver, at_work, axient, ulxd

NOW = datetime(2026, 11, 22, tzinfo=UTC)
SAMPLE = b"< SAMPLE 1 ALL XB 035 014 >\r\n< REP 2 RF_INT_DET NONE >< REP 1 AUDIO_GAIN 030 >"


def probe(receiver: Receiver, **more: int) -> Shure:
    return Shure(ShureTable(id="mic-1", host="127.0.0.1", port=receiver.port, timeout_s=0.5, **more))


def told(one: Shure) -> dict[str, float]:
    readings = one.read(NOW)
    assert {reading.device for reading in readings} <= {"mic-1"}
    return {f"{r.metric.removeprefix('classroom.microphone.')}[{r.instance}]": float(r.value) for r in readings}


def test_battery_time_left_and_mute_switch_of_each_channel_are_told() -> None:
    two = {1: ulxd(), 2: ulxd(BATT_CHARGE="255", BATT_BARS="002", BATT_RUN_TIME="65535", TX_MUTE_STATUS="ON")}
    with at_work(Receiver(two, chatter=SAMPLE)) as receiver:
        one = probe(receiver)
        wanted = {
            "battery[1]": 0.95,
            "hw.battery.time_left[1]": 392 * 60,
            "mute[1]": 0,
            "battery[2]": 0.4,
            "mute[2]": 1,
        }
        assert told(one) == wanted
        assert dict(one.properties) == {"vendor": "Shure", "name": "A101", "firmware": "2.4.14.0"}
        receiver.asked.clear()
        assert told(one) == wanted
        assert not [asked for asked in receiver.asked if asked.endswith(("CHAN_NAME", "TX_MUTE_MODE_STATUS", "FW_VER"))]
    assert one.troubles == []


def test_axient_digital_says_it_in_other_words() -> None:
    with at_work(Receiver({1: axient(), 2: axient(TX_BATT_MINS="65534", TX_MUTE_MODE_STATUS="ON")})) as receiver:
        assert told(probe(receiver)) == {
            "battery[1]": 0.4, "hw.battery.time_left[1]": 125 * 60, "mute[1]": 1, "battery[2]": 0.4, "mute[2]": 0,
        }  # fmt: skip


def test_a_microphone_that_is_switched_off_says_nothing_and_is_no_fault() -> None:
    off = ulxd(BATT_CHARGE="255", BATT_BARS="255", BATT_RUN_TIME="65535", TX_TYPE="UNKN", TX_MUTE_STATUS="UNKN")
    with at_work(Receiver({1: off, 2: ulxd()})) as receiver:
        one = probe(receiver)
        assert {name[-3:] for name in told(one)} == {"[2]"}
        assert one.troubles == []


def test_a_receiver_that_says_nothing_of_channels_that_it_has_not_is_read() -> None:
    with at_work(Receiver({1: ulxd()}, is_silent_of_others=True)) as receiver:
        assert told(probe(receiver))["battery[1]"] == 0.95
        assert told(probe(receiver, channels=1))["battery[1]"] == 0.95


def test_what_it_said_before_it_fell_silent_counts() -> None:
    with at_work(Receiver(silent=("BATT_RUN_TIME",))) as receiver:
        one = probe(receiver, channels=1)
        assert told(one) == {"battery[1]": 0.95}
        assert one.troubles == [f"127.0.0.1:{receiver.port} does not answer within 0.5 s"]


@pytest.mark.parametrize(
    ("says", "what"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n" * 60, "is no Shure receiver: it says"),
        (b"< REP 1 BATT_BARS 005 >" * 500, "reports other things than MODEL"),
        (b"\xff\x00<<<<< REP", "does not answer within"),
        (b"", "closed the connection"),
    ],
)
def test_who_is_no_receiver_is_told_within_bounds(says: bytes, what: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(100)
                connection.sendall(says)
                if says.startswith(b"\xff"):
                    connection.recv(1)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        port = server.getsockname()[1]
        with pytest.raises(ProbeError, match=what):
            Shure(ShureTable(id="x", host="127.0.0.1", port=port, timeout_s=0.3)).read(NOW)
        thread.join(5)


def test_a_receiver_that_is_off_is_told(free_port: Callable[[], int]) -> None:
    with pytest.raises(ProbeError, match="cannot be reached"):
        Shure(ShureTable(id="x", host="127.0.0.1", port=free_port(), timeout_s=0.3)).read(NOW)
