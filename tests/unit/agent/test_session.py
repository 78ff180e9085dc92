"""The edge node's births, deaths and manners, message by message, with a host that decodes by hand."""

import pytest

from agent.now import Moment
from agent.outbox import Outbox
from agent.reading import Reading
from agent.sample import sample_of
from agent.uplink.birth import NodeIdentity
from agent.uplink.session import EdgeSession
from tests.plain_host import PlainHost
from tests.plain_sparkplug import PlainMetric, write_payload
from tests.unit.agent.line import CPU, STATE, Line, cpu, ids


@pytest.fixture
def line() -> Line:
    return Line()


# ---------------------------------------------------------------- births


def test_a_node_is_born_with_its_first_readings_and_everything_that_steers(line: Line) -> None:
    line.connect()
    assert line.host.kinds == []
    line.step(cpu(0.25))
    assert line.host.kinds == ["NBIRTH", "NDATA"]
    birth = line.host.born[""]
    assert birth.seq == 0
    assert birth.value("bdSeq") == 0
    assert birth.value("Node Control/Rebirth") is False
    assert birth.value("Node Control/Stored Up To") == 0
    assert birth.value("Outbox/Epoch") == line.outbox.epoch
    assert birth.value("Outbox/First") == 1
    assert birth.value("Properties/Interval") == 10
    assert birth.value("Properties/Room") == "a101"
    shutdown = birth.named("Node Info/Shutdown")
    assert shutdown is not None
    assert shutdown.is_null
    metric = birth.named(CPU)
    assert metric is not None
    assert (metric.value, metric.unit, metric.datatype) == (0.25, "1", 10)
    assert line.host.faults == []


def test_data_carry_aliases_only_and_the_outbox_id(line: Line) -> None:
    line.connect()
    line.step()
    _, _, data = line.host.payloads[-1]
    assert [m.name for m in data.metrics] == ["", ""]
    assert [m.datatype for m in data.metrics] == [None, None]
    assert not any(m.is_historical for m in data.metrics)
    assert line.host.stored[0].at_ms == 1_000_000
    assert ids(line) == 1
    assert line.host.faults == []


def test_seq_goes_round_at_256(line: Line) -> None:
    line.connect()
    for _ in range(300):
        line.step()
    assert line.host.faults == []
    assert [p.seq for _, _, p in line.host.payloads][254:259] == [254, 255, 0, 1, 2]


def test_the_will_is_an_ndeath_at_qos_1_whose_bdseq_counts_connections(line: Line) -> None:
    first = line.session.will(line.now)
    line.session.disconnected()
    second = line.session.will(line.now)
    assert (first.topic, first.qos) == ("spBv1.0/east/NDEATH/pc1", 1)
    host = PlainHost("east", "pc1")
    host.take(first.topic, first.payload)
    host.take(second.topic, second.payload)
    assert [p.value("bdSeq") for _, _, p in host.payloads] == [0, 1]
    assert host.faults == []


def test_a_new_metric_of_the_node_brings_a_birth_before_its_data(line: Line) -> None:
    line.connect()
    line.step()
    line.step(cpu(), sample_of(Reading("system.uptime", 5.0)))
    assert line.host.kinds == ["NBIRTH", "NDATA", "NBIRTH", "NDATA"]
    assert line.host.values("system.uptime") == [5.0]
    assert line.host.faults == []


def test_a_device_is_born_when_it_answers_and_again_with_a_new_metric_or_property(line: Line) -> None:
    line.connect()
    line.session.device_up("ups", "ups", {"vendor": "APC"})
    line.step(ups=[cpu(device="ups")])
    assert line.host.kinds == ["NBIRTH", "DBIRTH", "NDATA", "DDATA"]
    assert line.host.born["ups"].value("Properties/Role") == "ups"
    line.session.device_up("ups", "ups", {"vendor": "APC"})
    line.step(ups=[cpu(device="ups"), sample_of(Reading("hw.ups.load", 0.1, device="ups"))])
    assert line.host.kinds[4:] == ["DBIRTH", "NDATA", "DDATA"]
    line.session.device_up("ups", "ups", {"vendor": "APC", "firmware": "2"})
    line.step(ups=[cpu(device="ups")])
    assert line.host.kinds[7:] == ["DBIRTH", "NDATA", "DDATA"]
    assert line.host.faults == []


