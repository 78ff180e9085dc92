"""Profiles that users already have: Kentik's directory and snmp_exporter's file, real ones, beside the checkout."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

from agent.check import check
from agent.config import load_config
from agent.snmp.devices import devices
from agent.snmp.importer import import_files
from agent.snmp.library import ProfileLibrary
from agent.snmp.poll import SnmpDevice
from agent.snmp.target import SnmpTarget
from tests.conftest import SHARED
from tests.snmp_peers import Snmpsim

PROFILES: Final = SHARED / "snmp-profiles"
RECORDINGS: Final = SHARED / "snmp-recordings"
NAMES: Final = sorted(path.stem for path in RECORDINGS.glob("*.snmprec"))
NOW: Final = datetime(2026, 9, 1, 8, tzinfo=UTC)


@pytest.fixture(scope="module")
def kentik() -> ProfileLibrary:
    if not (PROFILES / "kentik").is_dir():
        pytest.skip("the folder ../shared/snmp-profiles is not beside this checkout")
    return ProfileLibrary([PROFILES / "kentik"])


@pytest.fixture(scope="module")
def simulator() -> Iterator[Snmpsim]:
    if not NAMES:
        pytest.skip("the folder ../shared/snmp-recordings is not beside this checkout")
    with Snmpsim(RECORDINGS, NAMES) as simulator:
        yield simulator


def test_a_directory_of_kentik_loads_as_it_is(kentik: ProfileLibrary) -> None:
    kentik.check()
    assert len([name for name in kentik.ids if name.startswith("kentik/")]) > 180
    assert len(kentik.foreign_matches) > 3000


@pytest.mark.parametrize("name", NAMES or ["none"])
def test_a_recording_is_read_with_the_foreign_profile_that_knows_it(
    simulator: Snmpsim, kentik: ProfileLibrary, name: str
) -> None:
    target = SnmpTarget(id="d", host="127.0.0.1", port=simulator.port, community=name, timeout_s=5)
    device = SnmpDevice(target, library=kentik)
    readings = device.read(NOW)
    assert device.identity is not None
    assert device.failures == 0
    if device.identity.beside:
        own = SnmpDevice(
            SnmpTarget(**{f: getattr(target, f) for f in target.__slots__} | {"profile": device.identity.beside}),
            library=kentik,
        )
        assert own.read(NOW)
    assert len({(reading.metric, reading.instance) for reading in readings}) == len(readings)


def test_a_device_is_read_with_the_directories_that_its_table_names(simulator: Snmpsim, tmp_path: Path) -> None:
    """`profiles` of `[[snmp]]`: the agent's own reading of it, and what Kentik's profile adds."""
    if not (PROFILES / "kentik").is_dir():
        pytest.skip("the folder ../shared/snmp-profiles is not beside this checkout")
    (tmp_path / "community").write_text("apc_smt750x-nmc2")
    device = f'[[snmp]]\nid = "ups"\nhost = "127.0.0.1"\nport = {simulator.port}\ncommunity_file = "community"\n'
    file = tmp_path / "agent.toml"
    file.write_text(
        f'[agent]\nsite = "east"\ndata_dir = "data"\n{device}profiles = ["{PROFILES / "kentik"}"]\n'
        f"{device.replace('ups', 'plain')}"
    )
    config = load_config(file, {})
    with_kentik, plain = ({r.metric for r in probe.read(NOW)} for probe in devices(config))
    assert "hw.battery.charge" in plain
    assert with_kentik > plain
    findings = {finding.what: finding for finding in check(replace(config, has_broker=False))}
    said = findings[f"profiles {PROFILES / 'kentik'}"]
    assert said.is_good
    assert re.match(r"1\d\d profiles", said.says)


def test_snmp_exporter_s_modules_are_imported(tmp_path: Path) -> None:
    source = PROFILES / "snmp_exporter.yml"
    if not source.is_file():
        pytest.skip("the folder ../shared/snmp-profiles is not beside this checkout")
    written = import_files([source], tmp_path)
    assert len(written) == 53
    ProfileLibrary([tmp_path]).check()
