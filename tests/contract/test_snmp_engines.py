"""One suite, two engines, real agents: net-snmp's snmpd, snmpsim, and one that misbehaves."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.snmp.check import trouble
from agent.snmp.engine import Engine, engine_for
from agent.snmp.errors import AuthError, Garbage, NoAnswer, NotReachable, SnmpError, UnknownUser, WrongDigest
from agent.snmp.gufo_engine import GufoEngine
from agent.snmp.poll import SnmpDevice
from agent.snmp.pysnmp_engine import PysnmpEngine
from agent.snmp.session import Session
from agent.snmp.target import AuthProto, PrivProto, SnmpTarget, SnmpUser
from tests.snmp_peers import (
    NO_SUCH_NAME,
    TOO_BIG,
    UPS_DIRECTORY,
    HostileAgent,
    Snmpd,
    Snmpsim,
    free_udp_port,
    integer,
    oid_tlv,
    tlv,
)
from tests.snmp_users import U256, U512, USHA

Make = Callable[[SnmpTarget], Engine]

SYS_DESCR = "1.3.6.1.2.1.1.1.0"
SYS_OBJECT_ID = "1.3.6.1.2.1.1.2.0"
SYS_NAME = "1.3.6.1.2.1.1.5.0"
NOTHING = "1.3.6.1.2.1.1.99.0"
TREE = "1.3.6.1.4.1.99.1"
SIMULATOR = SnmpUser(
    name="simulator",
    auth_proto=AuthProto.SHA256,
    auth_key="auctoritas",
    priv_proto=PrivProto.AES128,
    priv_key="privatus",
    context="ups",
)


@pytest.fixture(params=[GufoEngine, PysnmpEngine], ids=["gufo", "pysnmp"])
def make(request: pytest.FixtureRequest) -> Iterator[Make]:
    made: list[Engine] = []

    def engine(target: SnmpTarget) -> Engine:
        made.append(request.param(target))
        return made[-1]

    yield engine
    for each in made:
        each.close()


@pytest.fixture(scope="module")
def snmpd() -> Iterator[Snmpd]:
    with Snmpd() as daemon:
        yield daemon


@pytest.fixture(scope="module")
def simulator() -> Iterator[Snmpsim]:
    with Snmpsim(UPS_DIRECTORY) as simulator:
        yield simulator


def target(port: int, version: str = "2c", user: SnmpUser | None = None, community: str = "public") -> SnmpTarget:
    return SnmpTarget(
        id="d", host="127.0.0.1", port=port, version=version, user=user, community=community, timeout_s=0.4, retries=1
    )


WAYS = [("1", None), ("2c", None), ("3", U256), ("3", U512), ("3", USHA)]
WAY_IDS = ["v1", "v2c", "v3 SHA-256 AES-128", "v3 SHA-512 AES-256", "v3 SHA without privacy"]


@pytest.mark.parametrize(("version", "user"), WAYS, ids=WAY_IDS)
def test_a_device_is_asked_for_values(make: Make, snmpd: Snmpd, version: str, user: SnmpUser | None) -> None:
    found = make(target(snmpd.port, version, user)).get([SYS_DESCR, SYS_OBJECT_ID])
    assert isinstance(found[SYS_DESCR], bytes)
    assert found[SYS_OBJECT_ID] == "1.3.6.1.4.1.8072.3.2.10"


@pytest.mark.parametrize(("version", "user"), WAYS, ids=WAY_IDS)
def test_a_table_is_walked(make: Make, snmpd: Snmpd, version: str, user: SnmpUser | None) -> None:
    engine = make(target(snmpd.port, version, user))
    by_bulk, one_by_one = engine.walk("1.3.6.1.2.1.1.9.1.3"), engine.walk("1.3.6.1.2.1.1.9.1.3", repetitions=1)
    assert by_bulk.rows == one_by_one.rows
    assert len(by_bulk.rows) > 5
    assert by_bulk.fault == ""
    assert engine.walk("1.3.6.1.3.99").rows == {}


def test_a_walk_knows_its_bound(make: Make, snmpd: Snmpd) -> None:
    walk = make(target(snmpd.port)).walk("1.3.6.1.2.1.1", limit=3)
    assert (len(walk.rows), walk.fault) == (3, "endless")


def test_what_the_device_has_not_is_left_out(make: Make, snmpd: Snmpd) -> None:
    assert set(make(target(snmpd.port)).get([SYS_NAME, NOTHING])) == {SYS_NAME}
    assert make(target(snmpd.port, "1")).get([SYS_NAME, NOTHING]) == {}
    assert make(target(snmpd.port, "1")).get([NOTHING]) == {}


def test_a_simulated_device_answers_by_community_and_in_a_context(make: Make, simulator: Snmpsim) -> None:
    assert make(target(simulator.port, community="ups")).get([SYS_NAME]) == {SYS_NAME: b"ups-1"}
    with_context = engine_for(target(simulator.port, "3", SIMULATOR))
    assert isinstance(with_context, PysnmpEngine)
    assert with_context.get([SYS_NAME]) == {SYS_NAME: b"ups-1"}
    with_context.close()


def test_wrong_community_and_wrong_privacy_key_are_silence(make: Make, snmpd: Snmpd) -> None:
    wrong = SnmpUser(
        name="u256",
        auth_proto=AuthProto.SHA256,
        auth_key="authpass1",
        priv_proto=PrivProto.AES128,
        priv_key="another-key",
    )
    for each in (target(snmpd.port, community="secret"), target(snmpd.port, "3", wrong)):
        with pytest.raises(NoAnswer):
            make(each).get([SYS_NAME])


def test_unknown_user_and_wrong_digest_are_told(make: Make, snmpd: Snmpd) -> None:
    unknown = SnmpUser(name="nobody", auth_proto=AuthProto.SHA256, auth_key="authpass1")
    digest = SnmpUser(name="usha", auth_proto=AuthProto.SHA, auth_key="another-key")
    with pytest.raises(AuthError) as first:
        make(target(snmpd.port, "3", unknown)).get([SYS_NAME])
    with pytest.raises(AuthError) as second:
        make(target(snmpd.port, "3", digest)).get([SYS_NAME])
    if isinstance(make(target(snmpd.port)), PysnmpEngine):
        assert (first.type, second.type) == (UnknownUser, WrongDigest)


@pytest.mark.parametrize(
    ("user", "community", "what"),
    [
        (None, "public", ""),
        (None, "secret", "the community is wrong"),
        (
            SnmpUser(name="nobody", auth_proto=AuthProto.SHA256, auth_key="authpass1"),
            "",
            "does not know the SNMPv3 user",
        ),
        (SnmpUser(name="usha", auth_proto=AuthProto.SHA, auth_key="another-key"), "", "another authentication key"),
        (SnmpUser(name="u256", auth_proto=AuthProto.SHA256, auth_key="authpass1"), "", "security level"),
    ],
    ids=["well", "wrong community", "unknown user", "wrong key", "no privacy"],
)
def test_a_check_says_why_a_device_does_not_answer(
    snmpd: Snmpd, user: SnmpUser | None, community: str, what: str
) -> None:
    said = trouble(target(snmpd.port, "3" if user else "2c", user, community))
    assert (what in said) if what else said == ""


def test_a_port_that_nobody_listens_on_is_told_from_silence(make: Make) -> None:
    with pytest.raises((NotReachable, NoAnswer)):
        make(target(free_udp_port())).get([SYS_NAME])


def test_nobody_there_is_silence_within_its_time(make: Make) -> None:
    with HostileAgent(lambda kind, oids: None) as silent, pytest.raises(NoAnswer):
        make(target(silent.port)).get([SYS_NAME])
    assert 1 <= silent.requests <= 2


def test_a_reboot_costs_no_poll(make: Make) -> None:
    with Snmpd() as daemon:
        engine = make(target(daemon.port, "3", U256))
        assert engine.get([SYS_OBJECT_ID])
        daemon.stop()
        with pytest.raises(SnmpError):
            engine.get([SYS_OBJECT_ID])
        daemon.start()
        assert _until_answered(engine) <= 2


def test_another_engine_behind_the_address_is_met_anew(make: Make) -> None:
    with Snmpd() as daemon:
        engine = make(target(daemon.port, "3", U256))
        assert engine.get([SYS_OBJECT_ID])
        daemon.stop()
        daemon.start(new_engine_id="80001f8804aabbccddeeff")
        assert _until_answered(engine) <= 4


def _until_answered(engine: Engine) -> int:
    """Return in which poll the device answered again."""
    for poll in itertools.count(1):
        try:
            if engine.get([SYS_OBJECT_ID]):
                return poll
        except SnmpError:
            pass
        assert poll < 10, "it never came back"
    raise AssertionError


Row = tuple[str, bytes]
HOSTILE: dict[str, Callable[[int, list[str]], list[Row] | bytes]] = {
    "loops": lambda kind, oids: [(f"{TREE}.1", integer(1)), (f"{TREE}.2", integer(2))],
    "answers the question with itself": lambda kind, oids: [(oids[0], integer(1))],
    "answers for another OID": lambda kind, oids: [("1.3.6.1.9.9.1", integer(1))],
    "answers nothing": lambda kind, oids: [],
    "garbage": lambda kind, oids: b"\x30\x82\xff\xff\x00",
    "truncated": lambda kind, oids: tlv(0x30, integer(1) + tlv(4, b"public") + b"\xa2\x50\x02\x01"),
    "noise": lambda kind, oids: bytes(range(256)),
    "unknown type": lambda kind, oids: [(oids[0], tlv(0x4A, b"\x01"))],
    "a number of twelve octets": lambda kind, oids: [(oids[0], tlv(2, b"\x7f" * 12))],
    "an empty number": lambda kind, oids: [(oids[0], tlv(0x42, b""))],
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_answer_costs_only_itself(make: Make, name: str) -> None:
    with HostileAgent(HOSTILE[name]) as agent:
        engine = make(target(agent.port))
        for work in (lambda: engine.get([f"{TREE}.7.0"]), lambda: engine.walk(TREE, limit=50).rows):
            try:
                found = work()
            except (Garbage, NoAnswer):
                continue
            assert len(found) <= 50
            assert "1.3.6.1.9.9.1" not in found
        assert agent.requests < 60


UPS_ANSWERS: dict[str, bytes] = {
    SYS_OBJECT_ID: oid_tlv("1.3.6.1.2.1.33"),
    "1.3.6.1.2.1.1.3.0": integer(100_000, 0x43),
    "1.3.6.1.2.1.33.1.2.4.0": integer(90),
}
NASTY_TABLES: dict[str, Callable[[list[str]], list[Row] | bytes | None]] = {
    "loops": lambda oids: [(f"{oids[0]}.1", integer(1)) for _ in range(5)],
    "garbage": lambda oids: b"\x30\x82\xff\xff\x00",
    "cut off": lambda oids: tlv(0x30, integer(1) + tlv(4, b"public") + b"\xa2\x50\x02\x01"),
    "other OIDs": lambda oids: [("1.3.6.1.9.9.1", integer(1))],
    "silence": lambda oids: None,
}


@pytest.mark.parametrize("name", NASTY_TABLES)
def test_a_device_with_a_nasty_table_is_read_beside_it(make: Make, name: str) -> None:
    """Its scalars are right, its port table is not."""

    def answer(kind: int, oids: list[str]) -> list[Row] | bytes | None:
        if any(oid.startswith("1.3.6.1.2.1.2.") for oid in oids):
            return NASTY_TABLES[name](oids)
        if kind != 0xA0:
            return [(oids[0], b"\x82\x00")]
        return [(oid, UPS_ANSWERS.get(oid, b"\x81\x00")) for oid in oids]

    with HostileAgent(answer) as agent:
        where = replace(target(agent.port), timeout_s=0.1)
        device = SnmpDevice(where, engine=make(where))
        found = {reading.metric: reading.value for reading in device.read(datetime(2026, 11, 28, tzinfo=UTC))}
        assert found["hw.battery.charge"] == 0.9
        assert found["system.uptime"] == 1000
        assert agent.requests < 400


@pytest.mark.parametrize("version", ["1", "2c"])
@pytest.mark.parametrize("refusal", [TOO_BIG, NO_SUCH_NAME], ids=["tooBig", "noSuchName"])
def test_what_a_device_refuses_is_learnt_at_the_first_reading(make: Make, version: str, refusal: int) -> None:
    """More than five objects at once are too many for it; or one that it has not spoils the request."""
    have = {f"{TREE}.{number}.0": integer(number) for number in range(40)}
    wanted = [*have, f"{TREE}.99.0"] if refusal == NO_SUCH_NAME else list(have)
    asked: list[int] = []

    def answer(kind: int, oids: list[str]) -> list[Row] | int:
        asked.append(len(oids))
        spoilt = len(oids) > 5 if refusal == TOO_BIG else not have.keys() >= set(oids)
        return refusal if spoilt else [(oid, have[oid]) for oid in oids]

    with HostileAgent(answer) as agent:
        session = Session(make(replace(target(agent.port), version=version)))
        counts = []
        for _ in range(3):
            session.begin()
            asked.clear()
            assert session.get(wanted) == {oid: number for number, oid in enumerate(have)}
            counts.append(len(asked))
        session.close()
    # 24 -> 12 -> 6 -> 3 at a time; without what it has not, 40 fit in two requests.
    assert counts[1:] == ([14, 14] if refusal == TOO_BIG else [2, 2])


def test_an_endless_table_ends(make: Make) -> None:
    rows = itertools.count(1)
    with HostileAgent(lambda kind, oids: [(f"{TREE}.{next(rows)}", integer(1))]) as agent:
        walk = make(target(agent.port)).walk(TREE, limit=40)
    assert (len(walk.rows), walk.fault) == (40, "endless")


def test_recordings_of_our_own_are_in_the_repository() -> None:
    assert Path(UPS_DIRECTORY, "ups.snmprec").is_file()