def test_a_device_that_does_not_answer_dies_once_and_is_still_dead_after_a_rebirth(line: Line) -> None:
    line.connect()
    line.session.device_up("ups", "ups", {})
    line.step(ups=[cpu(device="ups")])
    line.session.device_down("ups", line.now)
    line.session.device_down("ups", line.now)
    line.step()
    assert line.host.kinds[4:] == ["DDEATH", "NDATA"]
    line.ms += 5_000
    line.command(line.host.rebirth())
    assert line.host.kinds[6:] == ["NBIRTH", "DDEATH"]
    line.session.device_up("ups", "ups", {})
    line.step(ups=[cpu(device="ups")])
    assert line.host.kinds[8:] == ["DBIRTH", "NDATA", "DDATA"]
    assert line.host.faults == []


def test_a_death_says_what_was_told_before_it_and_who_spoke_for_the_device_also_after_a_rebirth(line: Line) -> None:
    line.connect()
    line.session.device_up("pc", "recorder-pc", {})
    line.session.device_up("pc.ups", "ups", {"behind": "pc"})
    line.step(**{"pc": [cpu(device="pc")], "pc.ups": [cpu(device="pc.ups")]})
    line.session.device_down("pc", line.now, "sleep")
    line.session.device_down("pc.ups", line.now)
    line.ms += 5_000
    line.command(line.host.rebirth())
    deaths = [payload for kind, _, payload in line.host.payloads if kind == "DDEATH"]
    said = [{metric.name: metric.value for metric in payload.metrics} for payload in deaths]
    assert said == 2 * [{"Node Info/Shutdown": "sleep"}, {"Properties/Behind": "pc"}]
    assert line.host.faults == []


def test_a_device_that_never_answered_is_told_dead(line: Line) -> None:
    line.connect()
    line.step()
    line.session.device_down("ups", line.now)
    line.deliver()
    assert line.host.kinds[-1] == "DDEATH"


def test_many_rebirth_commands_bring_few_births(line: Line) -> None:
    line.connect()
    line.step()
    for _ in range(20):
        line.command(line.host.rebirth())
    line.wait(1)
    line.command(line.host.rebirth())
    line.wait(5)
    assert line.host.kinds.count("NBIRTH") <= 3
    assert line.host.faults == []


# ---------------------------------------------------------------- the host


def test_nothing_is_said_until_the_host_is_there(line: Line) -> None:
    line.connect(online=None)
    line.step()
    line.state(False)
    line.step()
    assert line.host.kinds == []
    line.state(True)
    line.wait(4.1)
    assert line.host.kinds == ["NBIRTH", "NDATA", "NDATA"]
    assert [s.is_historical for s in line.host.stored] == [True, True]
    assert line.host.faults == []


def test_when_the_host_goes_the_node_says_goodbye_and_leaves(line: Line) -> None:
    line.connect()
    line.step()
    line.state(False)
    assert line.session.wants_to_leave
    line.deliver()
    assert line.host.kinds[-1] == "NDEATH"
    assert not line.host.alive
    line.session.disconnected()
    line.connect(online=False)
    line.step()
    assert line.host.kinds[-1] == "NDEATH"
    line.state(True)
    assert not line.session.is_born
    line.wait(4.1)
    assert line.host.alive


def test_a_state_that_is_older_than_another_says_nothing(line: Line) -> None:
    line.connect()
    line.step()
    line.session.received(STATE, b'{"online": false, "timestamp": 0}', line.now)
    assert not line.session.wants_to_leave
    assert line.session.is_born


@pytest.mark.parametrize(
    "said", [b"", b"ONLINE", b"[]", b'{"online": 1, "timestamp": 9}', b"\xff", b'{"online": true}']
)
def test_a_state_that_makes_no_sense_is_counted_and_ignored(line: Line, said: bytes) -> None:
    line.connect(online=None)
    line.session.received(STATE, said, line.now)
    line.step()
    assert line.host.kinds == []
    assert line.session.ignored_commands == 1


