"""The profiles that come with the agent."""

from collections import Counter
from pathlib import Path

import pytest

from agent.snmp.errors import ProfileError
from agent.snmp.library import ProfileLibrary, our_library
from agent.snmp.profile import GENERIC
from wire.catalogue import CATALOGUE, Role

LIBRARY = our_library()


def test_every_profile_loads() -> None:
    LIBRARY.check()


@pytest.mark.parametrize("name", LIBRARY.ids)
def test_a_profile_reads_catalogue_metrics_or_says_the_unit(name: str) -> None:
    profile = LIBRARY.find(name)
    assert profile is not None
    assert profile.role in {"", *Role}
    for group in profile.groups:
        for rule in group.rules:
            assert rule.metric in CATALOGUE or rule.unit


@pytest.mark.parametrize("name", LIBRARY.ids)
def test_a_profile_asks_for_the_oids_of_scalars_with_their_instance(name: str) -> None:
    profile = LIBRARY.find(name)
    assert profile is not None
    for group in profile.groups:
        for column in group.columns:
            if not group.table and column.oid.startswith("1.3.6.1.4.1"):
                assert column.oid.endswith(".0"), column.oid


def test_no_two_profiles_claim_the_same_device_alike() -> None:
    claims = Counter(
        (match.pattern, match.sys_descr.pattern if match.sys_descr else "", match.present)
        for match in {(m.profile, m.pattern): m for m in LIBRARY.matches}.values()
    )
    assert [claim for claim, often in claims.items() if often > 1] == []


def test_there_is_a_fallback() -> None:
    generic = LIBRARY.find(GENERIC)
    assert generic is not None
    assert len(generic.groups) > 10


@pytest.mark.parametrize("oid", ["1.3.6.x", "1.3.6.*"], ids=["also where it fits is wrong", "where it fits is right"])
def test_a_profile_of_a_persons_own_is_told_with_every_mistake_at_once(tmp_path: Path, oid: str) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(
        f"roomtone: 1\nrole: upss\nextends: [if-mibb]\nmatch:\n  - {{sysObjectID: '{oid}'}}\nmetrics:\n"
        "  - {MIB: Y, symbols: [{OID: 1.2.3.0, name: a, metric: hw.temprature, scale: abc}]}\n"
    )
    other = tmp_path / "other.yaml"
    other.write_text("roomtone: 2\n")
    with pytest.raises(ProfileError) as caught:
        ProfileLibrary([tmp_path])
    places = {str(mistake).split(": ")[0] for mistake in caught.value.mistakes}
    expected = {f"{file}:2:1", f"{file}:3:11", f"{file}:7:48", f"{file}:7:71", f"{other}:1:1"}
    assert places == expected | ({f"{file}:5:6"} if oid.endswith("x") else set())
