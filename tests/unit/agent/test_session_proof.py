"""What proves to the host which run of the agent an entry is of."""

from pathlib import Path

import pytest

from agent.outbox import Outbox
from tests.plain_sparkplug import PlainPayload
from tests.unit.agent.line import CPU, Line, cpu


def births(line: Line, kind: str) -> list[PlainPayload]:
    return [payload for said, _, payload in line.host.payloads if said == kind]


def id_alias(birth: PlainPayload) -> int:
    metric = birth.named("Outbox/Id")
    assert metric is not None
    assert metric.alias is not None
    return metric.alias


def test_each_run_gives_its_outbox_numbers_an_alias_that_no_other_has() -> None:
    aliases = set()
    for _ in range(50):
        line = Line()
        line.connect()
        line.step()
        aliases.add(id_alias(births(line, "NBIRTH")[-1]))
        assert line.host.faults == []
    assert len(aliases) == 50
    # Five bytes as a varint, and never one of a reading.
    assert all(1 << 28 <= alias < 1 << 35 for alias in aliases)


def test_the_alias_stays_while_the_epoch_does() -> None:
    line = Line()
    line.connect()
    line.step()
    line.session.disconnected()
    line.connect()
    line.step()
    first, second = births(line, "NBIRTH")
    assert id_alias(first) == id_alias(second)


def test_another_epoch_in_the_birth_brings_other_aliases(tmp_path: Path) -> None:
    line = Line(Outbox.open(tmp_path))
    line.connect()
    line.session.device_up("ups", "ups", {})
    line.step(ups=[cpu(0.1, "ups")])
    disk = line.outbox._disk
    assert disk is not None
    pages = disk._db.execute("PRAGMA page_count").fetchone()[0]
    disk._db.execute(f"PRAGMA max_page_count = {pages}")
    while line.outbox.on_disk:
        line.step(ups=[cpu(0.1, "ups")])
    line.command(line.host.rebirth())
    line.wait(5)
    line.step(ups=[cpu(0.2, "ups")])
    assert line.host.faults == []
    nodes = births(line, "NBIRTH")
    assert nodes[0].value("Outbox/Epoch") != nodes[-1].value("Outbox/Epoch")
    assert id_alias(nodes[0]) != id_alias(nodes[-1])
    devices = births(line, "DBIRTH")
    assert id_alias(devices[0]) != id_alias(devices[-1])
    line.outbox.close()


def test_a_device_birth_names_the_epoch_of_its_nodes() -> None:
    line = Line()
    line.connect()
    line.session.device_up("ups", "ups", {})
    line.step(ups=[cpu(0.1, "ups")])
    assert births(line, "DBIRTH")[-1].value("Outbox/Epoch") == line.outbox.epoch


def test_an_entry_that_travels_under_names_says_its_epoch() -> None:
    line = Line()
    line.connect(online=False)
    line.session.device_up("ups", "ups", {})
    line.step(ups=[cpu(0.1, "ups")])
    line.session.device_down("ups", line.now)
    line.state(True)
    line.wait(10)
    (entry,) = [payload for kind, device, payload in line.host.payloads if (kind, device) == ("DDATA", "ups")]
    assert entry.value("Outbox/Epoch") == line.outbox.epoch
    assert line.host.values(CPU, "ups") == [pytest.approx(0.1)]
    assert line.host.faults == []