def test_without_a_primary_host_the_node_speaks_at_once() -> None:
    host = PlainHost("east", "pc1")
    session = EdgeSession(NodeIdentity(site="east", agent="pc1", interval_s=1), Outbox.open(None))
    now = Moment(1_000_000, 0.0)
    session.will(now)
    session.connected(now)
    session.report(1_000_000, {"": [cpu()]}, now)
    for message in session.collect(now):
        host.take(message.topic, message.payload)
    assert host.kinds == ["NBIRTH", "NDATA"]
    assert session.subscriptions == [("spBv1.0/east/NCMD/pc1", 0)]


def test_a_shutdown_is_told_before_the_death(line: Line) -> None:
    line.connect()
    line.step()
    for message in line.session.goodbye("os", line.now):
        line.host.take(message.topic, message.payload)
    assert line.host.kinds[-2:] == ["NDATA", "NDEATH"]
    assert line.host.told == "os"
    assert not line.host.alive
    assert line.host.faults == []


@pytest.mark.parametrize(
    "payload",
    [
        b"\xff\xff\xff",
        b"",
        write_payload(1, [PlainMetric(name="Node Control/Reboot", datatype=11, value=True)]),
        write_payload(1, [PlainMetric(name="Node Control/Rebirth", datatype=11, value=False)]),
        write_payload(1, [PlainMetric(name="Node Control/Stored Up To", datatype=8, value=1)]),
        write_payload(1, [PlainMetric(name="Outbox/Epoch", datatype=12, value="x")]),
        write_payload(
            1,
            [
                PlainMetric(name="Outbox/Epoch", datatype=12, value="another"),
                PlainMetric(name="Node Control/Stored Up To", datatype=8, value=1),
            ],
        ),
    ],
    ids=["garbage", "empty", "foreign", "no", "number alone", "epoch alone", "epoch not held"],
)
def test_a_command_that_makes_no_sense_is_counted_and_changes_nothing(line: Line, payload: bytes) -> None:
    line.connect()
    line.step()
    said = len(line.host.kinds)
    line.command(payload)
    assert line.session.ignored_commands == 1
    assert line.outbox.depth == 1
    assert len(line.host.kinds) == said


# ---------------------------------------------------------------- what probes may do


def test_history_of_a_device_that_is_dead_travels_under_its_names(line: Line) -> None:
    line.session.device_up("ups", "ups", {})
    line.step(ups=[cpu(device="ups")])
    line.session.device_down("ups", line.now)
    line.connect()
    line.wait(1)
    assert line.host.kinds == ["NBIRTH", "DDEATH", "NDATA", "DDATA"]
    assert line.host.values(CPU, "ups") == [0.5]
    assert line.host.faults == []


def test_a_device_that_nobody_polls_is_born_with_its_first_reading(line: Line) -> None:
    line.connect()
    line.session.device_seen("cam")
    line.step(cam=[cpu(device="cam")])
    assert line.host.kinds == ["NBIRTH", "DBIRTH", "NDATA", "DDATA"]
    assert line.host.faults == []


def test_a_metric_that_changes_its_datatype_is_refused_and_counted(line: Line) -> None:
    line.connect()
    line.step(sample_of(Reading("foreign.x", True)))
    line.step(cpu(), sample_of(Reading("foreign.x", 2.5)))
    assert line.session.refused_samples == 1
    assert line.host.values("foreign.x") == [True]


def test_a_probe_that_invents_names_is_bounded(line: Line) -> None:
    line.connect()
    for n in range(3):
        line.step(*[sample_of(Reading("foreign.x", 1.0, instance=f"{n}-{i}")) for i in range(2500)])
    assert line.session.refused_samples == 2500
    assert line.host.kinds.count("NBIRTH") == 2
    assert line.host.faults == []


def test_a_body_that_cannot_be_read_still_uses_up_its_number(line: Line) -> None:
    line.step()
    line.outbox._memory._db.execute("UPDATE entries SET body = x'00'")  # type: ignore[union-attr]
    line.step()
    line.connect()
    line.wait(1)
    assert ids(line) == 2
    assert len(line.host.stored) == 1
