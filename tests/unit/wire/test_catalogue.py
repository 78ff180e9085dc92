"""The catalogue has every row that is promised, with its unit, and nothing else."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wire import control
from wire.catalogue import CATALOGUE, HwState, Role, UpsSource, full_name, split_name

ROOT = Path(__file__).resolve().parents[3]

# The promised rows, unit by unit.
PROMISED = {
    "1": """
        system.cpu.utilization system.memory.utilization system.paging.utilization system.filesystem.utilization
        system.disk.operation_time process.cpu.utilization hw.status hw.humidity hw.battery.charge hw.ups.load
        hw.ups.source hw.network.up hw.network.admin hw.network.bandwidth.utilization hw.physical_disk.smart
        hw.physical_disk.endurance_utilization hw.logical_disk.utilization classroom.reachability
        classroom.recording.active classroom.recording.duration.ratio classroom.recording.frame.dropped
        classroom.recording.audio.clipping classroom.projector.power classroom.microphone.battery
        classroom.signal.lock""",
    "By": """
        system.memory.usage system.filesystem.usage system.filesystem.limit process.memory.usage
        classroom.recording.bytes""",
    "By/s": """
        system.disk.io system.network.io hw.network.io hw.network.bandwidth.limit classroom.recording.growth""",
    "s": """
        system.uptime process.uptime hw.battery.time_left classroom.clock.offset classroom.round_trip
        classroom.recording.start.delay classroom.recording.frame.age classroom.recording.video.black.duration
        classroom.recording.video.freeze.duration classroom.recording.audio.silence.duration
        classroom.recording.upload.oldest classroom.agent.outbox.oldest classroom.agent.probe.duration""",
    "h": """
        classroom.recording.hours_left classroom.projector.lamp.time classroom.projector.lamp.limit
        classroom.projector.filter.time""",
    "{error}/s": "system.network.errors hw.errors",
    "{packet}/s": "system.network.packet.dropped hw.network.packets",
    "{process}": "process.count",
    "{rpm}": "hw.fan.speed",
    "{frame}/s": "classroom.recording.frame.rate",
    "{file}": "classroom.recording.upload.backlog",
    "{entry}": "classroom.agent.outbox.depth classroom.agent.outbox.dropped",
    "{failure}": "classroom.agent.probe.failures",
    "{trap}": "classroom.agent.traps.received classroom.agent.traps.dropped classroom.agent.traps.refused",
    "Cel": "hw.temperature hw.temperature.limit",
    "V": "hw.voltage",
    "A": "hw.current",
    "W": "hw.power",
    "Hz": "hw.frequency",
    "dB": "classroom.recording.audio.level",
}

# Rows added since, each with its reason on a page of docs/decisions.
ADDED = {
    "1": """
        system.reboot.pending system.reboot.unexpected hw.logical_disk.rebuild.progress classroom.projector.input
        classroom.projector.mute classroom.projector.freeze classroom.microphone.mute
        classroom.agent.outbox.in_memory""",
    "s": "classroom.recording.duration",
    "{person}": "classroom.occupancy",
    "{jump}": "classroom.agent.clock.jumps",
    "{sleep}": "classroom.agent.sleeps",
    "{change}": "classroom.agent.network.changes",
    "{failure}": "classroom.agent.outbox.failures",
    "{computer}": "classroom.agent.clones",
}


def test_the_catalogue_is_what_is_promised_and_what_was_decided_since() -> None:
    wanted = {name: unit for rows in (PROMISED, ADDED) for unit, names in rows.items() for name in names.split()}
    assert {name: entry.unit for name, entry in CATALOGUE.items()} == wanted


def test_every_row_added_since_is_decided_in_writing() -> None:
    pages = "".join(page.read_text("utf-8") for page in (ROOT / "docs" / "decisions").glob("*.md"))
    assert [name for names in ADDED.values() for name in names.split() if f"`{name}" not in pages] == []


def test_every_row_of_the_written_catalogue_is_there(shared: Path) -> None:
    table = (shared / "CATALOGUE.md").read_text("utf-8").split("Roles:")[0]
    rows = [line for line in table.splitlines() if line.startswith("| `")]
    assert len(rows) > 15
    missing = []
    for row in rows:
        previous = ""
        for name in re.findall(r"`([^`]+)`", row.split("|")[1]):
            bare = name.split("[")[0]
            if not bare:
                continue  # an instance alone, of the name before
            if bare.startswith("."):
                # Short for a sibling of the name before it, at whatever depth.
                parts = previous.split(".")
                found = next(
                    (f for n in range(len(parts), 0, -1) if (f := ".".join(parts[:n]) + bare) in CATALOGUE), ""
                )
                bare = found or bare
            else:
                previous = bare
            if bare not in CATALOGUE:
                missing.append(name)
    assert missing == []


def test_the_numbers_of_states_are_as_promised() -> None:
    assert [s.name.lower() for s in sorted(HwState)] == [
        *("ok", "degraded", "failed", "needs_cleaning", "predicted_failure", "unknown")
    ]
    assert [s.name.lower() for s in sorted(UpsSource)] == ["mains", "battery", "bypass", "off"]
    assert len(Role) == 16


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("system.uptime", ("system.uptime", "")),
        ("system.filesystem.utilization[/data]", ("system.filesystem.utilization", "/data")),
        ("hw.status[a[b]:c]", ("hw.status", "a[b]:c")),
        ("odd[]", ("odd[]", "")),
        ("[odd]", ("[odd]", "")),
        ("odd]", ("odd]", "")),
    ],
)
def test_a_name_splits_into_metric_and_instance(name: str, parts: tuple[str, str]) -> None:
    assert split_name(name) == parts


@given(metric=st.sampled_from(sorted(CATALOGUE)), instance=st.text())
def test_a_name_with_an_instance_goes_round(metric: str, instance: str) -> None:
    assert split_name(full_name(metric, instance)) == (metric, instance)


def test_what_steers_the_conversation_is_no_reading() -> None:
    for name in (*control.CONTROL_NAMES, *control.PROPERTY_FIELDS, "Node Control/Next", "Device Control/X"):
        assert control.is_control(name)
    assert not any(control.is_control(name) for name in CATALOGUE)
