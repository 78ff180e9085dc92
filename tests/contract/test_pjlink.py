"""The PJLink probe against projectors over real sockets."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from agent.errors import ProbeError
from agent.probe_tables import PjlinkTable
from agent.probes.pjlink import PJLink
from agent.sample import sample_of
from tests.pjlink_projector import SEED_2, Projector, at_work, class_1, class_2
from wire.catalogue import CATALOGUE

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def probe(projector: Projector, *, password: str = "", limit_h: float | None = None, timeout_s: float = 2.0) -> PJLink:
    return PJLink(
        PjlinkTable(
            id="proj-1",
            host="127.0.0.1",
            port=projector.port,
            password=password,
            lamp_limit_h=limit_h,
            timeout_s=timeout_s,
        )
    )


def said(pjlink: PJLink) -> dict[str, float]:
    """Read, and return what was said by name; every reading must be one that may travel."""
    readings = pjlink.read(NOW)
    assert {r.device for r in readings} == {"proj-1"}
    assert {r.metric for r in readings} <= set(CATALOGUE)
    return {sample_of(r).name: float(r.value) for r in readings}


def test_a_projector_of_class_1_tells_all_it_knows() -> None:
    with at_work(Projector()) as projector:
        pjlink = probe(projector, limit_h=4000)
        assert said(pjlink) == {
            "classroom.projector.power": 1,
            "hw.status[device]": 0,
            "hw.status[fan:1]": 0,
            "hw.status[lamp:1]": 0,
            "hw.status[temperature:1]": 0,
            "hw.status[enclosure:cover]": 0,
            "hw.status[filter:1]": 0,
            "hw.status[other]": 0,
            "classroom.projector.lamp.time[1]": 1234,
            "classroom.projector.lamp.limit[1]": 4000,
            "classroom.projector.mute[video]": 0,
            "classroom.projector.mute[audio]": 0,
            "classroom.projector.input[rgb:1]": 0,
            "classroom.projector.input[rgb:2]": 0,
            "classroom.projector.input[digital:1]": 1,
        }
        assert pjlink.troubles == []
        assert pjlink.properties == {"vendor": "EPSON", "model": "EB-L530U", "name": "Aula links"}
        assert (pjlink.name, pjlink.device, pjlink.role) == ("pjlink:proj-1", "proj-1", "projector")
        assert all(command.startswith("1") for command in projector.asked)


def test_a_projector_of_class_2_tells_more() -> None:
    with at_work(Projector(answers=class_2())) as projector:
        pjlink = probe(projector)
        told = said(pjlink)
        assert told["classroom.projector.filter.time"] == 310
        assert told["classroom.projector.freeze"] == 0
        assert told["classroom.projector.input[digital:A]"] == 1
        assert told["classroom.projector.input[network:1]"] == 0
        assert told["classroom.signal.lock[digital:A]"] == 1
        assert pjlink.properties == {
            "vendor": "EPSON",
            "model": "EB-L530U",
            "name": "Aula links",
            "serial": "X5AH7801234",
            "firmware": "1.04",
            "lamp_model": "ELPLP96",
            "filter_model": "ELPAF60",
        }
        assert "2INPT ?" in projector.asked
        assert pjlink.troubles == []


def test_who_it_is_is_not_asked_at_every_reading() -> None:
    with at_work(Projector()) as projector:
        pjlink = probe(projector)
        first = said(pjlink)
        projector.asked.clear()
        assert said(pjlink) == first
        assert projector.asked == ["1POWR ?", "1ERST ?", "1LAMP ?", "1AVMT ?", "1INPT ?"]


def test_no_signal_at_the_selected_input_is_told() -> None:
    with at_work(Projector(answers=class_2() | {"IRES": "-"})) as projector:
        assert said(probe(projector))["classroom.signal.lock[digital:A]"] == 0


@pytest.mark.parametrize("answer", ["ERR3", "ERR1"])
def test_a_projector_in_standby_is_not_faulty(answer: str) -> None:
    quiet = dict.fromkeys(("ERST", "LAMP", "AVMT", "INPT", "FILT", "IRES", "FREZ"), answer)
    with at_work(Projector(answers=class_2() | quiet | {"POWR": "0"})) as projector:
        pjlink = probe(projector)
        assert said(pjlink) == {"classroom.projector.power": 0, "hw.status[device]": 0}
        assert pjlink.troubles == []


def test_a_projector_that_cannot_even_tell_its_power_is_there_and_not_faulty() -> None:
    with at_work(Projector(answers=class_1() | {"POWR": "ERR3", "ERST": "ERR3"})) as projector:
        told = said(probe(projector))
        assert not any("power" in name or "hw.status" in name for name in told)


def test_a_projector_that_says_it_failed_has_failed() -> None:
    with at_work(Projector(answers=class_1() | {"POWR": "ERR4"})) as projector:
        assert said(probe(projector))["hw.status[device]"] == 2


def test_its_errors_become_states_of_its_components() -> None:
    with at_work(Projector(answers=class_1() | {"ERST": "120012", "LAMP": "500 0 700 1"})) as projector:
        told = said(probe(projector))
        assert {name: value for name, value in told.items() if "status" in name} == {
            "hw.status[device]": 0,
            "hw.status[fan:1]": 1,
            "hw.status[lamp:1]": 2,
            "hw.status[temperature:1]": 0,
            "hw.status[enclosure:cover]": 0,
            "hw.status[filter:1]": 3,
            "hw.status[other]": 2,
        }
        assert told["classroom.projector.lamp.time[2]"] == 700


@pytest.mark.parametrize(
    ("code", "video", "audio"), [("11", 1, 0), ("21", 0, 1), ("31", 1, 1), ("30", 0, 0), ("20", 0, 0)]
)
def test_what_is_muted_is_told(code: str, video: int, audio: int) -> None:
    with at_work(Projector(answers=class_1() | {"AVMT": code})) as projector:
        told = said(probe(projector))
        assert told["classroom.projector.mute[video]"] == video
        assert told["classroom.projector.mute[audio]"] == audio


# ---------------------------------------------------------------- passwords


def test_a_password_opens_it() -> None:
    with at_work(Projector(password="JBMIAProjectorLink")) as projector:
        pjlink = probe(projector, password="JBMIAProjectorLink")
        assert said(pjlink)["classroom.projector.power"] == 1
        said(pjlink)
        assert projector.connections == 2


def test_a_projector_that_takes_sha_256_only_is_opened_by_it_from_then_on() -> None:
    with at_work(Projector(answers=class_2(), password="p", levels=(2,))) as projector:
        pjlink = probe(projector, password="p")
        assert said(pjlink)["classroom.projector.power"] == 1
        assert said(pjlink)["classroom.projector.power"] == 1
        assert projector.connections == 3
        assert len(SEED_2) == 32


@pytest.mark.parametrize("levels", [(1,), (1, 2), (2,)])
def test_a_wrong_password_is_told_as_such(levels: tuple[int, ...]) -> None:
    with at_work(Projector(password="right", levels=levels)) as projector:
        pjlink = probe(projector, password="wrong", timeout_s=0.5)
        for _ in range(2):
            with pytest.raises(ProbeError, match="refuses our password: check password_file"):
                pjlink.read(NOW)
        assert projector.asked == []


def test_a_missing_password_is_told_as_such() -> None:
    with at_work(Projector(password="right")) as projector:
        with pytest.raises(ProbeError, match="asks for a password: give password_file"):
            probe(projector).read(NOW)
        assert projector.connections == 1


def test_a_password_that_nobody_asks_for_does_no_harm() -> None:
    with at_work(Projector()) as projector:
        assert said(probe(projector, password="x"))["classroom.projector.power"] == 1


# ---------------------------------------------------------------- bad devices


@pytest.mark.parametrize(
    ("greeting", "what"),
    [
        (b"220 mail.example ESMTP\r\n", "is no PJLink device: it greets with '220 mail.example ESMTP'"),
        (b"PJLINK 1 xyz\r", "is no PJLink device"),
        (b"\xff\xfe\x00\x01\r", "is no PJLink device"),
        (b"A" * 5000, "sends a line without an end"),
        (b"PJLI", "does not answer within 0.3 s"),
    ],
)
def test_what_is_no_pjlink_device_is_told(greeting: bytes, what: str) -> None:
    with at_work(Projector(greeting=greeting)) as projector, pytest.raises(ProbeError, match=what):
        probe(projector, timeout_s=0.3).read(NOW)


@pytest.mark.parametrize(
    ("query", "answer", "what"),
    [
        ("ERST", b"garbage\r", "answers ERST with 'garbage', which is no PJLink"),
        ("ERST", b"%1ERST=12\r", "it answers ERST with '12', which is no answer to it"),
        ("LAMP", b"%1LAMP=12x 1\r", "it answers LAMP with '12x 1'"),
        ("LAMP", b"%1LAMP=1\r", "it answers LAMP"),
        ("AVMT", b"%1AVMT=99\r", "it answers AVMT"),
        ("INPT", b"%1INPT=\r", "it answers INPT"),
        ("CLSS", b"\xff\xff\r", "answers CLSS"),
        ("ERST", b"%1NAME=x\r" * 5, "answers other questions than ERST"),
    ],
)
def test_a_bad_answer_costs_only_itself(query: str, answer: bytes, what: str) -> None:
    with at_work(Projector(raw={query: answer})) as projector:
        pjlink = probe(projector)
        told = said(pjlink)
        assert told["classroom.projector.power"] == 1
        assert len(told) >= 8
        assert len(pjlink.troubles) == 1
        assert what in pjlink.troubles[0]
        projector.raw.clear()
        said(pjlink)
        assert pjlink.troubles == []


def test_lines_that_end_oddly_and_answers_that_come_late_are_read() -> None:
    raw = {"POWR": b"\n%1powr=1\r", "ERST": b"%1POWR=1\r%1ERST=000000\r\n", "LAMP": b"\0%1LAMP=7 1\r"}
    with at_work(Projector(raw=raw)) as projector:
        pjlink = probe(projector)
        told = said(pjlink)
        assert told["classroom.projector.lamp.time[1]"] == 7
        assert told["hw.status[fan:1]"] == 0
        assert pjlink.troubles == []


@pytest.mark.parametrize("make", [lambda q: Projector(silent=(q,)), lambda q: Projector(hangs_up=(q,))])
def test_a_device_that_stops_answering_keeps_what_it_has_said(make: Callable[[str], Projector]) -> None:
    with at_work(make("LAMP")) as projector:
        pjlink = probe(projector, timeout_s=0.3)
        told = said(pjlink)
        assert told["classroom.projector.power"] == 1
        assert told["hw.status[lamp:1]"] == 0
        assert len(pjlink.troubles) == 1


@pytest.mark.parametrize("make", [lambda q: Projector(silent=(q,)), lambda q: Projector(hangs_up=(q,))])
def test_a_device_that_does_not_answer_at_all_is_not_there(make: Callable[[str], Projector]) -> None:
    with at_work(make("POWR")) as projector, pytest.raises(ProbeError, match=r"does not answer|closed the connection"):
        probe(projector, timeout_s=0.3).read(NOW)


def test_nobody_at_the_port_is_told(free_port: Callable[[], int]) -> None:
    with pytest.raises(ProbeError, match="cannot be reached: Connection refused"):
        probe(Projector(port=free_port())).read(NOW)
    with pytest.raises(ProbeError, match=r"no-such-host\.invalid cannot be found"):
        PJLink(PjlinkTable(id="p", host="no-such-host.invalid")).read(NOW)
