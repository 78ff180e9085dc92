"""The edge node's conversation, message by message, with a host that decodes by hand."""

import json
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest

from agent.entry import Bounds
from agent.now import Moment
from agent.outbox import Outbox
from agent.reading import Reading
from agent.sample import Sample, sample_of
from agent.uplink.backlog import Timing
from agent.uplink.birth import NodeIdentity
from agent.uplink.session import EdgeSession
from tests.plain_host import PlainHost
from tests.plain_sparkplug import PlainMetric, write_payload

STATE = "spBv1.0/STATE/roomtone"
STEP_MS = 1000
CPU = "system.cpu.utilization"


def cpu(value: float = 0.5, device: str = "") -> Sample:
    return sample_of(Reading(CPU, value, device=device))


class Line:
    """One agent, one host, and a clock that the test moves."""

    def __init__(
        self, outbox: Outbox | None = None, *, host: PlainHost | None = None, start_ms: int = 1_000_000
    ) -> None:
        self.outbox = outbox or Outbox.open(None)
        self.host = host or PlainHost("east", "pc1")
        identity = NodeIdentity(
            site="east", agent="pc1", interval_s=10, properties={"room": "a101", "role": "recorder-pc"}
        )
        timing = Timing(rewind_s=15, return_jitter_s=4, rebirth_pause_s=2)
        self.session = EdgeSession(identity, self.outbox, host_id="roomtone", timing=timing, random=Random(7))
        self.ms = start_ms
        self.state_ms = 0
        self.connections = 0

    @property
    def now(self) -> Moment:
        return Moment(self.ms, self.ms / 1000)

    def deliver(self) -> None:
        for message in self.session.collect(self.now):
            self.host.take(message.topic, message.payload)

    def connect(self, *, online: bool | None = True) -> None:
        self.session.will(self.now)
        self.session.connected(self.now, again=self.connections > 0)
        self.connections += 1
        if online is not None:
            self.state(online)
        self.deliver()

    def state(self, online: bool) -> None:
        self.state_ms += 1
        self.session.received(STATE, json.dumps({"online": online, "timestamp": self.state_ms}).encode(), self.now)

    def command(self, payload: bytes) -> None:
        self.session.received(self.host.command_topic, payload, self.now)
        self.deliver()

    def acknowledge(self, up_to: int | None = None, epoch: str | None = None) -> None:
        self.command(self.host.acknowledgement(epoch, up_to))

    def step(self, *samples: Sample, **devices: Sequence[Sample]) -> None:
        """Report one step, then let a second pass."""
        self.session.report(self.ms, {"": list(samples) or [cpu()], **devices}, self.now)
        self.deliver()
        self.ms += STEP_MS

    def wait(self, seconds: float) -> None:
        """Let time pass, as a driver that calls at `next_due` would."""
        end = self.ms + round(seconds * 1000)
        for _ in range(10_000):
            due_ms = min(end, max(self.ms + 1, round(min(self.session.next_due(), 1e9) * 1000) + 1))
            self.ms = due_ms
            self.deliver()
            if self.ms >= end:
                return
        raise AssertionError("the session never rests")


@pytest.fixture
def line() -> Line:
    return Line()


def ids(line: Line) -> int:
    return line.host.epochs[line.outbox.epoch].up_to


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


# ---------------------------------------------------------------- the outbox


def test_nothing_is_trimmed_until_the_collector_says_that_it_is_stored(line: Line) -> None:
    line.connect()
    for _ in range(5):
        line.step()
    assert line.outbox.depth == 5
    line.acknowledge(3)
    assert line.outbox.depth == 2
    line.acknowledge(5)
    assert line.outbox.depth == 0


def test_what_was_read_apart_follows_as_history_behind_live_data(line: Line) -> None:
    line.connect()
    line.step()
    line.session.disconnected()
    for value in (0.1, 0.2, 0.3):
        line.step(cpu(value))
    line.connect()
    assert [(s.value, s.is_historical) for s in line.host.stored] == [
        (0.5, False),
        (0.1, True),
        (0.2, True),
        (0.3, True),
    ]
    line.step(cpu(0.4))
    assert line.host.stored[-1].is_historical is False
    assert ids(line) == 5
    assert line.host.faults == []


def test_the_first_unacknowledged_entry_is_sent_again_in_a_new_session(line: Line) -> None:
    line.connect()
    line.host.lose(2)
    line.step()
    line.step()
    line.step()
    line.acknowledge(0)
    line.session.disconnected()
    line.connect()
    assert ids(line) == 3
    assert line.host.duplicates == 1
    assert line.host.faults == []


def test_backlog_is_paced_and_live_data_goes_before_it(line: Line) -> None:
    for _ in range(200):
        line.step()
    line.connect()
    before = len(line.host.stored)
    assert before <= 10
    line.session.report(line.ms, {"": [cpu(0.9)]}, line.now)
    line.deliver()
    assert line.host.stored[before].value == 0.9
    assert line.host.stored[before].is_historical is False
    line.wait(1.0)
    assert 40 <= len(line.host.stored) - before <= 70
    line.wait(5.0)
    assert ids(line) == 201
    assert line.host.duplicates == 0


def test_what_is_not_acknowledged_is_repeated_after_the_rewind_timer(line: Line) -> None:
    line.connect()
    line.host.lose(1)
    line.step(cpu(0.1))
    line.step(cpu(0.2))
    line.acknowledge(0)
    assert line.host.values(CPU) == [0.2]
    line.wait(20)
    assert line.host.values(CPU) == [0.2, 0.1]
    assert line.host.stored[-1].is_historical
    assert ids(line) == 2
    line.acknowledge(2)
    said = len(line.host.kinds)
    line.wait(1000)
    assert len(line.host.kinds) == said


