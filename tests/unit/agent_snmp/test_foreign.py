from pathlib import Path

import pytest
import yaml

from agent.snmp.document import read_document
from agent.snmp.errors import ProfileError
from agent.snmp.identify import SYS_OBJECT_ID, identify
from agent.snmp.importer import import_files
from agent.snmp.library import ProfileLibrary
from agent.snmp.session import Session
from tests.unit.agent_snmp.fake_engine import FakeEngine

KENTIK = """\
# a profile in the shape of Kentik's, tabs and all
extends:
  - base-mib.yml
provider: kentik-ups
sysobjectid:
  - 1.3.6.1.4.1.99999.*\t# every one of them
matches:
  "special": special.yml
metrics:
  - MIB: EXAMPLE-MIB
    symbol:
      OID: 1.3.6.1.4.1.99999.1.1.0
      name: batteryState
      enum: {good: 1, bad: 2}
  - MIB: EXAMPLE-MIB
    table: {OID: 1.3.6.1.4.1.99999.2, name: outletTable}
    symbols:
      - {OID: 1.3.6.1.4.1.99999.2.1.3, name: outletPower, condition: outletKind=4}
      - {OID: 1.3.6.1.4.1.99999.2.1.4, name: outlet-text, conversion: to_one}
      - {OID: 1.3.6.1.2.1.2.2.1.10, name: ifInOctets}
    metric_tags:
      - tag: outlet
        column: {OID: 1.3.6.1.4.1.99999.2.1.2, name: outletName}
      - column: {OID: 1.3.6.1.4.1.99999.2.1.5, name: outletKind}
metric_tags:
  - tag: model
    column: {OID: 1.3.6.1.4.1.99999.1.2.0, name: exampleModel}
"""
BASE = "metrics:\n  - MIB: BASE\n    symbol: {OID: 1.3.6.1.2.1.1.7.0, name: sysServices}\n"
DATADOG = """\
extends: [_base.yaml]
sysobjectid: [1.3.6.1.4.1.88888.1.2]
metadata: {device: {fields: {vendor: {value: example corp}}}}
metrics:
  - MIB: EXAMPLE-MIB
    metric_type: monotonic_count
    table: {OID: 1.3.6.1.4.1.88888.2, name: t}
    symbols:
      - {OID: 1.3.6.1.4.1.88888.2.1.3, name: drops, scale_factor: 0.5}
    metric_tags:
      - {tag: side, column: {OID: 1.3.6.1.4.1.88888.2.1.2, name: side}, mapping: {1: left, 2: right}}
"""
EXPORTER = """\
auths: {public: {community: public}}
modules:
  Example_Module:
    walk: [1.3.6.1.4.1.77777]
    metrics:
      - {name: upTimeOfIt, oid: 1.3.6.1.4.1.77777.1.1, type: gauge, help: seconds, scale: 0.01}
      - {name: charge, oid: 1.3.6.1.2.1.33.1.2.4, type: gauge, help: percent}
      - name: rowValue
        oid: 1.3.6.1.4.1.77777.2.1.3
        type: counter
        indexes: [{labelname: unit, type: gauge}, {labelname: port, type: gauge}]
        lookups:
          - {labels: [unit], labelname: unitName, oid: 1.3.6.1.4.1.77777.3.1.2, type: DisplayString}
          - {labels: [], labelname: port}
      - {name: label, oid: 1.3.6.1.4.1.77777.1.9, type: DisplayString}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    directory = tmp_path / "brought"
    (directory / "example_maker").mkdir(parents=True)
    (directory / "example_maker" / "example.yml").write_text(KENTIK, encoding="utf-8")
    (directory / "example_maker" / "special.yml").write_text("metrics: []\nprovider: kentik-pdu\n", encoding="utf-8")
    (directory / "base-mib.yml").write_text(BASE, encoding="utf-8")
    (directory / "datadog.yaml").write_text(DATADOG, encoding="utf-8")
    (directory / "traps.yml").write_text("traps: []\n", encoding="utf-8")
    return directory


def test_a_directory_of_foreign_profiles_loads_as_it_is(folder: Path) -> None:
    library = ProfileLibrary([folder])
    library.check()
    profile = library.find("brought/example")
    assert profile is not None
    assert (profile.vendor, profile.role) == ("example maker", "ups")
    assert [group.name for group in profile.groups] == ["EXAMPLE-MIB 0", "EXAMPLE-MIB outletTable", "BASE 0"]
    assert [str(mistake).rsplit("/", 1)[-1] for mistake in library.skipped] == ["traps.yml:1:1: is no profile"]


def test_a_foreign_profile_reads_its_metrics_under_their_own_names(folder: Path) -> None:
    profile = ProfileLibrary([folder]).find("brought/example")
    assert profile is not None
    table = profile.groups[1]
    assert [rule.metric for rule in table.rules] == ["outletPower", "ifInOctets"]
    assert [column.counter_bits for column in table.columns] == [0, 0, 0, 32]
    assert table.rules[0].instance.text == "{outletName|outletKind|index}"
    assert table.rules[0].when is not None
    assert table.rules[0].when({"outletKind": 4})
    assert not table.rules[0].when({"outletKind": 5})


def test_datadog_s_counters_scales_and_mappings_are_understood(folder: Path) -> None:
    profile = ProfileLibrary([folder]).find("brought/datadog")
    assert profile is not None
    assert profile.vendor == "example corp"
    group = profile.groups[0]
    assert (group.columns[0].enum, group.columns[1].counter_bits) == ({"1": "left", "2": "right"}, 32)
    assert group.rules[0].scale == 0.5


@pytest.mark.parametrize(
    ("oid", "descr", "profile", "beside"),
    [
        ("1.3.6.1.4.1.99999.3", b"x", "brought/example", ""),
        ("1.3.6.1.4.1.99999.3", b"something special", "brought/special", ""),
        ("1.3.6.1.4.1.88888.1.2", b"x", "brought/datadog", ""),
        ("1.3.6.1.4.1.318.1.3.27", b"x", "apc", ""),
        ("1.3.6.1.4.1.12345", b"x", "generic", ""),
    ],
)
def test_a_foreign_profile_is_chosen_for_what_ours_do_not_know(
    folder: Path, oid: str, descr: bytes, profile: str, beside: str
) -> None:
    engine = FakeEngine({SYS_OBJECT_ID: oid, "1.3.6.1.2.1.1.1.0": descr, "1.3.6.1.4.1.99999.1.2.0": b"E 3"})
    who = identify(Session(engine), ProfileLibrary([folder]))
    assert (who.profile, who.beside) == (profile, beside)
    assert who.model == ("E 3" if profile == "brought/example" else "")


def test_a_foreign_profile_of_the_same_maker_is_read_beside_ours(folder: Path) -> None:
    text = KENTIK.replace("1.3.6.1.4.1.99999.*", "1.3.6.1.4.1.318.1.3.27")
    (folder / "example_maker" / "example.yml").write_text(text, encoding="utf-8")
    engine = FakeEngine({SYS_OBJECT_ID: "1.3.6.1.4.1.318.1.3.27"})
    who = identify(Session(engine), ProfileLibrary([folder]))
    assert (who.profile, who.beside) == ("apc", "brought/example")


def test_modules_of_snmp_exporter_become_profiles(tmp_path: Path) -> None:
    source = tmp_path / "snmp.yml"
    source.write_text(EXPORTER, encoding="utf-8")
    written = import_files([source], tmp_path / "ours")
    assert [path.name for _, path in written] == ["example_module.yaml"]
    data = yaml.safe_load(written[0][1].read_text(encoding="utf-8"))
    scalars, table = data["metrics"]
    assert scalars["symbols"][0]["OID"] == "1.3.6.1.4.1.77777.1.1.0"
    assert scalars["symbols"][0]["scale"] == 0.01
    assert (scalars["symbols"][1]["metric"], scalars["symbols"][1]["scale"]) == ("hw.battery.charge", 0.01)
    assert table["tags"] == [{"OID": "1.3.6.1.4.1.77777.3.1.2", "name": "unitName", "index": [1]}]
    assert table["symbols"][0]["type"] == "counter32"
    ProfileLibrary([tmp_path / "ours"]).check()


def test_an_imported_profile_is_ours_and_loads(folder: Path, tmp_path: Path) -> None:
    files = [folder / "example_maker" / "example.yml", folder / "base-mib.yml"]
    import_files(files, tmp_path / "ours")
    library = ProfileLibrary([tmp_path / "ours"])
    library.check()
    assert library.find("example") is not None
    assert read_document(tmp_path / "ours" / "example.yaml").value["roomtone"] == 1


def test_a_file_that_cannot_be_imported_is_said_and_nothing_is_written(folder: Path, tmp_path: Path) -> None:
    nothing = tmp_path / "nothing.yml"
    nothing.write_text("a: 1\n", encoding="utf-8")
    with pytest.raises(ProfileError, match="neither a profile"):
        import_files([folder / "base-mib.yml", nothing], tmp_path / "ours")
    assert not (tmp_path / "ours").exists()


def test_a_profile_of_our_format_replaces_ours_of_the_same_name(tmp_path: Path) -> None:
    text = "roomtone: 1\nvendor: Mine\nmatch:\n  - {sysObjectID: 1.3.6.1.4.1.318.*}\n"
    (tmp_path / "apc.yaml").write_text(text, encoding="utf-8")
    library = ProfileLibrary([tmp_path])
    assert [match.vendor for match in library.matches if match.profile == "apc"] == [""]
    mine = library.find("apc")
    assert mine is not None
    assert mine.vendor == "Mine"
