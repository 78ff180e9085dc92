"""Profiles that users already have: Kentik's directory and snmp_exporter's file, real ones, beside the checkout."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest

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


def test_snmp_exporter_s_modules_are_imported(tmp_path: Path) -> None:
    source = PROFILES / "snmp_exporter.yml"
    if not source.is_file():
        pytest.skip("the folder ../shared/snmp-profiles is not beside this checkout")
    written = import_files([source], tmp_path)
    assert len(written) == 53
    ProfileLibrary([tmp_path]).check()