def test_a_rewind_waits_while_acknowledgements_keep_coming(line: Line) -> None:
    line.connect()
    for _ in range(100):
        line.step()
        line.acknowledge()
    assert line.host.duplicates == 0


def test_a_host_that_never_acknowledges_is_not_sent_the_same_for_ever(line: Line) -> None:
    line.connect()
    for _ in range(3):
        line.step()
    line.wait(100_000)
    assert line.host.duplicates <= 3 * 3


def test_rewinds_lose_patience_only_slowly(line: Line) -> None:
    line.connect()
    line.step()
    line.acknowledge(0)
    line.wait(3600)
    assert 20 <= line.host.duplicates <= 45


def test_a_collector_restored_from_backup_gets_its_entries_again_from_the_grace_tail(line: Line) -> None:
    line.connect()
    for value in (0.1, 0.2, 0.3):
        line.step(cpu(value))
        line.acknowledge()
    assert line.outbox.depth == 0
    host = PlainHost("east", "pc1")
    line.host = host
    line.session.disconnected()
    line.connect()
    assert host.stored == []
    host.epochs[line.outbox.epoch].up_to = 1
    line.acknowledge(1)
    line.wait(1)
    assert host.values(CPU) == [0.2, 0.3]
    assert all(s.is_historical for s in host.stored)
    assert line.outbox.depth == 2


def test_leftovers_of_an_earlier_run_are_sent_under_its_epoch_with_the_first_of_its_numbers(tmp_path: Path) -> None:
    before = Line(Outbox.open(tmp_path))
    for value in (0.1, 0.2):
        before.step(cpu(value))
    old = before.outbox.epoch
    before.outbox.close()
    after = Line(Outbox.open(tmp_path))
    after.connect()
    after.step(cpu(0.3))
    after.wait(1)
    assert after.host.epochs[old].up_to == 2
    assert after.host.epochs[after.outbox.epoch].up_to == 1
    firsts = [(p.value("Outbox/Epoch"), p.value("Outbox/First")) for _, _, p in after.host.payloads]
    assert firsts == [(after.outbox.epoch, 1), (None, None), (old, 1), (old, None)]
    after.acknowledge(2, epoch=old)
    assert after.outbox.depth == 1
    after.outbox.close()


def test_an_earlier_run_that_is_all_acknowledged_is_told_so_that_a_restored_collector_can_ask(tmp_path: Path) -> None:
    before = Line(Outbox.open(tmp_path))
    before.connect()
    before.step(cpu(0.1))
    before.step(cpu(0.2))
    before.acknowledge()
    old = before.outbox.epoch
    before.outbox.close()
    after = Line(Outbox.open(tmp_path))
    after.connect()
    after.step(cpu(0.3))
    after.wait(1)
    _, _, told = after.host.payloads[-1]
    assert [told.value(n) for n in ("Outbox/Epoch", "Outbox/First", "Node Control/Stored Up To")] == [old, 1, 2]
    after.acknowledge(1, epoch=old)
    after.wait(1)
    assert after.host.values(CPU) == [0.3, 0.2]
    after.outbox.close()


def test_a_late_word_on_an_old_epoch_trims_no_entry_of_another(line: Line) -> None:
    line.connect()
    line.step()
    line.command(line.host.acknowledgement(epoch=line.outbox.epoch, up_to=0))
    line.host.epochs["gone"] = line.host.epochs[line.outbox.epoch]
    line.acknowledge(1, epoch="gone")
    assert line.outbox.depth == 1


def test_a_word_beyond_what_was_given_out_is_void(line: Line) -> None:
    line.connect()
    line.step()
    line.acknowledge(99)
    assert line.outbox.depth == 1


# ---------------------------------------------------------------- bounds


def small() -> Outbox:
    return Outbox.open(None, Bounds(max_bytes=1500))


def test_a_full_outbox_drops_its_oldest_counts_them_and_the_birth_says_from_where_it_goes_on() -> None:
    line = Line(small())
    for _ in range(50):
        line.step()
    dropped = line.outbox.dropped
    assert dropped > 30
    assert line.session.untold_dropped == dropped
    line.connect()
    line.wait(5)
    assert line.host.born[""].value("Outbox/First") == dropped + 1
    assert line.host.epochs[line.outbox.epoch].skipped == dropped
    assert ids(line) == 50
    line.acknowledge()
    assert line.outbox.depth == 0
    assert line.host.faults == []


def test_a_bound_that_moves_within_a_session_is_told_and_the_outbox_trims_again() -> None:
    line = Line(small())
    line.connect()
    line.step()
    line.acknowledge()
    line.host.lose(10_000)
    for _ in range(50):
        line.step()
    line.host.lose(-10_000)
    line.wait(300)
    line.step()
    assert ids(line) == 52
    assert line.host.epochs[line.outbox.epoch].skipped > 0
    line.acknowledge()
    assert line.outbox.depth == 0
    assert line.host.faults == []


def test_dropped_entries_are_told_until_a_live_entry_that_says_so_is_stored() -> None:
    line = Line(small())
    for _ in range(50):
        line.step()
    assert line.session.untold_dropped > 0
    line.connect()
    line.wait(5)
    line.acknowledge()
    assert line.session.untold_dropped > 0, "only history has told of it"
    line.step()
    line.acknowledge()
    assert line.session.untold_dropped == 0


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
