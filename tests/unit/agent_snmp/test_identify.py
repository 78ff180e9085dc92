import re

import pytest

from agent.snmp.identify import SYS_DESCR, SYS_NAME, SYS_OBJECT_ID, choose, identify
from agent.snmp.library import our_library
from agent.snmp.profile import Match
from agent.snmp.session import Session
from tests.unit.agent_snmp.fake_engine import FakeEngine

MATCHES = (
    Match(profile="any", pattern="*"),
    Match(profile="maker", pattern="1.3.6.1.4.1.9.*"),
    Match(profile="family", pattern="1.3.6.1.4.1.9.1.*"),
    Match(profile="access-point", pattern="1.3.6.1.4.1.9.1.*", sys_descr=re.compile("AIR")),
    Match(profile="exact", pattern="1.3.6.1.4.1.9.1.7"),
    Match(profile="own-table", pattern="1.3.6.1.4.1.9.1.8", present="1.3.6.1.4.1.9.5.0"),
)


@pytest.mark.parametrize(
    ("oid", "descr", "present", "profile"),
    [
        ("1.3.6.1.4.1.9.2.1", "", {}, "maker"),
        ("1.3.6.1.4.1.9.1.5", "", {}, "family"),
        ("1.3.6.1.4.1.9.1.5", "Cisco AIR", {}, "access-point"),
        ("1.3.6.1.4.1.9.1.7", "Cisco AIR", {}, "exact"),
        ("1.3.6.1.4.1.9.1.8", "", {"1.3.6.1.4.1.9.5.0": True}, "own-table"),
        ("1.3.6.1.4.1.9.1.8", "", {"1.3.6.1.4.1.9.5.0": False}, "family"),
        ("1.3.6.1.4.1.91.1", "", {}, "any"),
        ("", "", {}, "any"),
    ],
)
def test_the_most_specific_match_wins(oid: str, descr: str, present: dict[str, bool], profile: str) -> None:
    match = choose(MATCHES, oid, descr, present)
    assert match is not None
    assert match.profile == profile


SYNOLOGY = {SYS_DESCR: b"Linux nas 4.4.59", SYS_OBJECT_ID: "1.3.6.1.4.1.8072.3.2.10", SYS_NAME: b"nas"}


def test_a_table_of_its_own_tells_one_linux_from_another() -> None:
    plain = identify(Session(FakeEngine(SYNOLOGY)), our_library())
    own = identify(Session(FakeEngine(SYNOLOGY | {"1.3.6.1.4.1.6574.1.1.0": 1})), our_library())
    assert (plain.profile, own.profile, own.role) == ("linux", "synology", "storage")


def test_a_device_that_nobody_knows_gets_the_standard_mibs() -> None:
    who = identify(Session(FakeEngine({SYS_OBJECT_ID: "1.3.6.1.4.1.99999.1", SYS_NAME: b"x"})), our_library())
    assert (who.profile, who.name) == ("generic", "x")


def test_a_profile_that_a_person_names_is_taken_whatever_the_device_says() -> None:
    assert identify(Session(FakeEngine(SYNOLOGY)), our_library(), "ups-mib").profile == "ups-mib"
